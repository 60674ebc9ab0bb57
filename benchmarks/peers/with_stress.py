"""This project, from this checkout. The mode is a search.

The scenario is written as a user would: it starts the threads and joins them, and both are explored with the rest.
"""

from __future__ import annotations

from collections.abc import Hashable

import stress
from benchmarks.peers.measure import Failed, main
from benchmarks.peers.workloads import Workload, in_threads


def explore(workload: type[Workload], mode: str, executions: int, seed: int) -> tuple[int, set[Hashable]]:
    def scenario() -> Hashable:
        return in_threads(workload)

    exploration = stress.explore(scenario, search=mode, executions=executions, seed=seed)
    if exploration.failure is not None:
        raise Failed(str(exploration.failure).partition("\n")[0])
    return exploration.executions, set(exploration.outcomes)


if __name__ == "__main__":
    main(explore)
