"""frontrun until its first failure, to be started by its own launcher: what each of its processes does for search.py.

Prints a line of JSON: executions, seconds, and whether a failure was found, by seed. The mode is random, or dpor,
which is frontrun's default and draws nothing, so that one seed tells all. Without the ten repetitions that it makes of
a failure, without looking for files and sockets, and under its virtual clock. What a thread asserts is told by the
invariant, since its dpor doesn't count an exception of a thread as a failure.

Where its dpor ends early without a failure (account, bluetooth_driver, stringbuffer) it isn't for how it is called:
0.7.0 on CPython 3.13 never takes a lock in the other order, if nothing else is shared, called directly too.
"""

from __future__ import annotations

import argparse
import json
import operator
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import frontrun

from benchmarks.programs import CASES, Program


def explore(name: str, mode: str, seed: int, executions: int, seconds: float) -> tuple[int, bool]:
    """Executions, and whether one of them failed."""

    def setup() -> Program:
        state = CASES[name].broken()
        failed: list[bool] = []
        state.failed = failed  # type: ignore[attr-defined]
        for number, thread in enumerate(state.threads()):
            setattr(state, f"thread{number}", partial(run, thread, failed))
        return state

    def run(thread: Callable[[], object], failed: list[bool]) -> None:
        try:
            thread()
        except AssertionError:
            failed.append(True)

    def invariant(state: Any) -> bool:
        run(state.check, state.failed)
        return not state.failed

    workers = [operator.methodcaller(f"thread{number}") for number in range(len(CASES[name].broken().threads()))]
    options: dict[str, Any] = {"max_executions": executions}
    if mode == "random":
        options = {"max_attempts": executions, "seed": seed}
    result = frontrun.explore(
        setup,
        workers,
        invariant,
        strategy=mode,  # type: ignore[arg-type]
        clock="virtual",
        detect_io=False,
        reproduce_on_failure=0,
        total_timeout=seconds,
        **options,
    )
    return result.num_explored, result.property_holds is False


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=CASES)
    parser.add_argument("mode", choices=["random", "dpor"])
    parser.add_argument("seeds", type=int)
    parser.add_argument("executions", type=int)
    parser.add_argument("seconds", type=float)
    given = parser.parse_args()
    searches = []
    for seed in range(given.seeds if given.mode == "random" else 1):
        start = time.perf_counter()
        executions, found = explore(given.name, given.mode, seed, given.executions, given.seconds)
        searches.append([executions, time.perf_counter() - start, found])
    print(json.dumps({"searches": searches}), flush=True)


if __name__ == "__main__":
    main()
