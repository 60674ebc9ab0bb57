"""Command lines that are pasted where they were printed, on Windows as anywhere."""

from __future__ import annotations

import ntpath
import os
import re
import shlex
from pathlib import Path

import pytest

from stress import _commands
from stress.targets import find

WORDS = [
    ("python", "python"),
    ("-m", "-m"),
    ("--replay", "--replay"),
    (r"tests\test_bank.py::test_it", r"tests\test_bank.py::test_it"),
    (r"D:\my tests\test_bank.py::test_it", r'"D:\my tests\test_bank.py::test_it"'),
    ("v1:1.4w-2", "v1:1.4w-2"),
    ("v1:1.4w-2,2e-0+h7", '"v1:1.4w-2,2e-0+h7"'),
    ("--stress-replay=v1:1.4w-2", '"--stress-replay=v1:1.4w-2"'),
    ("test_it.py::test[a b-(c)&d|e;f]", '"test_it.py::test[a b-(c)&d|e;f]"'),
    ("test_it.py::test[it's]", '"test_it.py::test[it\'s]"'),
    ('test[$it\'s "so"]', "'test[$it''s \"so\"]'"),
    ("a folder\\", '"a folder\\\\"'),
    ("", '""'),
]


@pytest.mark.parametrize(("word", "text"), WORDS)
def test_on_windows_a_word_is_one_word_in_powershell_and_in_cmd(
    word: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_commands, "WINDOWS", True)
    assert _commands.typed([word]) == text


def test_elsewhere_a_shell_takes_the_words_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_commands, "WINDOWS", False)
    words = [word for word, _ in WORDS]
    assert shlex.split(_commands.typed(words)) == words


def test_a_file_on_another_drive_has_its_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def relpath(file: str, folder: str = ".") -> str:
        return ntpath.relpath(rf"D:{file}", rf"C:{folder}")

    monkeypatch.setattr(os.path, "relpath", relpath)
    with pytest.raises(ValueError, match="path is on mount"):
        os.path.relpath("file")
    assert _commands.near(Path("/folder/file.py"), Path("/folder")) == str(Path("/folder/file.py"))
    target, *_ = find(["bank.unsafe"])
    assert re.fullmatch(r".*bank.unsafe\.py::\w+", target.target) and os.path.isabs(target.target)
