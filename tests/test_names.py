"""The suite is not fooled by names: of its own files, of the bank, of what is installed."""

from __future__ import annotations

from pathlib import Path

import bank
import tests.bank
import tests.search.test_names
import tests.test_names


def test_import_bank_is_the_bank() -> None:
    assert Path(str(bank.__file__)).parent.name == "bank"
    assert Path(str(bank.__file__)).parents[1] == Path(str(tests.bank.__file__)).parents[2]


def test_two_test_files_may_share_a_name() -> None:
    """tests/search/test_names.py is the other one."""
    assert tests.test_names.__file__ != tests.search.test_names.__file__
    assert Path(tests.test_names.__file__).name == Path(tests.search.test_names.__file__).name
