"""What a user has who installed the wheel and nothing else:  python .ci/wheel_smoke.py {alone | pytest} FOLDER

`alone` runs an import and `python -m stress` on a scenario file, before pytest is installed; `pytest` a small project
under xdist. FOLDER is made anew, and everything runs there. Each step prints what it ran; the first that goes wrong
ends the script.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

SCENARIOS = """\
import stress


@stress.scenario(expect="passes")
def two_appends():
    seen = []
    stress.parallel(lambda: seen.append(1), lambda: seen.append(2))
    assert sorted(seen) == [1, 2]
"""

TESTS = """\
import stress


@stress.interleave
def test_two_appends():
    seen = []
    stress.parallel(lambda: seen.append(1), lambda: seen.append(2))
    assert sorted(seen) == [1, 2]


def test_beside_it():
    pass
"""

FIND = "import stress, sys; print(stress.__version__, stress.__file__); assert 'site-packages' in stress.__file__"


def run(folder: Path, *arguments: str) -> str:
    print("+ python", *arguments, flush=True)
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300
    )
    # Whatever encoding the platform chose for a pipe: what is looked for in it is ASCII.
    output = done.stdout.decode("utf-8", errors="replace")
    sys.stdout.buffer.write(done.stdout)
    sys.stdout.flush()
    if done.returncode != 0:
        sys.exit(f"exit status {done.returncode}")
    return output


def check_contents() -> None:
    """The wheel holds `stress` only, with the mark that tells type checkers to read its annotations."""
    files = [str(path).replace(os.sep, "/") for path in importlib.metadata.files("hypothesis-stress") or ()]
    others = {name for name in files if name.split("/")[0] != "stress" and ".dist-info/" not in name}
    if others:
        sys.exit(f"the wheel holds more than stress: {sorted(others)}")
    if "stress/py.typed" not in files:
        sys.exit("the wheel lacks stress/py.typed")


def alone(folder: Path) -> None:
    check_contents()
    for name in ("pytest", "xdist", "bank"):
        if importlib.util.find_spec(name) is not None:
            sys.exit(f"{name} can be imported: this environment holds more than the wheel and its dependencies")
    run(folder, "-W", "error", "-c", FIND)
    (folder / "scenarios.py").write_text(SCENARIOS, encoding="utf-8")
    if "two_appends" not in run(folder, "-W", "error", "-m", "stress", "scenarios.py"):
        sys.exit("the scenario's name is not in the table")


def with_pytest(folder: Path) -> None:
    (folder / "test_project.py").write_text(TESTS, encoding="utf-8")
    if "2 passed" not in run(folder, "-W", "error", "-m", "pytest", "-n", "2"):
        sys.exit("two tests did not pass")


if __name__ == "__main__":
    steps = {"alone": alone, "pytest": with_pytest}
    if len(sys.argv) != 3 or sys.argv[1] not in steps:
        sys.exit(__doc__)
    fresh = Path(sys.argv[2]).resolve()
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    steps[sys.argv[1]](fresh)
