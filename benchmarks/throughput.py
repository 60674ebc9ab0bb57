"""How many executions a second, beside other tools of the kind:  python benchmarks/throughput.py [--seconds S]

    pip install -e '.[bench]'        # with Python 3.13

All on one core, each tool in each of its modes in a process of its own, on the four programs of peers/workloads.py.
The same work is checked for: a run is printed as failed, and not as slow, if a thread's work wasn't done to its end, if
the threads weren't controlled (an unlocked counter then loses nothing), if a result is wrong, or if the bank lost no
update. Operations are those of the program (a read, a write, an acquire, a put), the same number for all tools; a tool
that steps through bytecode makes several steps of each. "ours is" is our executions a second, divided by theirs.

Beside the bank stands what no such tool does without (peers/bare.py): its threads by themselves, and hand-offs alone.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
import sys
import sysconfig
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.peers.workloads import WORKLOADS, Bank  # noqa: E402  from this checkout
from benchmarks.processes import answer  # noqa: E402

WIDTH = 80
OURS = "stress"
BARE = "bare"
BARE_MODES = ("threads", "hand-offs")
# Tool, module, modes; the first mode of each is a random walk.
TOOLS = (
    (OURS, "with_stress", ("random",)),
    ("frontrun", "with_frontrun", ("random", "schedules", "dpor")),
    (
        "interleave-test",
        "with_interleave_test",
        ("random, opcode", "pct, opcode", "dfs, opcode", "random, line", "pct, line", "dfs, line"),
    ),
)
WANTED = 15_000  # executions a second of the two-thread bank
TIMES = 30  # as many as any peer

Outcome = float | str  # executions a second, or why there are none
Row = tuple[str, str, Outcome]


def one_core() -> str:
    """Pins this process, and so all that it starts; says where to."""
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned to a core"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"


def command(tool: str) -> list[str]:
    """How a process of this tool is started. frontrun explores under its own launcher only."""
    if tool != "frontrun":
        return [sys.executable]
    launcher = shutil.which("frontrun", path=sysconfig.get_path("scripts")) or "frontrun"
    return [launcher, sys.executable]


def outcome(tool: str, module: str, mode: str, workload: str, seconds: float, rounds: int) -> Outcome:
    """What one process finds."""
    arguments = ["-m", f"benchmarks.peers.{module}", workload, mode, str(seconds), str(rounds)]
    found = answer(command(tool) + arguments, 60 + 3 * seconds * rounds, ROOT)
    if isinstance(found, str):
        return found
    return float(found["speed"]) if "speed" in found else str(found["failed"])


def line(row: Row, operations: int, ours: Outcome) -> str:
    tool, mode, found = row
    label = f"  {tool + ', ' + mode:32}"
    if isinstance(found, str):
        return textwrap.fill(
            f"failed: {found}",
            WIDTH,
            initial_indent=label,
            subsequent_indent=" " * (len(label) + len("failed: ")),
            max_lines=2,
            placeholder=" ...",
        )
    times = f"{ours / found:11.1f}x" if isinstance(ours, float) and tool != OURS else ""
    return f"{label}{found:14,.0f}{found * operations:15,.0f}{times}"


def verdict(rows: list[Row]) -> list[str]:
    """The bank's figures against what is wanted of them."""
    ours, bare = rows[0][2], rows[-1][2]
    if isinstance(ours, str):
        return [f"not met: there is no figure for {OURS}"]
    lines = [f"{'met' if ours >= WANTED else 'not met'}: {WANTED:,} executions a second ({ours:,.0f})"]
    for tool, _, modes in TOOLS[1:]:
        speeds = {mode: found for name, mode, found in rows if name == tool and isinstance(found, float)}
        if not speeds:
            lines.append(f"not told: {TIMES} times {tool}, which failed")
            continue
        for kind, mode in (("as random", modes[0]), ("at its fastest", max(speeds, key=speeds.__getitem__))):
            if mode in speeds:
                times = ours / speeds[mode]
                met = "met" if times >= TIMES else "not met"
                lines.append(f"{met}: {TIMES} times {tool} {kind} ({mode}: {times:.1f})")
                if isinstance(bare, float) and bare < TIMES * speeds[mode]:
                    lines.append(f"  hand-offs alone are {bare / speeds[mode]:.1f} times as fast")
    return lines


def version(tool: str) -> str:
    try:
        return f"{tool} {importlib.metadata.version(tool)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{tool} not installed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each of the rounds (0.5)")
    parser.add_argument("--rounds", type=int, default=12, help="the best one counts (12)")
    parser.add_argument("--tool", choices=[tool for tool, _, _ in TOOLS], action="append", help="only this one")
    given = parser.parse_args()
    core = one_core()
    print(f"Python {platform.python_version()}, {platform.machine()}, {core}; best of {given.rounds} rounds")
    print(", ".join(version(tool) for tool, _, _ in TOOLS[1:]))
    bank: list[Row] = []
    for workload in WORKLOADS.values():
        operations = workload.calls * workload.each
        print(f"\n{workload.name} ({operations} operations)")
        print(f"  {'':32}{'executions/s':>14}{'operations/s':>15}{'ours is':>12}", flush=True)
        rows: list[Row] = []
        for tool, module, modes in TOOLS:
            for mode in modes:
                if not given.tool or tool in given.tool:
                    found = outcome(tool, module, mode, workload.name, given.seconds, given.rounds)
                    rows.append((tool, mode, found))
                    ours = rows[0][2] if rows[0][0] == OURS else "not measured"
                    print(line(rows[-1], operations, ours), flush=True)
        if workload is Bank and not given.tool:
            for mode in BARE_MODES:
                rows.append((BARE, mode, outcome(BARE, BARE, mode, workload.name, given.seconds, given.rounds)))
                print(line(rows[-1], operations, rows[0][2]), flush=True)
            bank = rows
    if not given.tool:
        print(f"\n{Bank.name}:")
        print("\n".join(f"  {text}" for text in verdict(bank)))


if __name__ == "__main__":
    main()
