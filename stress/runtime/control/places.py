"""Where a thread did something, remembered at little cost: the line is looked up when somebody asks."""

from __future__ import annotations

import ast
import sys
import types
from typing import Final

from stress.events import OperationSite, Site
from stress.runtime.stacks import is_machinery, relative, site_of

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
        """What the line takes, if it takes a lock, as it names it: `account.lock` in `account.lock.acquire()`, in `with
        account.lock:` and in `stack.enter_context(account.lock)`."""
        return _taken(self.shown().text if self._code is not None else self.site.text)


def _taken(text: str) -> str:
    try:
        statement, *more = ast.parse(f"{text}\n pass" if text.startswith("with ") and text.endswith(":") else text).body
    except (SyntaxError, ValueError):
        return text or "a lock"
    if more:
        return "a lock"
    if isinstance(statement, ast.With) and len(statement.items) == 1:
        found: ast.AST = statement.items[0].context_expr
    elif isinstance(statement, (ast.Expr, ast.Return, ast.Assign)) and statement.value is not None:
        found = statement.value
    else:
        return text
    if isinstance(found, ast.Call):
        if isinstance(found.func, ast.Attribute) and not (found.args and found.func.attr == "enter_context"):
            found = found.func.value
        elif found.args:
            found = found.args[0]
    elif isinstance(found, ast.Attribute) and found.attr in _TAKES:
        found = found.value
    return ast.unparse(found) if not isinstance(found, ast.Constant) else "a lock"
