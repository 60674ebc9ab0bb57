"""What reads containers whole or asks for their truth: walks, iteration, operators, comparisons, conditions."""

from __future__ import annotations

import ast
from typing import Any

from stress.events import READ
from stress.instrument import marks
from stress.instrument.syntax.names import Names
from stress.instrument.syntax.places import DISPLAYS, ending
from stress.instrument.variables import is_bound_in

OPERATORS = {
    "Add": "+",
    "Sub": "-",
    "Mult": "*",
    "MatMult": "@",
    "Div": "/",
    "Mod": "%",
    "Pow": "**",
    "LShift": "<<",
    "RShift": ">>",
    "BitOr": "|",
    "BitXor": "^",
    "BitAnd": "&",
    "FloorDiv": "//",
    "UAdd": "+",
    "USub": "-",
    "Invert": "~",
    "Eq": "==",
    "NotEq": "!=",
    "Lt": "<",
    "LtE": "<=",
    "Gt": ">",
    "GtE": ">=",
    "In": "in",
    "NotIn": "not in",
    "Is": "is",
    "IsNot": "is not",
}


class Reads(Names):
    def _walked(self, node: ast.expr, value: ast.expr, name: str, kind: str = "walk", depth: int = 0) -> ast.expr:
        if isinstance(node, DISPLAYS) and depth < 2:
            return self._made_here(node, value)
        if not self.wanted(kind):
            return value
        number = self.site(node, kind, READ, name, own=self.own(node), detail=depth)
        return self.through("truth" if kind == "truth" else "walk", value, number, ending(node))

    def _made_here(self, node: ast.expr, value: ast.expr) -> ast.expr:
        """A display that is walked: no operation, but the order of a set is told."""
        if not isinstance(node, (ast.Set, ast.SetComp)) or not self.wanted("walk"):
            return value
        return self.through("unordered", value, self.site(node, "walk", READ, "{}"), ending(node))

    def visit_Starred(self, node: ast.Starred) -> Any:
        value = self.visit(node.value)
        node.value = self._walked(node.value, value, "*") if isinstance(node.ctx, ast.Load) else value
        return node

    def visit_Dict(self, node: ast.Dict) -> Any:
        for index, key in enumerate(node.keys):
            if key is not None:
                node.keys[index] = self.visit(key)
            value = self.visit(node.values[index])
            node.values[index] = value if key is not None else self._walked(node.values[index], value, "**")
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        node.value = self._walked(node.value, self.visit(node.value), "format")
        if node.format_spec is not None:
            node.format_spec = self.visit(node.format_spec)
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        value = self.visit(node.value)
        if isinstance(node.value, DISPLAYS):
            value = self._made_here(node.value, value)
        elif self.wanted("iteration"):
            number = self.site(node.value, "iteration", READ, "yield from", detail=0)
            value = self.through("iterate", value, number, ending(node.value))
        node.value = value
        return node

    def _iterated(self, loop: Any, *whole: ast.AST) -> ast.expr:
        """What a loop walks over; `whole` is all that runs meanwhile."""
        iterable = loop.iter
        value: ast.expr = self.visit(iterable)
        depth = depth_of(loop.target)
        if getattr(loop, "is_async", 0):
            return value
        if isinstance(iterable, DISPLAYS) and not depth:  # else what is in it is taken apart, and may be shared
            return self._made_here(iterable, value)
        if not self.wanted("iteration"):
            return value
        # A variable that gets another value meanwhile no longer holds what is walked over.
        rebound = isinstance(iterable, ast.Name) and is_bound_in(iterable.id, list(whole))
        own = -1 if rebound else self.own(iterable)
        number = self.site(iterable, "iteration", READ, "for", detail=depth, own=own)
        return self.through("iterate", value, number, ending(iterable))

    # -- operators and truth -------------------------------------------------------------------------------------------

    def _operand(self, left: ast.expr, right: ast.expr, value: ast.expr, whole: Any, name: str, mode: str) -> ast.expr:
        """`value`, the right operand of a binary operator, through a hook that is also handed the left one."""
        number = self.site(whole, "binary", mode, name, own=self.own(left, 1), owns=(self.own(right),))
        return self.hook("binary", [marks.COPY + "3", value], whole, f"{marks.SITE}{number}")

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        left, right = node.left, node.right
        node.left = self.visit(left)
        if isinstance(node.op, ast.Mod) and isinstance(left, ast.Constant) and isinstance(right, ast.Tuple):
            # The compiler makes an f-string of this: each element is formatted.
            right.elts = [self._formatted(element) for element in right.elts]
            return node
        node.right = self.visit(right)
        if self.wanted("binary") and not (is_constant(left) and is_constant(right)):
            node.right = self._operand(left, right, node.right, node, OPERATORS[type(node.op).__name__], READ)
        return node

    def _formatted(self, element: ast.expr) -> ast.expr:
        value: ast.expr = self.visit(element)
        return value if isinstance(element, ast.Starred) else self._walked(element, value, "format")

    def visit_Compare(self, node: ast.Compare) -> Any:
        operands = [node.left, *node.comparators]
        node.left = self.visit(node.left)
        for index, operator in enumerate(node.ops):
            left, right = operands[index], operands[index + 1]
            visited = self.visit(right)
            if (
                self.wanted("binary")
                and not isinstance(operator, (ast.Is, ast.IsNot))
                and not _incomparable(left, right, operator)
            ):
                visited = self._operand(left, right, visited, node, OPERATORS[type(operator).__name__], READ)
            node.comparators[index] = visited
        return node

    def test(self, node: ast.expr) -> ast.expr:
        """An expression whose truth is asked."""
        if isinstance(node, ast.BoolOp):
            node.values = [self.test(value) for value in node.values]
            return node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self.test(node.operand)
            return node
        if isinstance(node, ast.IfExp):
            node.test, node.body, node.orelse = self.test(node.test), self.test(node.body), self.test(node.orelse)
            return node
        visited: ast.expr = self.visit(node)
        if isinstance(node, (ast.Compare, *DISPLAYS)) or (isinstance(node, ast.Name) and node.id == "__debug__"):
            return visited
        return self._walked(node, visited, "truth", "truth")

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        node.values = [*(self.test(value) for value in node.values[:-1]), self.visit(node.values[-1])]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            node.operand = self.test(node.operand)
            return node
        operand = node.operand
        node.operand = self.visit(operand)
        if self.wanted("binary") and not is_constant(operand):
            number = self.site(node, "binary", READ, OPERATORS[type(node.op).__name__], own=self.own(operand))
            node.operand = self.through("unary", node.operand, number, node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        node.test = self.test(node.test)
        node.body = self.visit(node.body)
        node.orelse = self.visit(node.orelse)
        return node

    def _tested(self, node: Any) -> Any:
        node.test = self.test(node.test)
        node.body = self._statements(node.body)
        node.orelse = self._statements(node.orelse)
        return node

    visit_If = visit_While = _tested

    def visit_Assert(self, node: ast.Assert) -> Any:
        node.test = self.test(node.test)
        if node.msg is not None:
            node.msg = self.visit(node.msg)
        return node


def is_constant(node: ast.expr | None) -> bool:
    """Whether the compiler computes an expression: then no operator of it is run."""
    if isinstance(node, ast.BinOp):
        return is_constant(node.left) and is_constant(node.right)
    return is_constant(node.operand) if isinstance(node, ast.UnaryOp) else isinstance(node, ast.Constant)


def _incomparable(left: ast.expr, right: ast.expr, operator: ast.cmpop) -> bool:
    """A comparison that reads nothing: with a constant, which the compiler makes of a display of constants as well; but
    for bytes, which a bytearray may be equal to, or in."""
    if isinstance(operator, (ast.In, ast.NotIn)):
        elements = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
        return all(isinstance(element, ast.JoinedStr) or is_constant(element) for element in elements) and not any(
            isinstance(part, ast.Constant) and isinstance(part.value, bytes) for part in ast.walk(right)
        )
    return is_constant(left) and is_constant(right)


def depth_of(target: ast.expr) -> int:
    """How deeply a target takes apart what it is given: 0 for a name, 2 for `a, (b, c)`."""
    if isinstance(target, ast.Starred):
        return depth_of(target.value)
    if isinstance(target, (ast.Tuple, ast.List)):
        return 1 + max(map(depth_of, target.elts), default=0)
    return 0
