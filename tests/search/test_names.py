"""The table of strategies: what search= takes, and what it says of anything else."""

from __future__ import annotations

import pytest

from stress.search import NAMES, check_search, strategy
from stress.search.pct import PCT

ALL = ["auto", "native", "random", "pct", "pos", "surw", "dpor"]


def test_the_names_are_these() -> None:
    assert list(NAMES) == ALL


@pytest.mark.parametrize("name", [*NAMES, "pct:1", "pct:12"])
def test_a_built_one_is_taken_as_it_is(name: str) -> None:
    assert check_search(name) == name


def test_pct_has_the_depth_that_it_is_given_else_3() -> None:
    for name, depth in (("pct", 3), ("pct:1", 1), ("pct:12", 12)):
        made = strategy(name, 0)
        assert isinstance(made, PCT) and made._depth == depth


@pytest.mark.parametrize(
    "name", ["", "Auto", "ptc", "dpor:3", "pct:", "pct:0", "pct:-1", "pct:1.5", "pct:¹", "random "]
)
def test_anything_else_is_named_with_what_there_is(name: str) -> None:
    with pytest.raises(ValueError, match=r"search=.*(auto, native, random, pct, pos, surw or dpor|pct:DEPTH)"):
        check_search(name)


@pytest.mark.parametrize(
    ("wrong", "right"), [("ptc", "pct"), ("dopr", "dpor"), ("NATIVE", "native"), ("rand", "random")]
)
def test_what_was_probably_meant_is_told(wrong: str, right: str) -> None:
    with pytest.raises(ValueError, match=rf"Did you mean '{right}'\?"):
        check_search(wrong)
