"""Where functions begin that may come to no operation, and where generators go on: C code may call them in the midst of
what it does, and then that is where others can run.

What begins with an operation, whatever its arguments are, needs no hook for it; nor does what an event loop drives.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from stress.events import READ
from stress.instrument import marks
from stress.instrument.syntax.assignments import Assignments
from stress.instrument.syntax.places import at, beginning, ending


class Entries(Assignments):
    def _entry(self, node: Any) -> list[ast.stmt]:
        """The hook at the beginning of a function, whose scope is open; nothing where it needs none."""
        if not self.wanted("entry") or isinstance(node, ast.AsyncFunctionDef) or self._begins(node.body):
            return []
        place = beginning([*node.body, node])
        header = ast.Pass(
            lineno=node.lineno,
            end_lineno=node.lineno,
            col_offset=node.col_offset,
            end_col_offset=len(self.lines[node.lineno - 1].rstrip().encode()),
        )
        return [at(ast.Expr(self.hook("entry", [], place, self._entry_mark(header))), place)]

    def _result(self, node: ast.expr, looked_into: bool = False) -> ast.expr:
        """What a lambda gives, or a generator expression each time: where it ends is as good as where it begins."""
        needed = self.wanted("entry") and not any(map(self._is_operation, _evaluated(node)))
        value = self._given(node, looked_into)
        return self._entered(node, value) if needed else value

    def _given(self, node: ast.expr, looked_into: bool = False) -> ast.expr:
        """A value that C code may be given, which then looks into it: it asks for its truth, or compares it; surely, if
        the source shows it. A value that is made here, or has nothing in it, needs no hook."""
        value: ast.expr = self.visit(node)
        if not self.wanted("walk") or isinstance(node, _WITH_NOTHING_IN_THEM):
            return value
        name = "lambda" if self.functions[-1:] == ["<lambda>"] else "yield"
        number = self.site(node, "walk", READ, name, detail=looked_into)
        return self.hook("given", [value], ending(node), f"{marks.SITE}{number}")

    def visit_Yield(self, node: ast.Yield) -> Any:
        if node.value is not None:
            is_async = isinstance(self.scope.node, ast.AsyncFunctionDef)
            node.value = self.visit(node.value) if is_async else self._given(node.value)
        if not self.wanted("entry") or isinstance(self.scope.node, ast.AsyncFunctionDef):
            return node
        return self._entered(node, node)

    def _entered(self, node: ast.expr, value: ast.expr) -> ast.expr:
        return self.hook("entry_value", [value], ending(node), self._entry_mark(node))

    def _entry_mark(self, place: Any) -> str:
        name = self.functions[-1] if self.functions else "<module>"
        return f"{marks.SITE}{self.site(place, 'entry', READ, name)}"

    def _begins(self, body: list[ast.stmt]) -> bool:
        """Whether running these statements surely begins with an operation."""
        for statement in body:
            parts = [getattr(statement, name, None) for name in _FIRST.get(type(statement), ())]
            parts += [item.context_expr for item in getattr(statement, "items", ())[:1]]
            for part in parts:
                for each in _evaluated(part) if isinstance(part, ast.AST) else ():
                    if isinstance(each, (ast.Yield, ast.YieldFrom, ast.Await)):
                        return False
                    if self._is_operation(each):
                        return True
            if not isinstance(statement, _GOING_ON):
                return False
        return False

    def _is_operation(self, node: ast.AST) -> bool:
        """Whether it is announced whatever it is done to: a name that threads share, an attribute of `self`."""
        if isinstance(node, ast.Name):
            return self._shared(node.id) is not None
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or not self.wanted("attribute"):
            return False
        function, around = self.scope.node, self.scope.parent
        if not isinstance(function, ast.FunctionDef) or around is None or around.kind != "class":
            return False
        first = [*function.args.posonlyargs, *function.args.args][:1]
        return bool(first) and first[0].arg == node.value.id and not function.decorator_list


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions that are surely evaluated with this one: not the methods that are called, which may be those of a
    built-in container."""
    yield node
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        yield from _evaluated(node.generators[0].iter)
    elif isinstance(node, ast.BoolOp):
        yield from _evaluated(node.values[0])
    elif isinstance(node, ast.IfExp):
        yield from _evaluated(node.test)
    elif isinstance(node, ast.Compare):
        yield from _evaluated(node.left)
        yield from _evaluated(node.comparators[0])
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        for operand in (node.func.value, *node.args, *(keyword.value for keyword in node.keywords)):
            yield from _evaluated(operand)
    elif not isinstance(node, ast.Lambda):
        for part in ast.iter_child_nodes(node):
            yield from _evaluated(part)


_WITH_NOTHING_IN_THEM: tuple[type, ...] = (
    ast.Constant,
    ast.Compare,
    ast.JoinedStr,
    ast.Lambda,
    ast.List,
    ast.Set,
    ast.Dict,
)
_WITH_NOTHING_IN_THEM += (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Await)

# What a statement evaluates first, and the statements behind which the next one follows.
_FIRST: dict[type, tuple[str, ...]] = {
    ast.Expr: ("value",),
    ast.Assign: ("value",),
    ast.AugAssign: ("target", "value"),
    ast.AnnAssign: ("value",),
    ast.Return: ("value",),
    ast.If: ("test",),
    ast.While: ("test",),
    ast.For: ("iter",),
}
_GOING_ON = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Pass, ast.Global, ast.Nonlocal)
