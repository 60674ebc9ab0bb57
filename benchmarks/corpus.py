"""Whether published bugs of real packages are found:  python benchmarks/corpus.py [CASE...] [--folder FOLDER]

Each case of corpus/cases.toml is a scenario, a release with the bug and one without. Each release is installed into an
environment of its own, and the scenario explored there as it is, with default settings, with CPython 3.11: once in a
process of its own for each. `seconds` are those of the whole `stress.explore(scenario)`: found, run again, made short
and told. `preempts` are those of the failure that is shown, `/` the fewest that it takes (cases.toml); `switches` are
all of its switches. A fixed release is `proved`, or has `passed`, or is `accused`; `none` has no fixed release. What
was printed by each exploration is kept beside the environment, in FOLDER/CASE/{buggy,fixed}/report.txt.

Wanted: each bug found in under 10 s, none of the fixed releases accused, half of them proved. Status 1 if not.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.processes import answer  # noqa: E402  from this checkout
from fidelity.installing import NotInstalled, pip, prepared  # noqa: E402

CASES = ROOT / "benchmarks" / "corpus"
PYTHON = "3.11"  # but for a side that is another CPython
SLOW = 10.0  # seconds: what is found later counts as not found in time
HALF = 0.5  # of the fixed releases are to be proved
WIDTH = 80
SIDES = ("buggy", "fixed")

Case = dict[str, Any]


@dataclass
class Came:
    """What came of one side of a case.

    verdict: `found`, `missed`, `none`, or, of a fixed release, `proved`, `passed`, `accused`; `not installed`, and
    `error` where there is no verdict. answer: of the exploration, if it ended. why: there is no verdict.
    """

    verdict: str
    answer: dict[str, Any]
    why: str = ""


def cases(names: Sequence[str]) -> list[Case]:
    """The cases of these names, all if there are none; in the order of the file. Raises ValueError for other names."""
    listed: list[Case] = tomllib.loads((CASES / "cases.toml").read_text(encoding="utf-8"))["case"]
    if unknown := set(names) - {case["name"] for case in listed}:
        raise ValueError(f"no such case: {', '.join(sorted(unknown))}")
    return [case for case in listed if not names or case["name"] in names]


def python_of(case: Case, side: str) -> str:
    """The version that a side runs on, such as 3.11. Where there is nothing to install, the side is a CPython."""
    if f"requirements_{side}" in case:
        return PYTHON
    return ".".join(case[side].split(".")[:2])


def interpreter(version: str) -> tuple[str, str]:
    """The path of this CPython, and its full version: that which runs here, else from beside it, or from PATH.

    Raises NotInstalled."""
    if platform.python_version().startswith(f"{version}."):
        return sys.executable, platform.python_version()
    beside = Path(getattr(sys, "_base_executable", sys.executable)).parent
    for folder in (beside, *os.get_exec_path()):
        if found := shutil.which(f"python{version}", path=folder):
            told = subprocess.run([found, "--version"], capture_output=True, text=True)
            if told.returncode == 0:  # else it is a shim of a version that isn't here
                return found, told.stdout.split()[1]
    raise NotInstalled(f"there is no python{version} on PATH")


def environment(case: Case, side: str, folder: Path) -> str:
    """The interpreter of an environment in which this release is installed. Raises NotInstalled."""
    base, version = interpreter(python_of(case, side))
    requirements = case.get(f"requirements_{side}", [])
    if not requirements and numbers(version) < numbers(case[side]):
        raise NotInstalled(f"{version} is older than {case[side]}")
    python = folder / "environment" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def prepare() -> None:
        made = [base, "-m", "venv", "--without-pip", str(folder / "environment")]
        subprocess.run(made, check=True, capture_output=True)
        if requirements:
            pip("install", *requirements, python=str(python))

    prepared(folder, [version, requirements], prepare)
    return str(python)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def explored(case: Case, side: str, folder: Path, limit: float) -> Came:
    """Installs a release, and explores its scenario."""
    if case[side] == "none":
        return Came("none", {})
    try:
        python = environment(case, side, folder / case["name"] / side)
    except NotInstalled as error:
        return Came("not installed", {}, str(error).splitlines()[-1])
    here = folder / case["name"] / side
    (here / "empty").mkdir(exist_ok=True)
    command = [python, "-P", str(CASES / "one.py"), str(CASES / case["name"] / "scenario.py")]
    variables = {**os.environ, "PYTHONPATH": str(folder / "stress")}
    came = verdict(side, answer(command, limit, here / "empty", variables))
    (here / "report.txt").write_text(came.answer.get("report", came.why), encoding="utf-8")
    return came


def verdict(side: str, found: dict[str, Any] | str) -> Came:
    """What an exploration's answer says of this side."""
    if isinstance(found, str):
        return Came("error", {}, found)
    if "error" in found:
        return Came("error", found, found["error"])
    if side == "buggy":
        return Came("found" if found["kind"] else "missed", found)
    return Came("accused" if found["kind"] else "proved" if found["proved"] else "passed", found)


