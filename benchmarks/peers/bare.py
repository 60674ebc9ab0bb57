"""What no tool of the kind can leave out, for the two-thread bank of workloads.py: what throughput.py sets beside it.

threads: the program by itself, its threads started and joined by CPython, nothing controlled.
hand-offs: kept OS threads, pinned to one core, that pass a turn at each of the bank's eight operations, by chance. The
program calls `reach` there itself: nothing is instrumented, seen, recorded, checked or put back.
"""

from __future__ import annotations

import _thread
import argparse
import json
import os
import random
import threading
import time
from collections.abc import Callable, Hashable
from functools import partial

from benchmarks.peers.workloads import Account, Bank, in_threads

BETWEEN_LOOKS = 200  # executions


class Handed:
    """Two OS threads and the caller's, of which one runs at a time."""

    def __init__(self) -> None:
        self.gates = [_thread.allocate_lock() for _ in range(3)]
        for gate in self.gates:
            gate.acquire()
        self.jobs: list[Callable[[], None]] = []
        self.live: list[int] = []
        self.current = 2  # the caller's
        self.draw = random.Random(0).random
        for number in range(2):
            _thread.start_new_thread(self.work, (number,))

    def work(self, number: int) -> None:
        while True:
            self.gates[number].acquire()
            self.jobs[number]()
            self.live.remove(number)
            self.current = self.live[0] if self.live else 2
            self.gates[self.current].release()

    def reach(self) -> None:
        chosen = self.live[int(self.draw() * len(self.live))]
        before = self.current
        if chosen != before:
            self.current = chosen
            self.gates[chosen].release()
            self.gates[before].acquire()

    def transfer(self, source: Account, target: Account, amount: int) -> None:
        self.reach()
        seen = source.balance
        self.reach()
        source.balance = seen - amount
        self.reach()
        seen = target.balance
        self.reach()
        target.balance = seen + amount

    def execution(self) -> Hashable:
        state = Bank()
        made = [threading.Thread(target=self.transfer, args=job.args) for job in state.jobs()]  # as a scenario does
        self.jobs = [partial(self.transfer, *job.args) for job in state.jobs()]
        self.live = list(range(len(made)))
        self.current = self.live[int(self.draw() * len(self.live))]
        self.gates[self.current].release()
        self.gates[2].acquire()
        return state.result()


def run(execution: Callable[[], Hashable], seconds: float) -> tuple[float, set[Hashable]]:
    """Executions a second, and the results."""
    results: set[Hashable] = set()
    start, ran = time.perf_counter(), 0
    while time.perf_counter() < start + seconds:
        results.update(execution() for _ in range(BETWEEN_LOOKS))
        ran += BETWEEN_LOOKS
    return ran / (time.perf_counter() - start), results


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=[Bank.name])
    parser.add_argument("mode", choices=["threads", "hand-offs"])
    parser.add_argument("seconds", type=float)
    parser.add_argument("rounds", type=int)
    given = parser.parse_args()
    if given.mode == "hand-offs" and hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # as ours
    execution = partial(in_threads, Bank) if given.mode == "threads" else Handed().execution
    rounds = [run(execution, given.seconds) for _ in range(given.rounds)]
    if given.mode == "hand-offs" and all(results == {Bank.right} for _, results in rounds):
        print(json.dumps({"failed": "finds no lost update"}), flush=True)
    else:
        print(json.dumps({"speed": max(speed for speed, _ in rounds)}), flush=True)


if __name__ == "__main__":
    main()
