"""stress.parallel runs callables side by side, inside an exploration and outside."""

from __future__ import annotations

import threading
import traceback
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

import stress


def test_results_come_in_order() -> None:
    assert stress.parallel(lambda: 1, lambda: "two", lambda: None) == [1, "two", None]


def test_nothing_to_do_is_done() -> None:
    assert stress.parallel() == []


def test_each_runs_in_a_thread_of_its_own() -> None:
    idents = stress.parallel(*[threading.get_ident] * 5)
    assert len({*idents, threading.get_ident()}) == 6


def test_all_of_them_run_at_the_same_time() -> None:
    meeting = threading.Barrier(5)
    assert sorted(stress.parallel(*[partial(meeting.wait, 30)] * 5)) == [0, 1, 2, 3, 4]


def test_none_goes_on_before_all_have_started() -> None:
    def meets_the_others() -> int:
        return sum("meets_the_others" in thread.name for thread in threading.enumerate())

    assert (
        max(stress.parallel(*[meets_the_others] * 3)) == 3
    )  # the first one to go on: others may have ended for the last


def test_the_first_exception_is_raised_and_the_others_are_notes() -> None:
    first, second = threading.Event(), threading.Event()

    def early() -> None:
        first.set()
        raise ValueError("early")

    def late() -> None:
        assert first.wait(30)
        assert second.wait(0.05) is False  # gives the other the time to be first; right whichever is
        raise KeyError("late")

    with pytest.raises((ValueError, KeyError)) as raised:
        stress.parallel(late, early)
    both = {"ValueError: early", "KeyError: 'late'"}
    told = "".join(traceback.format_exception(raised.value))
    assert all(text in told for text in both)
    assert len(raised.value.__notes__) == 1


def test_the_exception_keeps_its_own_traceback() -> None:
    def fails() -> None:
        raise ValueError("here")

    with pytest.raises(ValueError, match="here") as raised:
        stress.parallel(fails)
    assert "fails" in [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]


def test_an_exit_in_a_callable_reaches_the_caller() -> None:
    with pytest.raises(SystemExit):
        stress.parallel(partial(exit_with, 3))


def exit_with(status: int) -> None:
    raise SystemExit(status)


def test_threads_carry_the_names_of_their_callables() -> None:
    def deposit(account: str, amount: int = 0) -> str:
        del account, amount
        return threading.current_thread().name

    names = stress.parallel(partial(deposit, "alice", amount=3), lambda: threading.current_thread().name)
    assert names == ["parallel-1 (deposit('alice', amount=3))", "parallel-2 (<lambda>)"]


def test_special_methods_of_a_module_are_callables_like_any_other() -> None:
    exploration = stress.explore(lambda: stress.parallel(threading.__repr__, threading.__dir__), search="dpor")
    assert exploration.failure is None and exploration.executions == 1, exploration


def test_the_names_of_its_threads_are_no_part_of_what_a_verdict_rests_on() -> None:
    numbers: list[int] = []
    exploration = stress.explore(lambda: stress.parallel(partial(numbers.append, 1)), search="dpor")
    assert "standard library" not in str(exploration)


def test_a_long_name_is_cut_and_nobodys_repr_is_called() -> None:
    class Touchy:
        def __repr__(self) -> str:
            raise AssertionError("repr was called")

    name, *_ = stress.parallel(partial(lambda *_: threading.current_thread().name, Touchy(), "x" * 1000))
    assert "Touchy" in name and len(name) < 100


def test_threads_are_no_daemons_and_their_children_neither() -> None:
    def daemons() -> tuple[bool, bool]:
        return threading.current_thread().daemon, threading.Thread().daemon

    assert stress.parallel(daemons) == [(False, False)]


def test_a_timeout_raises_a_deadlock_that_tells_who_waits_where() -> None:
    lock = threading.Lock()
    lock.acquire()

    def waits() -> None:
        with lock:
            pass

    with pytest.raises(stress.Deadlock) as raised:
        stress.parallel(waits, lambda: None, timeout=0.2)
    failure = raised.value.failure
    assert failure.kind == "deadlock" and failure.sites[0].text == "with lock:"
    assert "waits for lock (threading.Lock)" in str(raised.value)
    assert "1 thread was still alive after 0.2 s" in str(raised.value)
    lock.release()


def test_a_thread_that_is_ended_after_the_timeout_is_not_told_to_have_ended_before_that() -> None:
    with pytest.raises(stress.Deadlock) as raised:
        stress.parallel(threading.Event().wait, lambda: 1, timeout=0.05)
    assert "ended before that" not in str(raised.value)


def test_a_timeout_tells_what_was_raised_before() -> None:
    lock = threading.Lock()

    def forgets() -> None:
        lock.acquire()
        raise ValueError("in between")

    def waits() -> None:
        while not lock.locked():
            pass
        lock.acquire()

    with pytest.raises(stress.Deadlock, match=r"ended before that: ValueError: in between"):
        stress.parallel(forgets, waits, timeout=0.3)
    lock.release()


def test_nobody_looks_at_threads_that_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks take a while; a stress.parallel that ends in time must not pay for them."""
    from stress.runtime import stuck

    class Time:  # of this module alone: threads that other tests have left may sleep
        def sleep(self, seconds: float) -> None:
            pytest.fail("slept")

    monkeypatch.setattr(stuck, "time", Time())
    assert stress.parallel(lambda: 1, lambda: 2, timeout=60) == [1, 2]


def test_in_time_is_in_time() -> None:
    assert stress.parallel(lambda: 1, timeout=60) == [1]


class _Callable:
    def __call__(self) -> str:
        return "called"


def test_an_object_that_can_be_called_is_called() -> None:
    assert stress.parallel(_Callable()) == ["called"]


async def _coroutine() -> None: ...


def _generator() -> Any:
    yield


@pytest.mark.parametrize(
    ("callable_", "text"),
    [
        (None, r"takes a callable, got None \(NoneType\)"),
        (3, r"takes a callable, got 3 \(int\)"),
        (_coroutine, "takes a plain function, got _coroutine, which is async"),
        (_generator, "takes a plain function, got _generator, which is a generator"),
        (partial(_coroutine), "which is async"),
        (lambda needed: needed, "without required parameters"),
    ],
)
def test_what_cannot_be_called_so_is_refused_before_anything_runs(callable_: Any, text: str) -> None:
    ran: list[int] = []
    with pytest.raises(TypeError, match=text):
        stress.parallel(lambda: ran.append(1), callable_)
    assert not ran


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout="):
        stress.parallel(lambda: None, timeout=timeout)


def test_if_a_thread_cannot_be_started_the_others_do_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from stress.runtime.threads import FreeThread

    start = FreeThread.start
    started: list[FreeThread] = []

    def limited(self: FreeThread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    monkeypatch.setattr(FreeThread, "start", limited)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        stress.parallel(lambda: None, lambda: None)
    started[0].join(30)
    assert not started[0].is_alive()


def test_nothing_that_it_does_is_an_operation_of_the_scenarios() -> None:
    def scenario() -> None:
        with suppress(stress.Deadlock):  # gives contextlib hooks
            stress.parallel(threading.Event().wait, timeout=1)
        raise ValueError

    failure = stress.explore(scenario, search="random", executions=1).failure
    assert failure is not None
    assert not [event for event in failure.operations if "self.gen" in event.site.text]  # of a @contextmanager's
