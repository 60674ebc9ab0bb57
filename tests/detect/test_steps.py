"""A step that doesn't come back, and a scenario that isn't deterministic."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from stress.detect.steps import nondeterministic, uncontrolled_blocking
from stress.events import Site
from tests.controlled import explored, failure, side_by_side


def test_a_step_that_does_not_come_back_is_told_with_its_line() -> None:
    found = uncontrolled_blocking("one", Site("file.py", 3, 0, "sock.recv(1)"), "sock (socket)", False, 2.5)
    for text in ("did not come back within 2.5 s", "one", "waits for sock (socket)", "file.py:3  sock.recv(1)"):
        assert text in found.text
    running = uncontrolled_blocking("one", Site("file.py", 3, 0), "", True, 10)
    assert "still running: a long computation, or a loop that touches nothing shared" in running.text


def test_where_two_runs_part_is_told_of_both() -> None:
    found = nondeterministic(1234, Site("a.py", 1, 0, "x"), None, "perhaps a clue")
    for text in ("1,234 operations were the same", "a.py:1  x", "the end", "perhaps a clue"):
        assert text in found.text
    assert found.schedule is None and len(found.sites) == 1


NUMBERS = itertools.count()


def grows() -> None:
    box: list[int] = []

    def add() -> None:
        for number in range(next(NUMBERS)):
            box.append(number)

    side_by_side(add, lambda: box.clear())


def test_state_that_outlives_an_execution_is_told_with_its_line() -> None:
    found = failure(grows, "nondeterministic")
    assert found.schedule is None and found.exception is None
    assert "perhaps state that outlives an execution" in str(found)
    assert any(site.file.endswith("test_steps.py") for site in found.sites)


def test_an_error_that_does_not_come_again_is_told_as_such() -> None:
    turns = itertools.count(1)

    def scenario() -> None:
        side_by_side(lambda: None)
        if next(turns) == 10:
            raise ValueError("once")

    failure(scenario, "nondeterministic")


@pytest.mark.parametrize("executions", [1, 7])
def test_the_number_of_executions_leaves_out_what_is_run_again(executions: int) -> None:
    ran: list[Any] = []

    def scenario() -> None:
        ran.append(1)

    assert explored(scenario, executions).executions == executions
    assert len(ran) > executions
