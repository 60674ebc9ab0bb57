"""Whether memory stays flat over many executions:  python benchmarks/memory.py [--executions N]

One exploration of the two-thread bank (peers/workloads.py). Prints the process's resident memory after 10,000
executions and whenever three times as many have run, and ends with status 1 if it then grows by more than MAY_GROW.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Hashable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import stress
from benchmarks.peers.workloads import Bank, in_threads

FIRST = 10_000  # executions, until all that is made once is made
TIMES = 3
MAY_GROW = 1.0  # MB: about one byte an execution in a million


def scenario() -> Hashable:
    return in_threads(Bank)


def resident() -> float:
    """Of this process, in MB; where there is no /proc, the most that it ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        import resource  # not on Windows, which has neither

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (2**20 if sys.platform == "darwin" else 2**10)
    import resource

    return pages * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--executions", type=int, default=1_000_000, help="of the exploration (1,000,000)")
    executions = parser.parse_args().executions
    seen: list[float] = []
    started = time.perf_counter()

    def look(exploration: stress.Exploration) -> None:
        if exploration.executions >= FIRST * TIMES ** len(seen) or exploration.executions == executions:
            seen.append(resident())
            per_second = exploration.executions / (time.perf_counter() - started)
            print(f"{exploration.executions:>12,}{seen[-1]:>10.1f}{per_second:>16,.0f}", flush=True)

    print(f"Python {platform.python_version()}, {Bank.name}")
    print(f"{'executions':>12}{'MB':>10}{'executions/s':>16}", flush=True)
    stress.explore(scenario, search="random", executions=executions, progress=look).raise_if_failed()
    grown = seen[-1] - seen[0]
    print(f"{'flat' if grown <= MAY_GROW else 'not flat'}: {grown:+.1f} MB since the first look")
    sys.exit(grown > MAY_GROW)


if __name__ == "__main__":
    main()
