"""How often native stress shows what it is to show:  python benchmarks/native.py [PYTHON...]

Runs ROUNDS independent rounds of each scenario that the tests rely on, with each interpreter (python3.11 and python3.15
of PATH, unless others are named), idle and in four processes at once, as `pytest -n 4` runs them on two cores, and
prints how many rounds showed the failure. The arithmetic that the tests draw from it stands in tests/native_rounds.py.

The interpreters need no packages: what runs here imports neither hypothesis nor rich.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import stress  # noqa: E402  from this checkout
from bank import per_account, unsafe, unsafe_call  # noqa: E402

ROUNDS = 200
EXECUTIONS = 100  # a round, as in tests/native_rounds.py
BESIDE = 4
SCENARIOS: dict[str, tuple[Callable[[], None], str, float]] = {
    "torn total": (unsafe.audits, "error", 30.0),
    "lost update": (unsafe_call.transfers, "error", 30.0),
    "AB-BA deadlock": (per_account.transfers, "deadlock", 0.5),
}


def shown(scenario: Callable[[], None], kind: str, timeout: float) -> bool:
    """Whether one round shows the failure; a thread that was only slow doesn't count."""
    failure = stress.explore(scenario, search="native", executions=EXECUTIONS, timeout=timeout).failure
    return failure is not None and failure.kind == kind and "still running" not in str(failure)


def count(name: str, rounds: int) -> int:
    """How many of so many rounds show the failure, in this process."""
    return sum(shown(*SCENARIOS[name]) for _ in range(rounds))


def counted_by(python: str, name: str, processes: int) -> int:
    """The same in a number of processes of an interpreter at once, which share the rounds."""

    def run(_: int) -> int:
        command = [python, str(Path(__file__).resolve()), "--count", name, str(ROUNDS // processes)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    with ThreadPoolExecutor(processes) as executor:
        return sum(executor.map(run, range(processes)))


def main(pythons: list[str]) -> None:
    """Prints the table."""
    print(f"rounds of {EXECUTIONS} executions that showed the failure, of {ROUNDS}; {os.cpu_count()} processors")
    print(f"{'interpreter':14}{'scenario':16}{'idle':>6}{'beside -n 4':>13}{'seconds':>9}")
    for python in pythons:
        if shutil.which(python) is None:
            print(f"{python:14}not here")
            continue
        for name in SCENARIOS:
            start = time.perf_counter()
            idle, beside = counted_by(python, name, 1), counted_by(python, name, BESIDE)
            print(f"{Path(python).name:14}{name:16}{idle:6}{beside:13}{time.perf_counter() - start:9.1f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--count"]:
        print(count(sys.argv[2], int(sys.argv[3])))
    else:
        main(sys.argv[1:] or ["python3.11", "python3.15"])
