"""The programs that benchmarks/search.py measures on: what is broken fails in its way, and what is fixed doesn't."""

from __future__ import annotations

import pytest

import stress

programs = pytest.importorskip("benchmarks.programs", reason="the benchmarks are in the checkout only")
# One of each module, in its smallest size.
NAMES = sorted({case.broken.func: name for name, case in reversed(programs.SMALL.items())}.values())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_broken_fails(name: str) -> None:
    case = programs.SMALL[name]
    failure = stress.explore(programs.scenario(case.broken)).failure
    assert failure is not None and failure.kind == case.kind, str(failure)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_fixed_passes(name: str) -> None:
    exploration = stress.explore(programs.scenario(programs.SMALL[name].fixed), search="dpor", executions=30)
    assert exploration.failure is None, str(exploration)
