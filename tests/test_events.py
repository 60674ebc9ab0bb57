"""The vocabulary: which operations depend on one another."""

from __future__ import annotations

import pytest

from stress.events import ITEMS, READ, SHAPE, STATE, UPDATE, WHOLE, WRITE, Touch, attribute, depend, item, shape_by

x, y = attribute("x"), attribute("y")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([(WRITE, 1, x)], [(READ, 1, x)], True),
        ([(READ, 1, x)], [(UPDATE, 1, x)], True),
        ([(READ, 1, x)], [(READ, 1, x)], False),
        ([(WRITE, 1, x)], [(WRITE, 1, y)], False),
        ([(WRITE, 1, x)], [(WRITE, 2, x)], False),
        ([(WRITE, 1, item(0))], [(READ, 1, ITEMS)], True),
        ([(WRITE, 1, shape_by("a"))], [(WRITE, 1, shape_by("b"))], False),
        ([(WRITE, 1, shape_by("a"))], [(READ, 1, SHAPE)], True),
        ([(UPDATE, 1, STATE)], [(READ, 1, WHOLE)], True),
        ([(READ, 1, x), (WRITE, 2, y)], [(READ, 3, x), (READ, 2, y)], True),
        ([(READ, 1, x), (WRITE, 2, y)], [(READ, 1, x), (WRITE, 3, y)], False),
        ([], [(WRITE, 1, x)], False),
    ],
)
def test_operations_depend_where_some_accesses_of_theirs_conflict(
    one: list[Touch], other: list[Touch], expected: bool
) -> None:
    assert depend(one, other) is expected
    assert depend(other, one) is expected
