"""Rounds of native stress, repeated until they show what they are to show.

A native run can miss a bug, so no test rests on one. `benchmarks/native.py` runs 200 rounds of each of these scenarios,
on the oldest and the newest CPython, idle and with four at once on two cores: all 200 show the failure, each time. If a
round misses with probability p, 200 hits in a row have probability (1 - p)**200, which is under 5 % for p >= 1.5 %: so
p < 1.5 % with 95 % confidence, and four independent rounds all miss with p < 0.015**4 < 1e-7.
"""

from __future__ import annotations

from collections.abc import Callable

import stress

ROUNDS = 4
EXECUTIONS = 100  # a round


def shown(scenario: Callable[[], object], kind: str, *, timeout: float = 10.0) -> stress.Failure:
    """The failure of this kind that the scenario shows natively within ROUNDS rounds."""
    for _ in range(ROUNDS):
        exploration = stress.explore(scenario, search="native", executions=EXECUTIONS, timeout=timeout)
        if exploration.failure is not None:
            assert exploration.failure.kind == kind, str(exploration)
            return exploration.failure
    raise AssertionError(f"{scenario.__qualname__} never failed in {ROUNDS} rounds of {EXECUTIONS} executions")


def passes(scenario: Callable[[], object], *, executions: int = 5, timeout: float = 30.0) -> stress.Exploration:
    """An exploration of it in which nothing fails."""
    exploration = stress.explore(scenario, search="native", executions=executions, timeout=timeout)
    exploration.raise_if_failed()
    return exploration
