"""A schedule means the same on every Python: what was recorded on one of them comes again on this one.

recorded.txt is written by `python -m tests.portability.record`, on whichever; every environment of tox compares it.
"""

from __future__ import annotations

import pytest

from tests.portability.record import found, recorded, replayed
from tests.portability.scenarios import SCENARIOS

RECORDED = recorded()
WALKS = sorted({name for way, name, *_ in RECORDED if way == "walk"})


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_schedule_gives_the_same_operations_and_the_same_end(name: str) -> None:
    lines = [line[2:] for line in RECORDED if line[1] == name]
    assert lines
    for schedule, digest, end in lines:
        assert (schedule, *replayed(name, schedule)[:2]) == (schedule, digest, end)


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_with_the_same_seed_finds_the_same(name: str) -> None:
    assert found(name) == {schedule: end for _, of, schedule, _, end in RECORDED if of == name}


def test_there_are_enough_of_each() -> None:
    assert len(SCENARIOS) >= 40 and len(WALKS) >= 20
    ends = {end.split(" at ")[0].split()[0] for *_, end in RECORDED}
    assert {"error", "deadlock", "leaked", "livelock"} <= ends
