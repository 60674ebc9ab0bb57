"""Runs the suite against the installed `stress`:  python .ci/suite.py FOLDER [PYTEST ARGUMENT...]

FOLDER is made anew and holds `tests`, `bank` and `conftest.py` only, so that the checkout's `stress` can't be imported
from there. When the suite has passed, `suite-passed.txt` in the interpreter's environment tells which it was.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
MARK = Path(sys.prefix) / "suite-passed.txt"


def main(folder: Path, arguments: list[str]) -> int:
    MARK.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("bank", "tests"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "conftest.py", folder)

    # Without --rootdir the root would be where the configuration is: the checkout.
    pytest = [sys.executable, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), f"--rootdir={folder}"]
    status = subprocess.call([*pytest, *arguments], cwd=folder)
    if status == 0:
        MARK.write_text(f"{platform.python_implementation()} {sys.version}\n", encoding="utf-8")
    return status


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