HEAD = (
    f"{'':43}{'':5}{'':6}{'pre-':>6}{'':4}  {'fixed'}",
    f"{'case':31}{'found as':12}{'runs':>5}{'s':>6}{'empts':>6}{'sw.':>4}  {'release':8}{'runs':>6}",
)


def rows(case: Case, buggy: Came, fixed: Came) -> list[str]:
    """A line of the table, and one more for each side of which it can't tell all."""
    text = f"{case['name']:31}"
    if buggy.verdict in ("found", "missed"):
        found = buggy.answer
        kind = f"{found['kind'] or 'missed'}{'*' if stuck(found) else ''}"
        text += f"{kind:12}{found['executions']:5}{found['seconds']:6.1f}"
        takes = "?" if found["preemptions"] is None else found["preemptions"]
        text += f"{takes}/{case['preemptions']}".rjust(6) if found["kind"] else f"-/{case['preemptions']}".rjust(6)
        text += f"{found['switches'] if found['switches'] is not None else '-':>4}"
    else:
        text += f"{'-':33}"
    runs = fixed.answer.get("executions", "")
    lines = [f"{text}  {fixed.verdict if not fixed.why else '-':8}{runs:>6}".rstrip()]
    if fixed.verdict == "accused":
        lines.append(f"  fixed, {case['fixed']}: {fixed.answer['kind']}: {fixed.answer['exception'] or 'no exception'}")
    for side, came in zip(SIDES, (buggy, fixed), strict=True):
        if came.why:
            told = textwrap.shorten(f"{side}, {case[side]}: {came.verdict}: {came.why}", WIDTH - 2)
            lines.append(f"  {told}")
    return lines


def stuck(found: dict[str, Any]) -> bool:
    """Whether it is the scenario's own error that tells of a deadlock: its join's time-out came first."""
    return found["kind"] == "error" and "\ndeadlock: " in found["report"]


def wanted(results: Sequence[tuple[Came, Came]]) -> list[tuple[bool, str]]:
    """What is wanted of these cases: whether it is met, and with which figures."""
    found = [buggy for buggy, _ in results if buggy.verdict == "found" and buggy.answer["seconds"] < SLOW]
    fixed = [fixed.verdict for _, fixed in results if fixed.verdict != "none"]
    judged = [each for each in fixed if each in ("proved", "passed")]
    proved = fixed.count("proved")
    return [
        (len(found) == len(results), f"each found in under {SLOW:.0f} s ({len(found)} of {len(results)})"),
        (len(judged) == len(fixed), f"none of the fixed releases accused ({len(judged)} of {len(fixed)} pass)"),
        (proved >= HALF * len(fixed), f"half of the fixed releases proved ({proved} of {len(fixed)})"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="CASE", help="only these")
    parser.add_argument("--folder", type=Path, default=Path("corpus-work"), help="where all is kept (corpus-work)")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for one exploration (300)")
    given = parser.parse_args()
    try:
        chosen = cases(given.names)
    except ValueError as error:
        parser.error(str(error))
    folder = given.folder.resolve()
    # This checkout, as it would be installed, and nothing else: what it needs to explore is in the standard library.
    pip("install", "--no-deps", "--upgrade", "--target", str(folder / "stress"), str(ROOT))
    print(f"published bugs, explored on CPython {PYTHON} with default settings\n")
    print("\n".join(HEAD), flush=True)
    results = []
    for case in chosen:
        buggy, fixed = (explored(case, side, folder, given.limit) for side in SIDES)
        results.append((buggy, fixed))
        print("\n".join(rows(case, buggy, fixed)), flush=True)
    verdicts = wanted(results)
    if any(stuck(buggy.answer) for buggy, _ in results if buggy.verdict == "found"):
        print("\n* in a deadlock, after which the scenario's join timed out: the report tells both")
    print()
    for met, what in verdicts:
        print(f"{'met' if met else 'not met'}: {what}")
    return int(not all(met for met, _ in verdicts))


if __name__ == "__main__":
    sys.exit(main())
