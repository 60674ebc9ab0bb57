"""Lines of 80 columns."""

from __future__ import annotations

import pytest

from stress._lines import fitted

WIDE = f"    {'/folder' * 12}/file.py:107"


@pytest.mark.parametrize("line", ["", "short", WIDE, f"{WIDE}  assert this, and that {'word ' * 20}", "word " * 40])
def test_what_has_been_fitted_stays_as_it_is_and_no_word_is_lost(line: str) -> None:
    text = fitted(line)
    assert fitted(text) == text
    assert text.split() == line.split()
    assert all(len(each) <= 80 or " " not in each.strip() for each in text.split("\n"))
    assert all(each.strip() for each in text.split("\n")) or not line
