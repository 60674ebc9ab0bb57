"""Where the assert statements of a file stand: pytest makes other statements of them, in their places."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final


class Assertions:
    """Those of these statements, of what is inside them and of all functions in them."""

    __slots__ = ("_begins", "_ends")

    def __init__(self, body: list[ast.stmt]) -> None:
        found = [((each.lineno, each.col_offset), _end(each)) for each in _asserts(body)]
        self._begins = [begin for begin, _ in found]
        self._ends = [end for _, end in found]

    def around(self, node: Any) -> int:
        """The number of the one that a node stands in, from 1; 0 if there is none."""
        index = bisect_right(self._begins, (node.lineno, node.col_offset))
        return index if index and _end(node) <= self._ends[index - 1] else 0


def _end(node: Any) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def inner_statements(statement: Any) -> list[ast.stmt]:
    """The statements directly inside a compound one."""
    parts = [part for field in ("body", "orelse", "finalbody") for part in getattr(statement, field, ())]
    for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        parts += inner.body
    return parts


def _asserts(body: list[ast.stmt]) -> Iterator[ast.Assert]:
    for statement in body:
        if isinstance(statement, ast.Assert):
            yield statement
        yield from _asserts(inner_statements(statement))


NO_ASSERTIONS: Final = Assertions([])
