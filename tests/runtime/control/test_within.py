"""Which C code may call Python code, and is remembered until it is seen to be over."""

from __future__ import annotations

import pytest

from stress.events import (
    ANY,
    ITEMS,
    READ,
    SHAPE,
    STATE,
    UPDATE,
    WHOLE,
    Location,
    OperationSite,
    attribute,
    item,
    shape_by,
)
from stress.runtime.control.lives import ALIVE, END
from stress.runtime.control.within import may_call_back


def at(kind: str, name: str) -> OperationSite:
    return OperationSite(kind, UPDATE, name, file="bank.py", line=1)


@pytest.mark.parametrize(
    ("site", "locations", "may"),
    [
        (at("attribute", "balance"), [attribute("balance")], False),
        (at("attribute", "lock"), [item("lock")], False),  # of a module
        (at("global", "lock"), [item("lock")], False),
        (at("global", "step"), [STATE], True),  # step(), which is the __next__ of an iterator
        (at("method", "parallel"), [item("parallel")], False),
        (at("method", "pop"), [ITEMS], False),
        (at("method", "pop"), [WHOLE], True),  # of an object of which nothing is known
        (at("call", "pop"), [ITEMS], True),  # an index that isn't an int
        (at("call", "pop"), [item("a"), shape_by("a")], False),
        (at("call", "pop"), [item(ANY), shape_by(ANY)], True),
        (at("call", "max"), [item("a")], True),  # key=itemgetter("a"), and then what it gave is compared
        (at("call", "len"), [SHAPE], False),
        (at("call", "len"), [WHOLE], True),
        (at("call", "zip"), [SHAPE], True),
        (at("call", "append"), [ITEMS], True),  # an array's
        (at("call", "sorted"), [ITEMS], True),
        (at("item", "[]"), [item(1)], False),
        (at("iteration", "for"), [ITEMS], False),
        (at("iteration", "for"), [STATE], True),
        (at("iteration", "for"), [STATE, ITEMS], True),
        (at("enter", "with"), [WHOLE], False),
        (END, [STATE], False),
        (ALIVE, [STATE], False),
        (OperationSite("call", UPDATE, "", file="stress"), [ITEMS], True),
    ],
)
def test_c_code_may_call_python_code(site: OperationSite, locations: list[Location], may: bool) -> None:
    assert may_call_back(site, tuple((READ, number, location) for number, location in enumerate(locations))) is may
