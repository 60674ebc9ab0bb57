"""python -m bank tells the lecture's story, with what it measured."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import bank.__main__ as story


def test_the_story_is_told_on_real_threads() -> None:
    told = subprocess.run([sys.executable, "-m", "bank"], capture_output=True, text=True, timeout=100)
    assert told.returncode == 0, told.stderr
    assert re.search(r"one RLock +[\d.]+ s +0 of +[\d,]+ audits wrong +\+0 at the end", told.stdout)
    assert re.search(r"With one: .*\(\d+\.\d\d times the time\) and right\.", told.stdout)
    assert re.search(r"bank\.rlock_bare: deadlock\n.*held by", told.stdout, re.DOTALL)
    assert "bank.rlock_try_finally: right" in told.stdout
    assert "bank.plain_lock: deadlock" in told.stdout
    assert "bank.per_account_ordered: right" in told.stdout


@pytest.mark.parametrize(
    ("ratio", "torn", "words"),
    [
        (1.5, 0, "slightly slower (1.50 times the time) and right"),
        (2.5, 0, "slower (2.50 times the time) and right"),
        (0.8, 3, "slightly faster (0.80 times the time) and wrong"),
        (0.4, 0, "faster (0.40 times the time) and right"),
    ],
)
def test_the_lectures_words_are_used_only_where_the_run_bears_them_out(ratio: float, torn: int, words: str) -> None:
    assert story.judged(story.Day(1.0, 10, torn, 0), ratio) == words


def test_money_that_is_missing_is_wrong_too() -> None:
    assert not story.Day(1.0, 10, 0, -1).right
