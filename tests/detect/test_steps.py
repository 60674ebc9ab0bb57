"""A step that doesn't come back, and a scenario that isn't deterministic."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

import pytest

import stress
from stress.detect.steps import Came, nondeterministic, uncontrolled_blocking
from stress.events import READ, Event, OperationSite, Site
from stress.judging import replayable
from stress.runtime.control.outcome import Outcome
from tests.controlled import explored, failure, flat, side_by_side


def test_a_step_that_does_not_come_back_is_told_with_its_line() -> None:
    found = uncontrolled_blocking("one", Site("file.py", 3, 0, "sock.recv(1)"), "sock (socket)", False, 2.5)
    for text in ("did not come back within 2.5 s", "one", "waits for sock (socket)", "file.py:3  sock.recv(1)"):
        assert text in found.text
    running = uncontrolled_blocking("one", Site("file.py", 3, 0), "", True, 10)
    assert "still running: a long computation, or a loop that touches nothing shared" in running.text


def test_where_two_runs_part_is_told_of_both() -> None:
    found = nondeterministic(1234, Came("one came to", Site("a.py", 1, 0, "x")), Came("all was over"), "perhaps a clue")
    for text in ("1,234 operations were the same", "one came to\n      a.py:1  x", "all was over", "perhaps a clue"):
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
    told = " ".join(found.timeline.split())
    assert "Up to here both runs did the same. Then, in one, " in told
    assert told.endswith("no schedule would give the same again.") and 0 < len(found.operations) < 100


def test_an_error_that_does_not_come_again_is_told_as_such() -> None:
    turns = itertools.count(1)

    def scenario() -> None:
        side_by_side(lambda: None)
        if next(turns) == 12:
            raise ValueError("once")

    found = failure(scenario, "nondeterministic")
    assert "there was this error: ValueError: once\n  and in the other\n      nothing failed" in found.text
    assert "in one, there was this error: ValueError: once; in the other" in " ".join(found.timeline.split())


class Object:
    pass


def test_of_one_line_it_is_told_where_in_the_library_two_runs_part(monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario() -> None:
        registered = weakref.finalize._registered_with_atexit  # type: ignore[attr-defined]
        weakref.finalize(Object(), list)
        if not registered:
            raise ValueError

    monkeypatch.setattr(weakref.finalize, "_registered_with_atexit", True)
    assert explored(scenario, 10).failure is None  # else the first one is given up: it meets code without hooks
    monkeypatch.setattr(weakref.finalize, "_registered_with_atexit", False)
    exploration = explored(scenario, 10)
    assert exploration.failure is not None and exploration.executions == 10
    text = flat(exploration.failure)
    _, one, other = text.split("came to ")[:3]
    assert "weakref.py:" in one and "weakref.py:" in other and one != other
    assert text.count("weakref.finalize(Object(), list)") >= 2


def test_a_step_that_comes_back_in_another_run_has_no_schedule() -> None:
    turns = itertools.count(1)

    def scenario() -> None:
        side_by_side(lambda: None)
        if next(turns) == 12:
            while True: pass  # noqa: E701  # fmt: skip

    found = failure(scenario, "uncontrolled blocking", timeout=0.3)
    assert found.schedule is None
    assert "no schedule: when the same choices were made again, they led to something else" in found.text
    assert "In the end scenario began a step that isn't controlled" in found.timeline


@pytest.mark.parametrize("executions", [1, 7])
def test_the_number_of_executions_leaves_out_what_is_run_again(executions: int) -> None:
    ran: list[Any] = []

    def scenario() -> None:
        ran.append(1)

    assert explored(scenario, executions).executions == executions
    assert len(ran) > executions


def test_an_operation_that_could_not_be_recorded_is_left_out() -> None:
    """As at the limit of recursion."""
    event = Event(0, (), 0, OperationSite("global", READ, "x"), READ, ())
    found = replayable(
        stress.Failure("livelock", None, ""), None, Outcome(recorded=True, events=[event], threads=("scenario",))
    )
    assert found.operations == ()
