"""Calls: the callee is shown before its arguments are evaluated, and the arguments just before the call."""

from __future__ import annotations

import ast
from typing import Any

from stress._compat import CALLABLE_BELOW_ARGUMENTS
from stress.events import READ, UPDATE
from stress.instrument import marks
from stress.instrument.scopes import CELL, GLOBAL
from stress.instrument.syntax.places import at, ending, name_of
from stress.instrument.syntax.reads import Reads

MANY_ARGUMENTS = 14  # above 30 slots the compiler gathers the arguments of a method's call
# C code that looks at once into what a generator expression gives it, for its truth or for what is in it.
_LOOKING_INTO = frozenset({"all", "any", "dict", "filter", "from_iterable", "map", "starmap", "sum"})
STARRED, GATHERED = "starred", "gathered"  # hooks of arguments: `f(*values)`; any other call with stars, or a long one
HOOK_SLOTS = 2  # a hook under way takes two slots on the stack (itself and a NULL) on every version

# Functions that take the variables of who calls them, by the number of their arguments then.
_LOOKING_AROUND = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
_MADE_LOOPS = frozenset(("any", "all", "tuple", "list", "set", "frozenset"))


class Calls(Reads):
    def visit_Call(self, node: ast.Call) -> Any:
        if name_of(node.func) in _LOOKING_INTO:
            for argument in node.args:
                if isinstance(argument, ast.GeneratorExp):
                    vars(argument)["looked_into"] = True
        if self._is_left_as_it_is(node):
            node.args = [self.visit(argument) for argument in node.args]
            return node
        hook = self._hook_of_arguments(node)
        given = [part.value if isinstance(part, ast.Starred) and hook == STARRED else part for part in node.args]
        owns = tuple(self.own(argument, 1) for argument in (*given, *(keyword.value for keyword in node.keywords)))
        receiver = self.own(node.func.value) if isinstance(node.func, ast.Attribute) else -1
        name = name_of(node.func)
        node.func = self._callee(node, hook, receiver)
        walked_by_call = len(node.args) == 1 and isinstance(node.args[0], ast.Starred) and hook in (STARRED, GATHERED)
        if walked_by_call:  # not before: it is handed over as it is
            star: Any = node.args[0]
            star.value = self.visit(star.value)
        else:
            node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [self._keyword(keyword) for keyword in node.keywords]
        if hook and (self.wanted("call") or self.wanted("method")):
            keywords = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
            more: dict[str, Any] = {"keywords": keywords, "detail": walked_by_call}
            if hook != GATHERED:
                owns = (*owns[:-1], max(owns[-1] - 1, -1))  # the last one isn't copied
                more |= {"own": receiver, "owns": owns if hook == STARRED or max(owns) >= 0 else ()}
            self._tell_arguments(node, hook, self.site(node, "call", UPDATE, name, **more))
        return node

    def _is_left_as_it_is(self, node: ast.Call) -> bool:
        """`super(...)`, which looks at the function that it stands in; and `any(... for ...)` and its like, of which
        newer compilers make a loop in place. Neither is an operation on what threads share."""
        if not isinstance(node.func, ast.Name) or self._shared(node.func.id) is not None:
            return False
        loops = node.func.id in _MADE_LOOPS and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
        return node.func.id == "super" or (loops and not node.keywords)

    def _hook_of_arguments(self, node: ast.Call) -> str:
        """The hook that is told the arguments just before the call, or "" where there are none."""
        method = "method_" if isinstance(node.func, ast.Attribute) else ""
        stars = any(isinstance(argument, ast.Starred) for argument in node.args)
        double = any(keyword.arg is None for keyword in node.keywords)
        count = len(node.args) + len(node.keywords)
        if not count:
            return ""
        if stars and count == 1:
            return STARRED
        if stars or double or count + len(node.keywords) > MANY_ARGUMENTS:
            return GATHERED
        return f"{method}arguments{count if count <= 3 else ''}"

    def _callee(self, node: ast.Call, later: str, own: int) -> ast.expr:
        func = node.func
        place = func if later else at(ast.Pass(), node)  # where the call itself is announced
        more: dict[str, Any] = {
            "announced_later": bool(later),
            "detail": len(node.args) + len(node.keywords),
            "keywords": tuple(keyword.arg for keyword in node.keywords if keyword.arg),
        }
        if isinstance(func, ast.Attribute):
            func.value = self.visit(func.value)
            if self.wanted("method"):
                site = self.site(place, "method", READ, self.mangled(func.attr), own=own, **more)
                func.value = self.through("method", func.value, site, ending(func))
            return func
        if isinstance(func, ast.Name) and self.wanted("call") and self._shared(func.id) is GLOBAL:
            number = self.site(place, "global", READ, self.mangled(func.id), **more)
            call = self.hook("call_global", [], func, f"{marks.SITE}{number}")
            return at(ast.BoolOp(ast.Or(), [call, func]), func)
        visited: ast.expr = self.visit(func)
        if isinstance(func, ast.Name) and len(node.args) == _LOOKING_AROUND.get(func.id) and not node.keywords:
            names = sorted(self.scope.variables(self.scopes.values()))
            cells = [self.mangled(name) for name in names if self._shared(name) is CELL]
            reads: list[ast.expr] = []
            while cells:  # at once, as the call takes them
                some, cells = cells[:MANY_ARGUMENTS], cells[MANY_ARGUMENTS:]
                parts: list[ast.expr | str] = [marks.CELL + name for name in some]
                site = self.site(func, "closure", READ, ", ".join(some))
                reads.append(self.hook("closures", parts, func, f"{marks.SITE}{site}"))
            visited = at(ast.BoolOp(ast.Or(), [*reads, visited]), func) if reads else visited
        if self.wanted("call"):
            number = self.site(place, "call", UPDATE, name_of(func), **more)
            visited = self.through("call", visited, number, ending(func))
        return visited

    def _tell_arguments(self, node: ast.Call, hook: str, number: int) -> None:
        """The last argument passes through a hook that takes the callable and the other arguments from the stack. Where
        the compiler gathers them in a tuple and a dict, the hook is one more `**`, of nothing."""
        before = 2 if hook == GATHERED else len(node.args) + len(node.keywords) - 1
        parts: list[ast.expr | str] = [f"{marks.COPY}{HOOK_SLOTS + before + CALLABLE_BELOW_ARGUMENTS}"]
        parts += [f"{marks.COPY}{HOOK_SLOTS + 1 + before}"] * before
        place, mark = ending(node), f"{marks.SITE}{number}"
        if hook == GATHERED:
            node.keywords.append(at(ast.keyword(None, self.hook(hook, parts, place, mark)), place))
        elif node.keywords:
            node.keywords[-1].value = self.hook(hook, [*parts, node.keywords[-1].value], place, mark)
        elif isinstance(star := node.args[-1], ast.Starred):
            star.value = self.hook(hook, [*parts, star.value], place, mark)
        else:
            node.args[-1] = self.hook(hook, [*parts, star], place, mark)

    def _keyword(self, keyword: ast.keyword) -> ast.keyword:
        value: ast.expr = self.visit(keyword.value)
        keyword.value = value if keyword.arg else self._walked(keyword.value, value, "**")
        return keyword
