"""This project, from this checkout. The mode is a search.

The scenario is written as a user would: it starts the threads and joins them, and both are explored with the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable

import stress
from benchmarks.peers.measure import Failed, main
from benchmarks.peers.workloads import Workload


def explore(workload: type[Workload], mode: str, executions: int, seed: int) -> tuple[int, set[Hashable]]:
    def scenario() -> Hashable:
        state = workload()
        threads = [threading.Thread(target=job.func, args=job.args) for job in state.jobs()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return state.result()

    exploration = stress.explore(scenario, search=mode, executions=executions, seed=seed)
    if exploration.failure is not None:
        raise Failed(str(exploration.failure).partition("\n")[0])
    return exploration.executions, set(exploration.outcomes)


if __name__ == "__main__":
    main(explore)
