"""Command lines as people type them where they are."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

WINDOWS: Final = sys.platform == "win32"


def typed(words: Iterable[str]) -> str:
    """One line, to be pasted: into a POSIX shell, or on Windows into PowerShell or cmd.

    What is quoted there is what either of them would take apart: PowerShell makes two arguments of one with a comma,
    and of one that begins with a dash and has a point or a colon. Inside of double quotes they agree, but for `$`, a
    backtick and double quotes themselves, for which it is PowerShell's way.
    """
    return " ".join(map(_quoted, words)) if WINDOWS else shlex.join(words)


def _quoted(word: str) -> str:
    if re.fullmatch(r"-[A-Za-z0-9-]+|[\w\\/:.][\w\\/:.-]*", word):
        return word
    if set(word) & set('$`"'):
        return "'{}'".format(word.replace("'", "''"))
    at_its_end = len(word) - len(word.rstrip("\\"))  # which the quote would lose its meaning by
    return '"{}{}"'.format(word, "\\" * at_its_end)


def near(file: str | PurePath, folder: str | PurePath = ".") -> str:
    """The path from a folder, the current one if none is named; the whole one where there is none, on another drive."""
    try:
        return os.path.relpath(file, folder)
    except ValueError:
        return os.fspath(file)
