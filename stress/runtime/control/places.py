"""Where a thread did something, remembered at little cost: the line is looked up when somebody asks."""

from __future__ import annotations

import ast
import contextlib
import sys
import types
from functools import lru_cache
from typing import Final

from stress.events import NAMELESS, OperationSite, Site
from stress.runtime.stacks import OURS, is_machinery, relative, site_of, source_of

# The methods by which a lock is taken or given back.
_TAKES: Final = frozenset({"acquire", "acquire_lock", "__enter__", "_acquire_restore", "release", "__exit__"})

# Whose functions lead to others' locks and have none of their own: ours, and an ExitStack.
_GO_BETWEENS: Final = (OURS, contextlib.__file__)

_machinery: dict[str, bool] = {}  # by file, asked again and again, as is
_leads: dict[str, bool | None] = {}  # None of the user's code, whether it only leads to others' locks


class Place:
    """A place on the calling thread's stack: `site`, or where that is the standard library's code or ours, the line of
    the scenario's that led there."""

    __slots__ = ("_code", "_instruction", "_line", "_lock", "_outermost", "inside", "site")

    def __init__(self, site: OperationSite) -> None:
        self.site = site
        self._instruction = -1
        self._lock = ""
        self._code: types.CodeType | None = None
        machinery = _machinery.get(site.file)
        if machinery is None:
            machinery = _machinery[site.file] = is_machinery(site.file) or site.line == 0
        self.inside = machinery  # it isn't the user's code
        if machinery:
            frame: types.FrameType | None = sys._getframe(1)
            self._outermost: types.CodeType | None = None  # of the standard library's functions in between
            while frame is not None:
                file = frame.f_code.co_filename
                if file not in _leads:
                    _leads[file] = file.startswith(_GO_BETWEENS) if is_machinery(file) else None
                leads = _leads[file]
                if leads is None:
                    break
                if not leads:
                    self._outermost = frame.f_code
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
        account.lock:` and in `stack.enter_context(account.lock)`; "the lock of jobs" in `jobs.put(1)`, where only a
        Condition is called by the name of its lock; "a lock" where it has no name there."""
        if not self._lock:
            self._lock = lock_of(self.site) if self._code is None else self._named(self._code)
        return self._lock

    def _named(self, code: types.CodeType) -> str:
        text, source = self.shown().text, source_of(code, self._instruction)
        # What the instruction of a `with` stands at differs between versions of Python, its line doesn't.
        found = _taken(text if not source or _is_of_a_with(text, source) else f"({source})")
        if not isinstance(found, (ast.Name, ast.Attribute, ast.Subscript)):
            return NAMELESS
        its_own = self._outermost is None or self._outermost.co_qualname.startswith("Condition.")
        return ast.unparse(found) if its_own else f"the lock of {ast.unparse(found)}"


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
def _is_of_a_with(text: str, source: str) -> bool:
    """Whether an instruction of this source, in a line of this text, enters or leaves what a `with` names, and isn't a
    call in the same line: `with lock: jobs.put(1)`."""
    if not text.startswith("with "):
        return False
    match _statement(text), _statement(f"({source})"):
        case ast.With(items=items), ast.Expr(value=ast.Call() as call):
            return ast.dump(call) in [ast.dump(each.context_expr) for each in items]
    return True


def _statement(text: str) -> ast.stmt | None:
    """The one that the text is, or the first line of."""
    opens = text.startswith("with ") and text.partition("#")[0].rstrip().endswith(":")
    try:
        [statement] = ast.parse(f"{text}\n pass" if opens else text).body
    except (SyntaxError, ValueError):
        return None
    return statement


@lru_cache(1_000)
def _taken(text: str, whole: bool = False) -> ast.expr | None:
    """What of a statement, or of a call, is the lock; all of it if it is the expression of a `with`."""
    match _statement(text):
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
