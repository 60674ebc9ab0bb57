"""DPOR against all interleavings of what the library builds on locks: conditions, queues, semaphores, events, barriers.

Both are run by the engine: there is no model of library source. Where the time was read, as a wait with a time limit
does that goes on waiting, nothing is proved; what is found is the same there. How many programs: 24
in CI and 8 else, or what STRESS_GENERATED says, 4,000 at most (`thorough`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import stress
from stress.search.random_walk import RandomWalk
from tests.effort import generated
from tests.search import waiting_programs
from tests.search.brute_force import Everything, Noting, TooMany, explored
from tests.search.programs import module_of

MOST = 150  # interleavings; a program with more is left out
SEEDS = range(generated(8, ci=24, thorough=4_000))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    text = waiting_programs.HEAD + "".join(
        waiting_programs.source(f"program{seed}", waiting_programs.drawn(seed)) for seed in SEEDS
    )
    yield module_of(tmp_path_factory.mktemp("programs") / "waiting_programs_drawn.py", text)
    sys.modules.pop("waiting_programs_drawn", None)


def check(programs: ModuleType, seed: int) -> bool:
    scenario = getattr(programs, f"program{seed}")
    text = waiting_programs.source("program", waiting_programs.drawn(seed))
    explored(scenario, RandomWalk(0), 1).mark_read()  # what is made once in a process is there
    everything, dpor = Everything(MOST), Noting()
    try:
        expected = explored(scenario, everything)
    except TooMany:
        return False
    exploration = explored(scenario, dpor)
    assert exploration.exhausted is everything.complete, text
    assert len(dpor.found) == len(set(dpor.found)) == exploration.executions, f"a trace came twice\n{text}"
    assert set(dpor.found) == set(everything.found), text
    assert set(exploration.outcomes) == set(expected.outcomes), text
    assert _kinds(exploration) == _kinds(expected), text
    return True


def _kinds(exploration: stress.Exploration) -> set[tuple[str, type[BaseException] | None]]:
    return {(failure.kind, type(failure.exception) if failure.exception else None) for failure in exploration.failures}


@pytest.mark.timeout(0)  # thousands of programs take long
def test_executions_are_the_traces_of_all_interleavings(programs: ModuleType) -> None:
    assert sum(check(programs, seed) for seed in SEEDS) > len(SEEDS) * 3 // 4
