"""Random programs that publish what they make: each from a number, the same on every Python.

Objects are made, changed, walked over, handed down and, now and then, left where another thread could find them: in a
global, an attribute, an item, a closure, a default, an iterator, a generator, a thread's arguments, a weak reference,
an instance's dict. Some are taken back.
"""

from __future__ import annotations

import random

PRELUDE = """
import functools, itertools, threading, weakref
from tests.instrument.things import dict_of, hands_over

class Box:
    def __init__(self): self.x = 0
    def method(self, *args):
        self.x += 1
        return self
class Stack(list): pass

KEPT = []
NAMED = {}
WEAK = weakref.WeakValueDictionary()
GLOBAL = None
SHARED = Box()

def same(thing): return thing
def also(thing):
    KEPT.append(thing)
    return thing
def generates(thing):
    yield thing
    yield thing
"""

LISTS, BOXES = ("l", "m", "n"), ("o", "p", "q")
NEW = {"l": "[1]", "m": "list((1, 2))", "n": "Stack([1])", "o": "Box()", "p": "same(Box())", "q": "Box().method()"}

USES = {
    LISTS: """
        {v}.append(1)
        {v}.insert(0, {w})
        {v}[:1] = [1, 2]
        {v}[0] += 1
        {v}[0] = len({v})
        max(1, *{v}, key=id)
        sorted({v}, key=id)
        [y for y in {v}]
        {v} == {w}
        {v} += [2]
        {v}.extend({w}) if len({v}) < 9 else {v}.clear()
        {v}.append(1) if {v} else {v}.append(2)
        {v}.insert(0, also({v}) and 1)
        f"{len({v})}"
        del {v}[5:]
    """,
    BOXES: """
        {v}.x = 1
        {v}.x += 1
        {v}.y = {w}
        {v}.x
        {v}.method(1)
        {v}.method()
        setattr({v}, "x", 2)
        {v}.x += also({v}) and 1
        getattr({v}, "x")
    """,
}
PUBLISHES = """
    GLOBAL = {v}
    KEPT.append({v})
    also({v})
    NAMED["k"] = [{v}]
    SHARED.y = {v}
    KEPT.append(threading.Thread(target=len, args=({v},)))
    KEPT.append(functools.partial(same, {v}))
    KEPT.append(generates({v}))
    KEPT.append(iter([{v}]))
    KEPT.append(itertools.chain([{v}], ()))
    KEPT.append([({v},)])
    KEPT.append(lambda x={v}: x)
"""
PUBLISHES_BOX = """
    KEPT.append(weakref.ref({v}))
    WEAK["k"] = {v}
    KEPT.append(vars({v}))
    KEPT.append(dict_of({v}))
    KEPT.append({v}.method)
"""
PUBLISHES_LIST = """
    KEPT.append(iter({v}))
    KEPT.append({v}.append)
    KEPT.append(reversed({v}))
"""
TAKES_BACK = """
    KEPT.clear()
    NAMED.clear()
    GLOBAL = None
    SHARED.y = None
    {v} = {new}
    {v} = same({w})
    {v} = {w}
    {v} = {new}
"""
BLOCKS = """
    for y in {v}: also({v}); {v} = same([1])
    for y in {v}: {use}
    for y in {v}: {publish}
    for y in same({v}): {publish}
    for y in list({v})[:2]: {use}
    if len(KEPT) % 2: {publish}
    if len(KEPT) % 3: {use}
"""
CAPTURES = """
    def inner(): {use}
    KEPT.append(lambda: {v})
    KEPT.append(same(y) for y in ({v},))
    def annotated(a: {v} and 1): pass
"""


def program(seed: int) -> str:
    """The program of this number: a function `run`, and two that it calls."""
    chosen = random.Random(seed)
    return PRELUDE + "".join(_function(chosen, name, calls) for name, calls in (("e", ""), ("f", "e"), ("run", "ef")))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


_OF_BOXES = ("{v}.x", "{v}.y", "{v}.method", '{v}, "x"')
_GROW = ("append", "extend", "insert", "+= [", "[:1]")


class _Function:
    def __init__(self, chosen: random.Random) -> None:
        self.random = chosen

    def use(self, v: str) -> str:
        """An operation that makes no list longer: it may stand in a loop over that list."""
        lines = [
            line for line in _lines(USES[LISTS if v in LISTS else BOXES]) if not any(part in line for part in _GROW)
        ]
        return self.random.choice(lines).replace("{v}", v).replace("{w}", v)

    def publication(self, v: str, captures: bool = False) -> str:
        lines = _lines(PUBLISHES) + _lines(PUBLISHES_LIST if v in LISTS else PUBLISHES_BOX)
        # A lambda makes all names in it captured ones, for the whole function: not too often.
        return self.random.choice([line for line in lines if "lambda" not in line or captures]).replace("{v}", v)

    def filled(self, line: str) -> str:
        boxes = any(part in line for part in _OF_BOXES)
        kind = BOXES if boxes else LISTS if line in _lines(USES[LISTS]) + _lines(BLOCKS)[:5] else self.any_kind()
        v, w = self.random.sample(kind, 2)
        line = line.replace("{use}", self.use(v)).replace("{publish}", self.publication(v))
        return line.replace("{v}", v).replace("{w}", w).replace("{new}", NEW[v])

    def any_kind(self) -> tuple[str, ...]:
        return self.random.choice((LISTS, BOXES))

    def line(self, calls: str, captures: bool) -> str:
        what = self.random.random()
        if what < 0.5:
            return self.filled(self.random.choice(_lines(USES[self.any_kind()])))
        if what < 0.72:
            return self.publication(self.random.choice((*LISTS, *BOXES)), captures)
        if what < 0.84:
            return self.filled(self.random.choice(_lines(TAKES_BACK)))
        if what < 0.91:
            return self.filled(self.random.choice(_lines(BLOCKS)))
        if captures and what < 0.95:
            return self.filled(self.random.choice(_lines(CAPTURES)))
        if not calls:
            return "pass"
        f, v = self.random.choice(calls), self.random.choice(LISTS)
        return self.random.choice(
            (f"{f}()", f"{v} = {f}({v}, 1)", f"hands_over({f}, list, KEPT.append)", f"{v} = {f}()")
        )


def _function(chosen: random.Random, name: str, calls: str) -> str:
    made, captures = _Function(chosen), chosen.random() < 0.4
    body = [
        "global GLOBAL",
        *(f"{v} = {NEW[v]}" for v in (*LISTS, *BOXES)),
        *(
            f"try:\n        {made.line(calls, captures)}\n    except (TypeError, IndexError, AttributeError): pass"
            for _ in range(chosen.randint(8, 20))
        ),
        "alias = r",
        "alias.append(1)",
        f"return {chosen.choice(LISTS)}",
    ]
    return f"\ndef {name}(r=KEPT, t=2):\n" + "".join(f"    {line}\n" for line in body)
