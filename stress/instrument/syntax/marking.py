"""Hooks and sites as marks in a tree: what every part of the transformation is built from."""

from __future__ import annotations

import ast
from typing import Any

from stress.events import OperationSite
from stress.instrument import marks
from stress.instrument.assertions import NO_ASSERTIONS, Assertions
from stress.instrument.scopes import LOCAL, Scope, scopes_of
from stress.instrument.syntax.places import at, constant, first_evaluated
from stress.instrument.variables import RESULTS


class Marking(ast.NodeTransformer):
    """Keeps the scope that is being transformed. `sites` is filled as places are met; a mark holds a place's number."""

    def __init__(
        self,
        tree: ast.Module,
        file: str,
        lines: list[str],
        module_names: set[str],
        only: frozenset[str] | None = None,
        assertions: Assertions = NO_ASSERTIONS,
    ) -> None:
        self.scopes = scopes_of(tree)
        self.scope: Scope = self.scopes[tree]
        self.file = file
        self.lines = lines
        self.module_names = module_names
        self.sites: list[OperationSite] = []
        self.active = False  # inside a function
        self.classes: list[str] = []
        self.functions: list[str] = []
        self.assertions = assertions
        self.left_out = only  # for tests: kinds of operation that aren't announced
        self.stored_cells: set[str] = set()
        self.stored_on_self: set[str] = set()
        # The variables whose value nobody else need have; None where no frame runs in one thread from beginning to end.
        self.sole: frozenset[str] | None = None

    def site(self, node: Any, kind: str, mode: str, name: str, **more: Any) -> int:
        last = node.end_lineno
        self.sites.append(
            OperationSite(
                kind,
                mode,
                name,
                file=self.file,
                function=".".join(self.functions),
                line=node.lineno,
                column=node.col_offset,
                end_line=node.lineno if last is None else last,
                end_column=node.col_offset if node.end_col_offset is None else node.end_col_offset,
                assertion=self.assertions.around(node),
                lines=self.lines,
                **more,
            )
        )
        return len(self.sites) - 1

    def hook(self, name: str, arguments: list[ast.expr | str], place: ast.AST, mark: str) -> ast.Call:
        """A call of a hook; the last argument is its site's mark.

        The call is located at `place`, where the instruction that follows it is, and what is pushed before the operand
        where the operand begins: so no line is entered that wasn't before, however an expression is spread over lines.
        """
        operand = next((part for part in arguments if isinstance(part, ast.expr)), None)
        begin = place if operand is None else first_evaluated(operand)
        parts = [part if isinstance(part, ast.expr) else constant(part, begin) for part in arguments]
        call = ast.Call(func=constant(marks.HOOK + name, begin), args=[*parts, constant(mark, place)], keywords=[])
        return at(call, place)

    def through(self, hook: str, value: ast.expr, number: int, place: ast.AST) -> ast.expr:
        """`value`, passed through a hook that is told nothing else."""
        return self.hook(hook, [value], place, f"{marks.SITE}{number}")

    def own(self, operand: ast.expr, copies: int = 0) -> int:
        """How many references to an operand this function holds while nobody else has any: a variable's, and copies on
        the value stack; -1 where that can't be told."""
        if self.sole is None:
            return -1
        if isinstance(operand, ast.Name):
            return 1 + copies if operand.id in self.sole and self.scope.kind_of(operand.id) is LOCAL else -1
        return copies if isinstance(operand, RESULTS) else -1

    def mangled(self, name: str) -> str:
        """The name that the compiler makes of a class-private one."""
        if not self.classes or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        stripped = self.classes[-1].lstrip("_")
        return f"_{stripped}{name}" if stripped else name

    def wanted(self, kind: str) -> bool:
        return self.active and (self.left_out is None or kind not in self.left_out)

    def _inside(self, node: Any, visit: Any) -> None:
        outer, self.scope = self.scope, self.scopes[node]
        visit()
        self.scope = outer

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for statement in body:
            result = self.visit(statement)
            if isinstance(result, list):
                out += result
            elif result is not None:
                out.append(result)
        return out
