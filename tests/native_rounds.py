"""Rounds of native stress, repeated until they show what they are to show.

A native run can miss a bug, so no test rests on one. `benchmarks/native.py` runs 200 rounds of each of these
scenarios, on the oldest and the newest CPython, idle and with four at once on two cores (docs/native.md has its table):
at least 199 of the 200 show the failure. So a round misses with p < 2.4 % (95 % confidence, since
(1 - p)**200 + 200 * p * (1 - p)**199 < 5 % for p >= 2.4 %), and five independent rounds with p < 0.024**5 < 1e-8.
"""

from __future__ import annotations

from collections.abc import Callable

import stress

ROUNDS = 5
EXECUTIONS = 100  # a round


def shown(scenario: Callable[[], object], kind: str, *, timeout: float = 10.0) -> stress.Failure:
    """The failure of this kind that the scenario shows natively within ROUNDS rounds."""
    for _ in range(ROUNDS):
        exploration = stress.explore(scenario, search="native", executions=EXECUTIONS, timeout=timeout)
        if exploration.failure is not None:
            assert exploration.failure.kind == kind, str(exploration)
            return exploration.failure
    raise AssertionError(f"{scenario.__qualname__} never failed in {ROUNDS} rounds of {EXECUTIONS} executions")


def passes(scenario: Callable[[], object], *, executions: int = 5, timeout: float = 20.0) -> stress.Exploration:
    """An exploration of it in which nothing fails."""
    exploration = stress.explore(scenario, search="native", executions=executions, timeout=timeout)
    exploration.raise_if_failed()
    return exploration
