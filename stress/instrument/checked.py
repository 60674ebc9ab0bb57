"""Whether this interpreter counts references as `private` expects.

A program does one operation for each way that leads from a hook to `getrefcount`, each to an object that somebody else
has too: all of them have to be announced. Run once a process, before the first listener that isn't told of everything.
"""

from __future__ import annotations

import linecache
from collections.abc import Sequence
from typing import Any

from stress._compat import HOOK_REFERENCES
from stress.events import Access, Location, OperationSite
from stress.instrument import announce, hooks, private
from stress.instrument.listener import Passing
from stress.instrument.swap import hooked_callable

_FILE = "<stress: what two hold>"
_SOURCE = """
class Box:
    a = 0
    def m(self): pass

def boxes(also):
    x = kept(Box(), also)
    x.a = 1
    x.a
    x.a += 1
    x.m()
    getattr(x, "a")
    setattr(x, "a", x)
    setattr(kept(Box(), also), "a", 1)
    kept(Box(), also).a = 1
    kept(Box(), also).a += 1

def lists(also):
    x = kept([1, 2], also)
    x[0]
    x[0] = 1
    x[0] += 1
    x.reverse()
    x.append(1)
    x.insert(1, 1)
    len(x)
    sum(x, 1)
    max(1, *x)
    print(*x, sep="", end="", file=also[0])
    x == kept([1], also), x + kept([1], also)
    x += kept([1], also)
    if x: [*x]
    for y in x: f"{x}"
    for y in kept([1, 2], also): pass
    kept([1], also)[0] += kept([1], also)[0]
    kept([1], also).pop()
    kept([1], also).append(1)

def kept(x, also):
    also[len(also):] = x,
    return x
"""


class _Counting(Passing):
    def __init__(self) -> None:
        self.count = 0

    def access(self, site: OperationSite, mode: str, owner: Any, location: Location) -> bool:
        self.count += site.file == _FILE
        return False

    def step(self, site: OperationSite, accesses: Sequence[Access]) -> bool:
        self.count += (site.file == _FILE) * len(accesses)
        return False


class _Sink:
    """Takes what is printed."""

    def write(self, text: str) -> None: ...


def announces_what_two_hold() -> bool:
    """Whether as many accesses are announced without what is private as with it."""
    lines: list[str] = list(_SOURCE.splitlines(keepends=True))
    linecache.cache[_FILE] = len(_SOURCE), None, lines, _FILE
    module: dict[str, Any] = {"__name__": __name__}
    exec(compile(_SOURCE, _FILE, "exec", dont_inherit=True), module)
    for name in ("boxes", "lists", "kept"):
        module[name] = hooked_callable(module[name])
    every, shared = _announced(module, private.NEVER), _announced(module, HOOK_REFERENCES)
    return every == shared > 40


def _announced(module: dict[str, Any], beyond: int) -> int:
    counting = _Counting()
    before = hooks.listener, announce.listener, announce.beyond
    hooks.listener = announce.listener = counting
    announce.beyond = beyond
    try:
        for name in ("boxes", "lists"):
            module[name]([_Sink()])
    finally:
        hooks.listener, announce.listener, announce.beyond = before
    return counting.count
