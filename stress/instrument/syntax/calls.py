"""Calls: the callee is shown before its arguments are evaluated, and the arguments just before the call."""

from __future__ import annotations

import ast
from typing import Any

from stress._compat import CALLABLE_BELOW_ARGUMENTS
from stress.events import READ, UPDATE
from stress.instrument import marks
from stress.instrument.scopes import GLOBAL
from stress.instrument.syntax.places import at, ending, name_of
from stress.instrument.syntax.reads import Reads

MANY_ARGUMENTS = (
    14  # above 30 slots the compiler builds a call's arguments differently; a call this long is announced before them
)
HOOK_SLOTS = 2  # a hook under way takes two slots on the stack (itself and a NULL) on every version

_MADE_LOOPS = frozenset(("any", "all", "tuple", "list", "set", "frozenset"))


class Calls(Reads):
    def visit_Call(self, node: ast.Call) -> Any:
        if self._is_left_as_it_is(node):
            node.args = [self.visit(argument) for argument in node.args]
            return node
        hook, sole_star = self._hook_of_arguments(node)
        node.func = self._callee(node, hook)
        before = node.args, node.keywords
        node.args = [self.visit(argument) for argument in before[0]]
        node.keywords = [self._keyword(keyword) for keyword in before[1]]
        if hook and (self.wanted("call") or self.wanted("method")):
            self._last_argument(node, hook, sole_star)
        return node

    def _is_left_as_it_is(self, node: ast.Call) -> bool:
        """`super(...)`, which looks at the function that it stands in; and `any(... for ...)` and its like, of which
        newer compilers make a loop in place. Neither is an operation on what threads share."""
        if not isinstance(node.func, ast.Name) or self._shared(node.func.id) is not None:
            return False
        loops = node.func.id in _MADE_LOOPS and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
        return node.func.id == "super" or (loops and not node.keywords)

    def _hook_of_arguments(self, node: ast.Call) -> tuple[str, bool]:
        """The hook that is told the arguments just before the call, or "" where nothing can be told of them."""
        method = "method_" if isinstance(node.func, ast.Attribute) else ""
        stars = [argument for argument in node.args if isinstance(argument, ast.Starred)]
        double = [keyword for keyword in node.keywords if keyword.arg is None]
        count = len(node.args) + len(node.keywords)
        if not count or double or count + len(node.keywords) > MANY_ARGUMENTS:
            return "", False
        if stars:
            return ("starred", True) if count == 1 else ("", False)
        return f"{method}arguments{count if count <= 3 else ''}", False

    def _callee(self, node: ast.Call, later: str) -> ast.expr:
        func = node.func
        more: dict[str, Any] = {
            "announced_later": bool(later),
            "detail": len(node.args) + len(node.keywords),
            "keywords": tuple(keyword.arg for keyword in node.keywords if keyword.arg),
        }
        if isinstance(func, ast.Attribute):
            func.value = self.visit(func.value)
            if self.wanted("method"):
                site = self.site(func, "method", READ, self.mangled(func.attr), **more)
                func.value = self.through("method", func.value, site, ending(func))
            return func
        if isinstance(func, ast.Name) and self.wanted("call") and self._shared(func.id) is GLOBAL:
            number = self.site(func, "global", READ, self.mangled(func.id), **more)
            call = self.hook("call_global", [], func, f"{marks.SITE}{number}")
            return at(ast.BoolOp(ast.Or(), [call, func]), func)
        visited: ast.expr = self.visit(func)
        if self.wanted("call"):
            number = self.site(func, "call", UPDATE, name_of(func), **more)
            visited = self.through("call", visited, number, ending(func))
        return visited

    def _last_argument(self, node: ast.Call, hook: str, sole_star: bool) -> None:
        """The last argument passes through a hook that takes the callable and the other arguments from the stack."""
        before = len(node.args) + len(node.keywords) - 1
        if sole_star:
            star = node.args[0]
            assert isinstance(star, ast.Starred)
            last = star.value
        else:
            last = node.keywords[-1].value if node.keywords else node.args[-1]
        parts: list[ast.expr | str] = [f"{marks.COPY}{HOOK_SLOTS + before + CALLABLE_BELOW_ARGUMENTS}"]
        parts += [f"{marks.COPY}{HOOK_SLOTS + 1 + before}"] * before
        keywords = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
        number = self.site(node, "call", UPDATE, name_of(node.func), keywords=keywords)
        call = self.hook(hook, [*parts, last], ending(node), f"{marks.SITE}{number}")
        if sole_star:
            node.args[0] = at(ast.Starred(call, ast.Load()), node.args[0])
        elif node.keywords:
            node.keywords[-1].value = call
        else:
            node.args[-1] = call

    def _keyword(self, keyword: ast.keyword) -> ast.keyword:
        value: ast.expr = self.visit(keyword.value)
        keyword.value = value if keyword.arg else self._walked(keyword.value, value, "**")
        return keyword
