"""Writes the output of commands, and files, into the documents:  python docs/refresh.py [FILE...]

A comment `<!-- output of: COMMAND -->` before a fenced block says which; COMMAND is run from the root, with this
interpreter in the place of `python`, 80 columns wide. `<!-- text of: PATH -->` stands for a file. Without a FILE,
README.md and all of docs/ are refreshed. tests/test_docs.py compares what stands there with what comes now, but for
numbers, which are measured.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(
    r"(?P<head><!-- (?P<what>output|text) of: (?P<source>[^\n]+?) -->\n```\w*\n)(?P<body>.*?)(?P<end>```\n)", re.DOTALL
)


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs this interpreter."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)


def output_of(command: str, run: Callable[[list[str]], subprocess.CompletedProcess[str]] = run) -> str:
    """What the command prints, `python` with arguments."""
    ended = run(shlex.split(command)[1:])
    if ended.stderr or ended.returncode not in (0, 1):
        raise SystemExit(f"{command}: status {ended.returncode}\n{ended.stderr}")
    return "\n".join(line.rstrip() for line in ended.stdout.splitlines()).strip("\n") + "\n"


def content(block: re.Match[str]) -> str:
    """What belongs into a block."""
    if block["what"] == "output":
        return output_of(block["source"])
    return (ROOT / block["source"]).read_text(encoding="utf-8")


def refresh(file: Path) -> None:
    """Writes the file anew, if it quotes a command."""
    text = file.read_text(encoding="utf-8")
    new = BLOCK.sub(lambda block: block["head"] + content(block) + block["end"], text)
    if new != text:
        file.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:] or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        refresh(Path(name))
