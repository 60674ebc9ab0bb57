"""Every program is explored with default settings, but for the number of executions, and comes to the verdict that its
folder names; and leaves no thread behind that could end.

A program is a module with a `scenario`. `SAYS`: texts that its report has. `KIND`: of a failure that isn't an error.
`EXECUTIONS`, `TIMEOUT`: where the usual number takes too long.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.controlled import explored
from tests.effort import times

HERE = Path(__file__).parent
EXECUTIONS = {"passes": times(20, ci=100), "fails": 100, "deadlocks": 100}  # the last two: at most


def programs(folder: str) -> list[str]:
    return sorted(file.stem for file in (HERE / folder).glob("*.py") if file.stem != "__init__")


def all_end_but(threads: Collection[int]) -> bool:
    """Whether all other threads come to their end. Those that were left behind have it before them."""
    deadline = time.monotonic() + 20
    while sys._current_frames().keys() - threads and time.monotonic() < deadline:
        time.sleep(0.001)
    return not sys._current_frames().keys() - threads


def kind_and_report(folder: str, name: str) -> tuple[str | None, str]:
    module = importlib.import_module(f"tests.programs.{folder}.{name}")
    before = sys._current_frames().keys()
    exploration = explored(
        module.scenario, getattr(module, "EXECUTIONS", EXECUTIONS[folder]), timeout=getattr(module, "TIMEOUT", 2)
    )
    assert all_end_but(before), "a thread was left running"
    for text in getattr(module, "SAYS", ()):
        assert text in str(exploration), f"{text!r} isn't in\n{exploration}"
    return exploration.failure and exploration.failure.kind, str(exploration)


@pytest.mark.parametrize("name", programs("passes"))
def test_it_passes(name: str) -> None:
    kind, report = kind_and_report("passes", name)
    assert kind is None, report


@pytest.mark.parametrize("name", programs("fails"))
def test_it_fails(name: str, livelocks_are_seen_soon: None) -> None:
    kind, report = kind_and_report("fails", name)
    expected = getattr(importlib.import_module(f"tests.programs.fails.{name}"), "KIND", "error")
    assert kind == expected, report


@pytest.mark.parametrize("name", programs("deadlocks"))
def test_it_deadlocks(name: str) -> None:
    kind, report = kind_and_report("deadlocks", name)
    assert kind == "deadlock", report


def test_there_are_programs_of_each_kind() -> None:
    assert all(len(programs(folder)) > 5 for folder in ("passes", "fails", "deadlocks"))
