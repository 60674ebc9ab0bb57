"""frontrun, to be started by its own launcher. The mode is random, schedules, or dpor.

random is frontrun.explore(strategy="random"): it keeps a trace of every execution for its reports. schedules is
frontrun.bytecode.run_with_schedule in a loop, for schedules of one's own: the same engine without that trace. dpor is
its default, here under a virtual clock, since under the real one the producer and its consumer time out. All without
looking for files and sockets (detect_io), which no workload has. Not here: its markers, which switch between marked
lines and so can't part the read and the write of `balance -= amount` (with those on two lines, 47 executions a second).
"""

from __future__ import annotations

import operator
import random
from collections.abc import Hashable
from typing import Any

import frontrun
from frontrun.bytecode import run_with_schedule

from benchmarks.peers.measure import Failed, main
from benchmarks.peers.workloads import Workload


def explore(workload: type[Workload], mode: str, executions: int, seed: int) -> tuple[int, set[Hashable]]:
    results: set[Hashable] = set()

    def setup() -> Workload:
        state = workload()
        for number, job in enumerate(state.jobs()):
            setattr(state, f"job{number}", job)
        return state

    def invariant(state: Workload) -> bool:
        results.add(state.result())
        return True  # a race would end the search

    # frontrun wants them before there is a state; and it would step through a lambda.
    workers = [operator.methodcaller(f"job{number}") for number in range(len(workload().jobs()))]
    if mode == "schedules":
        choose = random.Random(seed)
        for _ in range(executions):
            invariant(run_with_schedule(bursts(choose, len(workers)), setup, workers, detect_io=False))
        return executions, results
    # How much of a schedule is drawn before it begins: a short one is drawn faster, and goes on at random too. It also
    # sets how many steps there may be, of which a lone worker takes thousands while it waits for a pool.
    drawn = 40 if len(workers) > 1 else 3_000
    options: dict[str, Any]
    ran = 0
    while ran < executions:  # again after an enumeration that has come to its end
        left = executions - ran
        if mode == "random":
            options = {"strategy": mode, "max_attempts": left, "max_ops": drawn, "seed": seed + ran}
        else:
            options = {"strategy": mode, "max_executions": left, "stop_on_first": False, "clock": "virtual"}
        result = frontrun.explore(setup, workers, invariant, detect_io=False, **options)
        if not result.property_holds:
            raise Failed(result.inconclusive_reason or result.explanation)
        ran += result.num_explored
    return ran, results


def bursts(choose: random.Random, threads: int) -> list[int]:
    """The beginning of a schedule, in bursts like those that frontrun draws and goes on with."""
    return [thread for thread in choose.choices(range(threads), k=12) for _ in range(choose.randint(1, 8))]


if __name__ == "__main__":
    main(explore)
