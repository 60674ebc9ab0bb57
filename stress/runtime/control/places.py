"""Where a thread did something, remembered at little cost: the line is looked up when somebody asks."""

from __future__ import annotations

import ast
import sys
import types
from functools import lru_cache
from typing import Final

from stress.events import NAMELESS, OperationSite, Site
from stress.runtime.stacks import is_machinery, relative, site_of, source_of

# The methods by which a lock is taken or given back.
_TAKES: Final = frozenset({"acquire", "acquire_lock", "__enter__", "_acquire_restore", "release", "__exit__"})

_machinery: dict[str, bool] = {}  # by file, asked again and again


class Place:
    """A place on the calling thread's stack: `site`, or where that is the standard library's code or ours, the line of
    the scenario's that led there."""

    __slots__ = ("_code", "_instruction", "_line", "inside", "site")

    def __init__(self, site: OperationSite) -> None:
        self.site = site
        self._instruction = -1
        self._code: types.CodeType | None = None
        machinery = _machinery.get(site.file)
        if machinery is None:
            machinery = _machinery[site.file] = is_machinery(site.file) or site.line == 0
        self.inside = machinery  # it isn't the user's code
        if machinery:
            frame: types.FrameType | None = sys._getframe(1)
            while frame is not None and is_machinery(frame.f_code.co_filename):
                frame = frame.f_back
            if frame is not None:
                self._code, self._instruction, self._line = frame.f_code, frame.f_lasti, frame.f_lineno

    @property
    def entered(self) -> tuple[types.CodeType | None, int]:
        """Which instruction of the scenario's led there, if it isn't the scenario's itself."""
        return self._code, self._instruction

    def shown(self) -> Site:
        """The line, with its text."""
        if self._code is not None:
            return site_of(self._code, self._line, self._instruction)
        return Site(relative(self.site.file), self.site.line, self.site.column, self.site.statement or self.site.text)

    def lock(self) -> str:
        """The lock that is taken there, as the source names it: `account.lock` in `account.lock.acquire()`, in `with
        account.lock:` and in `stack.enter_context(account.lock)`; "a lock" where it has no name there."""
        if self._code is None:
            return lock_of(self.site)
        text = self.shown().text
        found = _taken(text)
        if found is None and not text.startswith("with "):  # part of it, or its first line: the call alone, then
            found = _taken(source_of(self._code, self._instruction))
        return ast.unparse(found) if isinstance(found, (ast.Name, ast.Attribute, ast.Subscript)) else NAMELESS


def is_shown_by_pytest() -> bool:
    """Whether what the calling thread does, it does to show why an assertion failed."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "_pytest.assertion.rewrite":
            return True
        frame = frame.f_back
    return False


def lock_of(site: OperationSite) -> str:
    """The lock that this operation takes or gives back, as its source names it; "a lock" where it doesn't."""
    found = _taken(site.text, site.kind == "enter")
    return ast.unparse(found) if found is not None else NAMELESS


@lru_cache(1_000)  # asked again and again for a long timeline
def _taken(text: str, whole: bool = False) -> ast.expr | None:
    """What of a statement, or of a call, is the lock; all of it if it is the expression of a `with`."""
    opens = text.startswith("with ") and text.partition("#")[0].rstrip().endswith(":")
    try:
        [statement] = ast.parse(f"{text}\n pass" if opens else text).body
    except (SyntaxError, ValueError):
        return None
    match statement:
        case ast.With(items=[ast.withitem(context_expr=found)]):
            return found
        case ast.Expr(value=found) | ast.Return(value=found) | ast.Assign(value=found):
            pass
        case _:
            return None
    match found:
        case _ if whole:
            return found
        case ast.Call(func=ast.Attribute(attr="enter_context"), args=[lock]):
            return lock
        case ast.Call(func=ast.Attribute(value=lock)):
            return lock
        case ast.Attribute(value=lock, attr=name) if name in _TAKES:
            return lock
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return found
        case _:
            return None
