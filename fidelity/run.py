"""Runs the test suites of other packages plain and instrumented, compares them test by test, and prints a table.

    python fidelity/run.py [NAME...] [--folder FOLDER]

Each suite's sdist is downloaded from the package index and installed, with what its tests need, into a folder of its
own. Its tests run twice at the same time, each time in a fresh copy of the sdist: as it is, and with
`--stress-instrument` for the package and its tests. The slow-down is that of the processor's time within the tests.
Exit status 1 if a test differs, or if less than 95 % of a package's functions with source have hooks.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

from installing import pip, prepared
from suites import SUITES, Suite

HERE = Path(__file__).resolve().parent
LIMIT = 3600  # seconds for one run of one suite


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these suites")
    parser.add_argument("--folder", type=Path, default=Path("fidelity-work"), help="where all is kept")
    given = parser.parse_args()
    if unknown := set(given.names) - {suite.name for suite in SUITES}:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    chosen = [suite for suite in SUITES if not given.names or suite.name in given.names]
    # A shell's background jobs ignore it, and trio's tests would wait for it for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"fidelity on {platform.python_implementation()} {platform.python_version()}", flush=True)
    results = [Result(suite, given.folder.resolve() / suite.name) for suite in chosen]
    print(f"\n{'suite':24}{'tests':>8}{'left out':>10}{'differ':>8}{'slow-down':>11}{'instrumented':>21}{'':>8}")
    for result in results:
        print(result)
    tests, differ = (sum(len(getattr(each, name)) for each in results) for name in ("tests", "differing"))
    print(f"{'together':24}{tests:8}{sum(len(each.left_out) for each in results):10}{differ:8}", end="")
    print(f"{statistics.median(each.slow_down for each in results):11.2f} (median)")
    return int(any(each.differing or not each.tests or each.share < 0.95 for each in results))


class Result:
    """One suite, run in both ways; prints as it goes."""

    def __init__(self, suite: Suite, folder: Path) -> None:
        print(f"\n{suite.name} {suite.version}: {suite.style}", flush=True)
        self.suite = suite
        source = _prepared(suite, folder)
        processes = {way: _started(suite, folder, source, way) for way in ("plain", "instrumented")}
        plain, instrumented = (_record(process, folder / way) for way, process in processes.items())
        both = {**plain["tests"], **instrumented["tests"]}
        self.left_out = {test: text for test in both if (text := self._left_out(test, plain["tests"].get(test, [])))}
        self.tests = [test for test in both if test not in self.left_out]
        self.differing = [test for test in self.tests if plain["tests"].get(test) != instrumented["tests"].get(test)]
        self.slow_down = instrumented["seconds"] / (plain["seconds"] or 1)
        figures = instrumented["figures"].values()
        self.functions = sum(functions for functions, _ in figures)
        self.reasons = Counter(why for _, left in figures for _, why in left)
        for test, why in self.left_out.items():
            print(f"  left out: {test}: {why}")
        for test in self.differing:
            print(f"  DIFFERS: {test}")
            print(f"    plain: {plain['tests'].get(test, 'not run')}")
            print(f"    instrumented: {instrumented['tests'].get(test, 'not run')}")
        for why, count in self.reasons.most_common():
            print(f"  {count} not instrumented: {why}")
        print(self, flush=True)

    def _left_out(self, test: str, outcomes: list[str]) -> str | None:
        """Why a test doesn't count, or None."""
        for beginning, why in self.suite.flickers.items():
            if test.startswith(beginning):
                return f"flickers: {why}"
        failed = [each for each in outcomes if each.split()[1].startswith("failed")]
        return f"fails plain: {failed[0]}" if failed else None

    @property
    def share(self) -> float:
        return 1 - self.reasons.total() / self.functions if self.functions else 0.0

    def __str__(self) -> str:
        instrumented = f"{self.functions - self.reasons.total()} of {self.functions}"
        return (
            f"{self.suite.name:24}{len(self.tests):8}{len(self.left_out):10}{len(self.differing):8}"
            f"{self.slow_down:11.2f}{instrumented:>21}{self.share:8.1%}"
        )


def _prepared(suite: Suite, folder: Path) -> Path:
    """The unpacked sdist, with everything installed beside it."""
    libraries, source = folder / "libraries", folder / "source"

    def prepare() -> None:
        pip("download", "--no-binary", ":all:", "--no-deps", "--dest", str(folder), f"{suite.name}=={suite.version}")
        (sdist,) = folder.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            archive.extractall(source, filter="data")
        pip("install", "--target", str(libraries), str(sdist), *suite.needs)

    prepared(folder, [suite.version, suite.needs, sys.version], prepare)
    (unpacked,) = source.iterdir()
    return unpacked


def _started(suite: Suite, folder: Path, source: Path, way: str) -> subprocess.Popen[bytes]:
    """pytest over the suite, in a copy of the sdist."""
    here = folder / way
    shutil.rmtree(here, ignore_errors=True)
    copy = here / source.name
    shutil.copytree(source, copy)
    command = [sys.executable, "-m", "pytest", "-p", "recording", "-p", "no:randomly", "-p", "no:cacheprovider"]
    command += ["-p", "no:xdist", "-q", "-rN", "--continue-on-collection-errors", *suite.options]
    if way == "instrumented":
        names = {suite.package or suite.name, *(name for tests in suite.tests for name in _modules(copy, tests))}
        command.append(f"--stress-instrument={','.join(sorted(names))}")
    environment = {
        **os.environ,
        "FIDELITY_RECORD": str(here / "record.json"),
        "HOME": str(here),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([str(folder / "libraries"), str(HERE)]),
        **suite.environment,
    }
    with open(here / "output.txt", "wb") as output:
        return subprocess.Popen(
            [*command, *suite.tests], cwd=copy, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )


def _modules(copy: Path, tests: str) -> set[str]:
    """The names by which pytest may import the modules of a file or folder: a package's, and those of lone files."""
    path = copy / tests
    names = {Path(tests).parts[0].removesuffix(".py")}
    for file in [path] if path.is_file() else path.rglob("*.py"):
        top = file
        while (top.parent / "__init__.py").exists():
            top = top.parent
        names.add(top.stem)
    return {name for name in names if name.isidentifier()}


def _record(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
    record = folder / "record.json"
    if not record.exists():
        print(*(folder / "output.txt").read_text(encoding="utf-8", errors="replace").splitlines()[-20:], sep="\n  ")
        return {"tests": {}, "seconds": 0.0, "figures": {}}
    found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
