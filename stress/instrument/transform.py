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
from stress.instrument import marks
from stress.instrument.syntax.patterns import Patterns
from stress.instrument.syntax.places import at, constant, ending
from stress.instrument.syntax.reads import depth_of


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

    def _with(self, node: Any) -> Any:
        for index, part in enumerate(node.items):
            value = self.visit(part.context_expr)
            if isinstance(node, ast.With) and self.wanted("enter"):
                number = self.site(part.context_expr, "enter", UPDATE, "with")
                value = self.through("enter", value, number, ending(part.context_expr))
            part.context_expr = value
            target = part.optional_vars
            if target is not None:
                part.optional_vars = self.visit(target)
                if depth_of(target) and (later := self._unpacked_later(target, target, marks.KEEP)):
                    return self._unpacking(node, index, later[0])
        node.body = self._statements(node.body)
        return node

    visit_With = visit_AsyncWith = _with

    def _unpacking(self, node: Any, index: int, later: ast.expr) -> Any:
        """`with` one of whose targets is a tuple or list: that is assigned to as the body begins, in which the other
        items are entered."""
        part, rest = node.items[index], node.items[index + 1 :]
        unpack = at(ast.Assign(targets=[part.optional_vars], value=constant(marks.KEPT, later)), later)
        part.optional_vars = later
        inside = [self._with(at(type(node)(items=rest, body=node.body), node))] if rest else self._statements(node.body)
        node.items = node.items[: index + 1]
        node.body = [unpack, *inside]
        return node

    def visit_TypeAlias(self, node: Any) -> Any:
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        return node
