"""The syntax tree of a function in, the same tree with a hook before each operation out.

Every change keeps what is evaluated, how often and in which order; the places where an instruction can raise keep their
locations, and a hook gets the location of the operand that it passes on, so that no line is entered that wasn't before.
Hooks and sites stand in the tree as marks (see `marks`), and only inside functions: what a module's or a class's own
body does at import is left as it is. Annotations, type parameters and type aliases are never touched. Knows no listener
and no live objects. The parts are in `syntax/`, each built on the one before: marking, names, reads, calls,
assignments, entries, functions, patterns.
"""

from __future__ import annotations

import ast
from typing import Any

from stress.events import UPDATE
from stress.instrument.syntax.patterns import Patterns
from stress.instrument.syntax.places import ending


class Transformer(Patterns):
    """Transforms a module's tree in place: what is left are the statements that hold others."""

    def visit_Assert(self, node: ast.Assert) -> Any:
        node.test = self.test(node.test)
        if node.msg is not None:
            node.msg = self.visit(node.msg)
        return node

    def _for(self, node: Any) -> Any:
        node.iter = (
            self._iterated(node, node.target, *node.body) if isinstance(node, ast.For) else self.visit(node.iter)
        )
        node.target = self.visit(node.target)
        node.body = self._statements(node.body)
        node.orelse = self._statements(node.orelse)
        return node

    visit_For = visit_AsyncFor = _for

    def visit_With(self, node: ast.With) -> Any:
        for part in node.items:
            value = self.visit(part.context_expr)
            if self.wanted("enter"):
                number = self.site(part.context_expr, "enter", UPDATE, "with")
                value = self.through("enter", value, number, ending(part.context_expr))
            part.context_expr = value
            if part.optional_vars is not None:
                part.optional_vars = self.visit(part.optional_vars)
        node.body = self._statements(node.body)
        return node

    def visit_TypeAlias(self, node: Any) -> Any:
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        return node
