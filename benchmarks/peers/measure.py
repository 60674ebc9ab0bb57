"""One tool, in one mode, on one workload: what each process of throughput.py does. Prints a line of JSON.

A tool is a function that runs a workload a number of times, in a mode and with a seed, and returns how many executions
ran and the set of their results. It is checked on the probed workload, then timed on the plain one, call to return.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Hashable

from benchmarks.peers.workloads import WORKLOADS, Workload, controlled, probed, undone, wrong

Tool = Callable[[type[Workload], str, int, int], tuple[int, set[Hashable]]]

# Executions of the check. A random walk shows a lost update within a few dozen. An enumeration begins with orders that
# differ in the last thread only, and gets more if the first don't show one.
CHECKED = 200, 5_000
PATIENCE = 120.0  # seconds for the second


class Failed(Exception):
    """The tool doesn't do what it is measured for."""


def run(tool: Tool, workload: type[Workload], mode: str, asked: int, seed: int) -> tuple[float, set[Hashable]]:
    """Executions a second, and the results."""
    start = time.perf_counter()
    ran, results = tool(workload, mode, asked, seed)
    if ran < asked:
        raise Failed(f"{ran} of {asked} executions ran")
    return ran / (time.perf_counter() - start), results


def check(tool: Tool, workload: type[Workload], mode: str) -> float:
    """Raises Failed unless the tool does all of the work, with all threads in hand. Returns about how fast it is."""
    speed = float("inf")
    for executions in CHECKED:
        if executions / speed > PATIENCE:
            break
        speed, results = run(tool, probed(workload), mode, executions, 0)
        if problem := undone(workload, results):
            raise Failed(problem)
        if controlled(workload, results):
            return speed
    raise Failed("an unlocked counter lost no update: are all threads controlled?")


def measure(tool: Tool, workload: type[Workload], mode: str, seconds: float, rounds: int) -> float:
    """Executions a second, the best of several rounds of about so many seconds."""
    speeds = [check(tool, workload, mode)]
    for number in range(1, rounds + 1):
        speed, results = run(tool, workload, mode, max(20, int(speeds[-1] * seconds)), number)
        if problem := wrong(workload, results):
            raise Failed(problem)
        speeds.append(speed)
    return max(speeds[1:])


def main(tool: Tool) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("mode")
    parser.add_argument("seconds", type=float)
    parser.add_argument("rounds", type=int)
    given = parser.parse_args()
    try:
        answer: dict[str, object] = {
            "speed": measure(tool, WORKLOADS[given.workload], given.mode, given.seconds, given.rounds)
        }
    except Failed as problem:
        answer = {"failed": str(problem)}
    except Exception as error:
        answer = {"failed": f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"}
    print(json.dumps(answer), flush=True)
