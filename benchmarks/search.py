"""How soon each strategy finds known bugs, and what `dpor` costs:  python benchmarks/search.py [NAME...] [--quick]

    pip install -e '.[bench]'        # with Python 3.13

The programs are those of programs/. Executions and time until the first failure, with 20 seeds each: the mean and the
standard deviation (~). A seed that finds nothing within the budget counts with all that it ran, and the mean is then a
lower bound, printed with `>`; how many seeds found it stands below the table. If none of the first five seeds finds
anything, no others are tried. Time is from the call of stress.explore to the failure that is told: repeated, and made
short. dpor draws only which of the executions that are still to come is next.

Beside it, frontrun's random and dpor on the same programs, each in a process of its own. Then: whether dpor proves
what is fixed; what one execution under dpor costs, beside one under random, in turns; how the memory of its search
grows with the length of an execution; and all 1,680 traces of three threads with three critical sections each.

NAME: only this program, and no more than finding and proving. --quick: five seeds, a smaller budget, without frontrun.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import stress  # noqa: E402  from this checkout
from benchmarks.programs import CASES, SMALL, scenario  # noqa: E402
from benchmarks.throughput import WIDTH, command, end, one_core, version  # noqa: E402

STRATEGIES = ("auto", "random", "pct", "pos", "surw", "dpor")
PEERS = ("random", "dpor")  # of frontrun
IN_VAIN = 5  # seeds that find nothing, after which no others are tried
PROVING = 10.0  # seconds
# Of what execution costs are compared: fixed, of different lengths, with more traces than are run.
COMPARED = ("reorder_5", "circular_buffer", "stack", "WorkStealQueue", "boundedBuffer", "wronglock", "twostage_20")
TIMES = 2.0  # as much as one of random, at most
TRACES = 1_680  # of three threads with three critical sections each
WITHIN = 1.0  # seconds

Scenario = Callable[[], object]


class Budget(NamedTuple):
    """What one search may take, and how many are made."""

    seeds: int
    executions: int
    seconds: float


class Search(NamedTuple):
    """What one search took, and whether it found a failure."""

    executions: int
    seconds: float
    found: bool


class Cell(NamedTuple):
    """What came of the same search with several seeds; `why` there is nothing."""

    searches: list[Search]
    why: str = ""

    def shown(self, value: Callable[[Search], float]) -> str:
        """The mean of a value, and how far it spreads; a lower bound, if not all searches found a failure."""
        if not self.searches:
            return "-"
        values = [value(each) for each in self.searches]
        if not any(each.found for each in self.searches):
            return f"> {min(values):,.0f}"
        spread = f"~{number(stdev(values))}" if len(values) > 1 else ""
        return f"{'' if all(each.found for each in self.searches) else '>'}{number(fmean(values))}{spread}"


def number(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def searched(broken: Scenario, search: str, kind: str, budget: Budget) -> Cell:
    """Searches of ours. Raises AssertionError where one finds another failure than that of the program."""
    searches: list[Search] = []
    for seed in range(budget.seeds):
        start = time.perf_counter()
        exploration = stress.explore(
            broken, search=search, seed=seed, executions=budget.executions, seconds=budget.seconds
        )
        seconds = time.perf_counter() - start
        failure = exploration.failure
        assert failure is None or failure.kind == kind, str(exploration)
        searches.append(Search(exploration.executions, seconds, failure is not None))
        if len(searches) == IN_VAIN and not any(each.found for each in searches):
            break
    return Cell(searches)


def peer(name: str, mode: str, budget: Budget) -> Cell:
    """Searches of frontrun: as many as it comes to the end of."""
    arguments = ["-m", "benchmarks.peers.search_with_frontrun", name, mode]
    limit = 20 + 2 * budget.seconds * budget.seeds
    try:
        process = subprocess.Popen(
            [*command("frontrun"), *arguments, *map(str, budget)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    except OSError:
        return Cell([], "not installed")
    try:
        stdout, stderr = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return Cell([], f"no end after {limit:.0f} s")
    finally:
        if process.poll() is None:
            end(process)
    searches = [Search(*json.loads(line)) for line in stdout.splitlines() if line.startswith("[")]
    if not searches:
        return Cell([], (stderr.strip().splitlines() or [f"ended with status {process.returncode}"])[-1])
    return Cell(searches)


# --- tables -----------------------------------------------------------------------------------------------------------


def line(name: str, cells: Iterable[str], width: int) -> str:
    return f"{name:16}" + "".join(f"{cell:>{width}}" for cell in cells)


def milliseconds(search: Search) -> float:
    return search.seconds * 1000


def tables(rows: dict[str, dict[str, Cell]], heads: Iterable[str], budget: Budget, width: int) -> None:
    """Prints the executions and the time of each search, and those that found nothing."""
    for title, value in (("executions", lambda each: each.executions), ("milliseconds", milliseconds)):
        print(f"\n{title} until the first failure, mean ~ standard deviation")
        print(line("", heads, width))
        for name, cells in rows.items():
            print(line(name, (cell.shown(value) for cell in cells.values()), width))
    missed = [
        f"{name} {head} {sum(each.found for each in cell.searches)} of {len(cell.searches)}"
        for name, cells in rows.items()
        for head, cell in cells.items()
        if cell.searches and not all(each.found for each in cell.searches)
    ]
    if missed:
        told = f"not found by every seed ({budget.executions:,} executions or {budget.seconds:g} s each): "
        print(textwrap.fill(told + "; ".join(missed), WIDTH, break_on_hyphens=False))
    for name, cells in rows.items():
        for head, cell in cells.items():
            if cell.why:
                print(textwrap.shorten(f"{name}, {head}: failed: {cell.why}", WIDTH, placeholder=" ..."))
    sys.stdout.flush()


def find(names: list[str], budget: Budget) -> None:
    rows: dict[str, dict[str, Cell]] = {}
    for name in names:
        broken = scenario(CASES[name].broken)
        stress.explore(scenario(CASES[name].fixed), search="random", executions=1)  # instruments it
        rows[name] = {search: searched(broken, search, CASES[name].kind, budget) for search in STRATEGIES}
    tables(rows, STRATEGIES, budget, 10)


def beside(names: list[str], budget: Budget) -> None:
    print(f"\n{version('frontrun')}:", end="")
    rows = {name: {f"frontrun {mode}": peer(name, mode, budget) for mode in PEERS} for name in names}
    tables(rows, [f"frontrun {mode}" for mode in PEERS], budget, 18)


def prove(names: list[str]) -> None:
    """Prints what dpor says of what is fixed."""
    print("\nwhat is fixed, under dpor")
    print(line("", ("executions", "", "seconds"), 14))
    for name, case in SMALL.items():
        if name.partition(",")[0] in names:
            exploration = stress.explore(scenario(case.fixed), search="dpor", executions=100_000, seconds=PROVING)
            verdict = "proved" if exploration.exhausted else "not proved"
            if exploration.failure is not None:
                verdict = "FAILS"
            print(f"{name:30}{exploration.executions:>10,}{verdict:>14}{exploration.seconds:>10.2f}", flush=True)


def cost(fixed: Scenario, search: str, executions: int) -> float:
    """Seconds of processor time that one execution takes, of all its threads."""
    start = time.process_time()
    exploration = stress.explore(fixed, search=search, executions=executions)
    assert exploration.failure is None and exploration.executions == executions, str(exploration)
    return (time.process_time() - start) / executions


def compare(executions: int, rounds: int) -> None:
    """Prints what an execution costs under dpor and random, the best of several rounds in turns."""
    print(f"\none execution, milliseconds of processor time (best of {rounds} x {executions}, in turns)")
    print(line("", ("random", "dpor", "times as much"), 14))
    ratios = []
    for name in COMPARED:
        fixed = scenario(CASES[name].fixed)
        costs: dict[str, list[float]] = {"random": [], "dpor": []}
        for _ in range(rounds):
            for search, seen in costs.items():
                seen.append(cost(fixed, search, executions))
        random, dpor = (min(seen) for seen in costs.values())
        ratios.append(dpor / random)
        print(line(name, (f"{random * 1000:.2f}", f"{dpor * 1000:.2f}", f"{ratios[-1]:.2f}"), 14), flush=True)
    print(f"{'met' if max(ratios) <= TIMES else 'not met'}: at most {TIMES:g} times as much ({max(ratios):.2f})")


def sections(threads: int, times: int) -> Scenario:
    """Threads that take one lock, and give it back, so many times each."""

    def runs() -> None:
        lock = threading.Lock()

        def work() -> None:
            for _ in range(times):
                with lock:
                    pass

        stress.parallel(*[work] * threads)

    return runs


def memory(executions: int) -> None:
    """Prints what an exploration holds at most, for longer and longer executions."""
    print(f"\nmemory of {executions:,} executions under dpor, two threads of n critical sections")
    print(line("n", ("most KB", "grows as n to the"), 20))
    before: tuple[int, float] | None = None
    for times in (5, 10, 20, 40, 80):
        longer = sections(2, times)
        stress.explore(longer, search="random", executions=10)  # makes what is made once
        tracemalloc.start()
        stress.explore(longer, search="dpor", executions=executions)
        most = tracemalloc.get_traced_memory()[1] / 1024
        tracemalloc.stop()
        power = f"{math.log(most / before[1]) / math.log(times / before[0]):.1f}" if before else ""
        before = times, most
        print(line(f"{times}", (f"{most:,.0f}", power), 20), flush=True)


def exhaust(rounds: int) -> None:
    """Prints how long all traces of three threads with three critical sections take."""
    seconds, processor = [], []
    for _ in range(rounds):
        start = time.process_time()
        exploration = stress.explore(sections(3, 3), search="dpor", executions=10 * TRACES)
        processor.append(time.process_time() - start)
        assert exploration.exhausted and exploration.executions == TRACES, str(exploration)
        seconds.append(exploration.seconds)
    print(f"\n{TRACES:,} traces of 3 threads x 3 critical sections, best of {rounds}:")
    met = "met" if min(seconds) < WITHIN else "not met"
    print(f"{met}: within {WITHIN:g} s ({min(seconds):.2f} s; {min(processor):.2f} s of processor time)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a program, or several; all of them, if none is named")
    parser.add_argument("--quick", action="store_true", help="fewer seeds, a smaller budget, without frontrun")
    parser.add_argument("--only", choices=["find", "peers", "prove", "cost", "memory", "3x3"], help="this part only")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in CASES]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(CASES)}")
    budget = Budget(5, 500, 1.0) if given.quick else Budget(20, 2_000, 2.0)
    names = given.names or list(CASES)
    parts: dict[str, Callable[[], None]] = {
        "find": lambda: find(names, budget),
        "peers": lambda: beside(names, budget._replace(seeds=5)),
        "prove": lambda: prove(names),
        "cost": lambda: compare(100, 2 if given.quick else 8),
        "memory": lambda: memory(100 if given.quick else 500),
        "3x3": lambda: exhaust(1 if given.quick else 5),
    }
    print(f"Python {platform.python_version()}, {platform.machine()}, {one_core()}; {budget.seeds} seeds")
    for part, run in parts.items():
        left_out = (given.names and part in ("cost", "memory", "3x3")) or (given.quick and part == "peers")
        if part == given.only or (not given.only and not left_out):
            run()


if __name__ == "__main__":
    main()
