"""Attributes and items, read, stored and deleted; and assignments of every kind, augmented ones among them."""

from __future__ import annotations

import ast
from typing import Any

from stress.events import READ, UPDATE, WRITE
from stress.instrument import marks
from stress.instrument.syntax.calls import Calls
from stress.instrument.syntax.places import at, constant, ending, mode_of
from stress.instrument.syntax.reads import OPERATORS, depth_of


class Assignments(Calls):
    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
            self.stored_on_self.add(node.attr)
        own = self.own(node.value)
        value: ast.expr = self.visit(node.value)
        if self.wanted("attribute"):
            mode = mode_of(node.ctx)
            number = self._attribute_site(node, mode, own)
            value = self.through("attribute", value, number, ending(node))
        node.value = value
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        constant = _is_constant(node.value)  # nobody can change it; and of constants the compiler makes one constant
        own = self.own(node.value, 1)
        node.value = self.visit(node.value)
        visited = self.visit(node.slice)
        if self.wanted("item") and not constant:
            number = self.site(node, "item", mode_of(node.ctx), "[]", own=own)
            if isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Slice):
                # The stack: v E | hook NULL E k  ->  v E | hook NULL E k v
                operands: list[ast.expr | str] = [marks.COPY + "3", visited, marks.COPY + "6"]
                visited = self.hook("stored_slice", operands, node, f"{marks.SITE}{number}")
            else:
                visited = self.hook("item", [marks.COPY + "3", visited], node, f"{marks.SITE}{number}")
        node.slice = visited
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        value = self.visit(node.value)
        targets: list[ast.expr] = []
        stores = False  # what another thread may see
        for target in node.targets:
            depth = depth_of(target)
            if depth and stores:  # `x.a = b, c = y`
                targets += self._unpacked_later(target, node.value, marks.DROP, self.own(node.value, 2))
            elif depth:
                value = self._walked(node.value, value, "unpack", depth=depth)
            stores = stores or depth > 0 or not isinstance(target, ast.Name) or self._shared(target.id) is not None
            targets.append(self.visit(target))
        node.value = value
        node.targets = targets
        return node

    def _unpacked_later(self, target: ast.expr, place: ast.expr, mark: str, own: int = -1) -> list[ast.expr]:
        """What a tuple or list among the targets will take apart is announced by one more target before it, a store of
        nothing."""
        if not self.wanted("walk"):
            return []
        number = self.site(place, "walk", READ, "unpack", own=own, detail=depth_of(target))
        line, column = target.lineno, target.col_offset  # the store of an attribute stands where that ends
        begin = ast.Pass(lineno=line, end_lineno=line, col_offset=column, end_col_offset=column)
        call = self.hook("walk", [marks.COPY + "3"], begin, f"{mark}{number}")
        return [at(ast.Attribute(value=call, attr=".", ctx=ast.Store()), begin)]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return node
        node.value = self.visit(node.value)
        if isinstance(node.target, ast.Name):
            if self._shared(node.target.id) is not None:
                node.value = self._announce_name(node.target.id, WRITE, node.target, value=node.value)
        else:
            node.target = self.visit(node.target)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """`E.x += v` ends in code that evaluates E once, keeps it on the stack, and has a hook before the read and
        before the write."""
        target, operator = node.target, type(node.op).__name__
        value = self.visit(node.value)
        if self.wanted("binary"):
            value = self._operand(target, node.value, value, node, OPERATORS[operator] + "=", UPDATE)
        if isinstance(target, ast.Attribute) and self.wanted("attribute"):
            return self._augmented_attribute(node, target, value)
        if isinstance(target, ast.Subscript) and self.wanted("item"):
            return self._augmented_item(node, target, value)
        if isinstance(target, ast.Name) and self._shared(target.id) is not None:
            read = at(ast.Name(target.id, ast.Load()), target)
            result = at(ast.BinOp(self.visit(read), node.op, value), node)
            stored = self._announce_name(target.id, WRITE, target, value=result, mark=f"{marks.IN_PLACE}0:")
            return at(ast.Assign(targets=[target], value=stored), node)
        if not isinstance(target, ast.Name):
            self.generic_visit(target)
        node.value = value
        return node

    def _attribute_site(self, node: ast.Attribute, mode: str, own: int) -> int:
        """`detail`: whether more than an attribute may be meant by the name."""
        name = self.mangled(node.attr)
        return self.site(node, "attribute", mode, name, own=own, detail=name.startswith("__"))

    def _augmented_attribute(self, node: ast.AugAssign, target: ast.Attribute, value: ast.expr) -> ast.stmt:
        # The stack, from E on: E | hook NULL E | E.x | v  ->  E | result  ->  result | E  ->  stored
        owner: ast.expr = self.visit(target.value)
        place = ending(target)
        number = self._attribute_site(target, READ, self.own(target.value, 2))
        read = self.hook("attribute", [marks.COPY + "3"], place, f"{marks.SITE}{number}")
        old = at(ast.Attribute(value=read, attr=target.attr, ctx=ast.Load()), target)
        result = at(ast.BinOp(old, node.op, value), node)
        number = self._attribute_site(target, WRITE, self.own(target.value, 1))
        stored = self.hook("augmented_attribute", [marks.COPY + "3", result], node, f"{marks.IN_PLACE}1:{number}")
        invert = at(ast.UnaryOp(ast.Invert(), stored), target)
        stand_in = at(ast.Attribute(value=invert, attr=target.attr, ctx=ast.Store()), target)
        return at(ast.Assign(targets=[stand_in], value=owner), node)

    def _augmented_item(self, node: ast.AugAssign, target: ast.Subscript, value: ast.expr) -> ast.stmt:
        # The stack, from E and k on: E k | hook NULL E k | E | hook NULL E k  ->  E k | hook NULL E k | E[k] | v  ->  E
        # k | result
        owner: ast.expr = self.visit(target.value)
        key: ast.expr = self.visit(target.slice)
        place = target
        number = self.site(target, "item", READ, "[]", own=self.own(target.value, 3))
        read = self.hook("item", [marks.COPY + "3", marks.COPY + "5"], place, f"{marks.SITE}{number}")
        old = ast.Subscript(value=constant(marks.COPY + "2", target.value), slice=read, ctx=ast.Load())
        result = at(ast.BinOp(at(old, target), node.op, value), node)
        number = self.site(target, "item", WRITE, "[]", own=self.own(target.value, 1))
        stored = self.hook(
            "augmented_item", [marks.COPY + "4", marks.COPY + "4", result], node, f"{marks.IN_PLACE}2:{number}"
        )
        inverts: ast.expr = at(ast.UnaryOp(ast.Invert(), stored), target)
        inverts = at(ast.UnaryOp(ast.Invert(), inverts), target)
        stand_in = at(ast.Subscript(value=key, slice=inverts, ctx=ast.Store()), target)
        return at(ast.Assign(targets=[stand_in], value=owner), node)


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Tuple) and all(map(_is_constant, node.elts)))
