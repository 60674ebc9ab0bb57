"""What comes from the package index: each thing into a folder of its own, and kept there for the next time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

MARK = "prepared.json"


class NotInstalled(Exception):
    """pip failed; the text is what it said."""


def pip(*arguments: str, python: str = sys.executable) -> None:
    """Runs our pip, for another interpreter if one is named. Raises NotInstalled."""
    command = [sys.executable, "-m", "pip", "--python", python, arguments[0], "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, *arguments[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise NotInstalled((done.stderr or done.stdout).strip() or f"pip ended with status {done.returncode}")


def prepared(folder: Path, wanted: object, prepare: Callable[[], None]) -> None:
    """Has a folder as it is wanted: from the last time if the same was wanted then, else empty, and then prepared."""
    mark, text = folder / MARK, json.dumps(wanted)
    if mark.exists() and mark.read_text(encoding="utf-8") == text:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prepare()
    mark.write_text(text, encoding="utf-8")
