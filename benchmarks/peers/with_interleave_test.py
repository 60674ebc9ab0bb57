"""interleave-test. The mode is a strategy and a granularity.

Its README has two ways to be faster than by default. `include=` narrows what is traced: here to the workloads, so that
this file is none of it. granularity="line" switches between lines only, and misses a race within one. The strategies
pct and dfs preempt rarely, and so pass the baton less often than random.
"""

from __future__ import annotations

from collections.abc import Hashable

import interleave_test

from benchmarks.peers import workloads
from benchmarks.peers.measure import main


def explore(workload: type[workloads.Workload], mode: str, executions: int, seed: int) -> tuple[int, set[Hashable]]:
    results: set[Hashable] = set()

    def model() -> None:
        state = workload()
        tasks = [interleave_test.spawn(job) for job in state.jobs()]
        for task in tasks:
            task.join()
        results.add(state.result())

    strategy, granularity = mode.split(", ")
    ran = 0
    while ran < executions:  # again after an enumeration that has come to its end
        ran += interleave_test.explore(
            model,
            iterations=executions - ran,
            seed=seed + ran,
            strategy=strategy,
            granularity=granularity,
            include=[workloads.__file__],
            timeout=5,
        ).schedules_run
    return ran, results


if __name__ == "__main__":
    main(explore)
