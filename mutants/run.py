"""Breaks the search in one way after the other, and prints which test notices.

    python mutants/run.py [NAME...] [--jobs N]

Each mutant of `table.py` is made in a copy of `stress` and `tests`, never in the checkout, and the tests of the search
are run there, the likely ones first, until one fails. Before that they must pass in a copy as it is. A mutant with
which they run longer than LIMIT is killed by the time limit. Exit status 1 if one survives, 2 if one can't be made.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from table import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent
TESTS = (*sorted(ROOT.glob("tests/search/test_*.py")), ROOT / "tests" / "test_minimize.py")
LIMIT = 120  # seconds for one mutant, many times what it takes
SURVIVES = "nothing: it SURVIVES"


class Ran(NamedTuple):
    killer: str
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="so many at a time")
    given = parser.parse_args()
    if unknown := set(given.names) - {mutant.name for mutant in MUTANTS}:
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
    chosen = [mutant for mutant in MUTANTS if not given.names or mutant.name in given.names]
    if wrong := [problem for mutant in chosen if (problem := _misfit(mutant))]:
        parser.exit(2, "\n".join(["no patch:", *wrong, ""]))
    whole = _run(None)
    if whole.killer != SURVIVES:
        parser.exit(2, f"the tests fail without any mutant: {whole.killer}\n")
    print(f"as it is: passes in {whole.seconds:.1f} s", flush=True)
    table = Table(width=80, box=SIMPLE_HEAD, show_lines=True)
    table.add_column("mutant", no_wrap=True)
    table.add_column("breaks", width=24)
    table.add_column("killed by", width=28, overflow="fold")
    table.add_column("s", justify="right", no_wrap=True)
    survivors = []
    start = time.monotonic()
    with ThreadPoolExecutor(given.jobs) as pool:
        for mutant, ran in zip(chosen, pool.map(_run, chosen), strict=True):
            print(f"{mutant.name}: {ran.killer}", flush=True)
            table.add_row(mutant.name, mutant.breaks, ran.killer, f"{ran.seconds:.1f}")
            if ran.killer == SURVIVES:
                survivors.append(mutant.name)
    Console(width=80).print(table)
    print(f"{len(chosen)} mutants, {len(chosen) - len(survivors)} killed, in {time.monotonic() - start:.0f} s")
    if survivors:
        print(f"SURVIVES: {', '.join(survivors)}")
    return int(bool(survivors))


def _misfit(mutant: Mutant) -> str | None:
    """Why it can't be made, or None."""
    text = (ROOT / "stress" / mutant.file).read_text(encoding="utf-8")
    if (found := text.count(mutant.old)) != 1:
        return f"{mutant.name}: its text stands {found} times in stress/{mutant.file}"
    try:
        compile(text.replace(mutant.old, mutant.new), mutant.file, "exec")
    except SyntaxError as error:
        return f"{mutant.name}: no Python: {error}"
    return None


def _run(mutant: Mutant | None) -> Ran:
    """Runs the tests in a copy of the sources, until one fails."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for name in ("stress", "tests", "benchmarks"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copy2(ROOT / name, copy / name)
        tests = [str(path.relative_to(ROOT)) for path in TESTS]
        if mutant is not None:
            path = copy / "stress" / mutant.file
            path.write_text(path.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8")
            tests.sort(key=lambda test: test != mutant.first)
        start = time.monotonic()
        killer = _first_failure(copy, tests)
        return Ran(killer, time.monotonic() - start)


def _first_failure(copy: Path, tests: list[str]) -> str:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--tb=no", "-p", "no:randomly", "-n", "0"]
    command += ["-p", "no:cacheprovider", *tests]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STRESS_", "PYTEST_"))}
    # The copy comes first on the path: `python -m` begins in its current folder.
    process = subprocess.Popen(
        command,
        cwd=copy,
        env={**environment, "COLUMNS": "1000", "CI": "true"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
        return f"the time limit of {LIMIT} s"
    if process.returncode == 0:
        return SURVIVES
    failed = re.search(r"^FAILED (?:tests/)?(.+?)(?: - |$)", output, re.MULTILINE)
    if process.returncode != 1 or failed is None:
        raise RuntimeError(f"pytest came to {process.returncode}, and no test has failed:\n{output}")
    return failed[1]


if __name__ == "__main__":
    sys.exit(main())
