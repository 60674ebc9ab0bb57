"""Where nodes that are put into a tree are located, so that no line is entered that wasn't before; and small questions
to expressions."""

from __future__ import annotations

import ast
from typing import Any, TypeVar

from stress.events import DELETE, READ, WRITE

Node = TypeVar("Node", bound=ast.AST)

DISPLAYS = (
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.Constant,
    ast.JoinedStr,
)


def at(node: Node, place: Any) -> Node:
    """`node`, located where `place` is. Faster than `ast.copy_location`, of which transforming would be half."""
    located: Any = node
    located.lineno, located.col_offset = place.lineno, place.col_offset
    located.end_lineno, located.end_col_offset = place.end_lineno, place.end_col_offset
    return node


def constant(value: Any, place: Any) -> ast.expr:
    return at(ast.Constant(value), place)


def nowhere(node: Node) -> Node:
    """The same, with no location at all, as the compiler makes what isn't in the source: no line is entered for it."""
    part: Any
    for part in ast.walk(node):
        if "lineno" in part._attributes:
            part.lineno = part.end_lineno = part.col_offset = part.end_col_offset = -1
    return node


def first_evaluated(node: ast.expr) -> ast.expr:
    """Where the evaluation of an expression begins: at its beginning, but for `a if test else b` and `yield a`."""
    if isinstance(node, ast.Yield) and node.value is not None:
        return first_evaluated(node.value)
    return first_evaluated(node.test) if isinstance(node, ast.IfExp) else node


def beginning(body: list[ast.stmt]) -> ast.AST:
    """Where the first instruction of these statements is located."""
    first: ast.AST = next(statement for statement in body if not _is_without_code(statement))
    while (part := _first_part(first)) is not None:
        first = part
    return first


def _is_without_code(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None and isinstance(statement.target, ast.Name)
    return isinstance(statement, (ast.Global, ast.Nonlocal))


def _first_part(node: ast.AST) -> ast.AST | None:
    """What of a statement or expression is evaluated first; None if that is itself."""
    if isinstance(node, ast.AugAssign):
        return node.target
    for name in _FIRST_PARTS:
        part = getattr(node, name, None)
        if isinstance(part, list):
            part = part[0] if part else None
        if isinstance(part, ast.withitem):
            part = part.context_expr
        if isinstance(part, ast.AST):
            return part
    return None


_FIRST_PARTS = "decorator_list items subject test left iter exc func value keys values elts operand".split()  # noqa: SIM905


def ending(node: ast.expr) -> ast.expr:
    """Where the last instruction of an expression is located: an attribute, or a method's call, at the attribute's own
    line if it spans several. The compiler does so from 3.11 to 3.15."""
    attribute = node.func if isinstance(node, ast.Call) else node
    if not isinstance(attribute, ast.Attribute) or attribute.lineno == attribute.end_lineno:
        return node
    line = attribute.end_lineno or attribute.lineno
    column = max((attribute.end_col_offset or 0) - len(attribute.attr), 0)
    return ast.Constant(
        None,
        lineno=line,
        col_offset=column,
        end_lineno=node.end_lineno or line,
        end_col_offset=node.end_col_offset or column,
    )


def mode_of(context: ast.expr_context) -> str:
    return READ if isinstance(context, ast.Load) else WRITE if isinstance(context, ast.Store) else DELETE


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else "()"
