"""How threads begin, end and are joined under control, as for real; what they see of themselves and of one another."""

from __future__ import annotations

import _thread
import contextvars
import functools
import threading
import time
from typing import Any

import pytest

from tests.controlled import as_for_real, explored, failure, gives, outcomes, said, side_by_side

# --- start and join ---------------------------------------------------------------------------------------------------


@gives("ab", "ba")
def test_two_threads_run_in_either_order() -> Any:
    log: list[str] = []
    side_by_side(lambda: log.append("a"), lambda: log.append("b"))
    return "".join(log)


@gives("abc", "acb", "bac", rarely=("bca", "cab", "cba"))
def test_three_threads_run_in_any_order() -> Any:
    log: list[str] = []
    side_by_side(*[functools.partial(log.append, name) for name in "abc"])
    return "".join(log)


@gives("started first", "ran first")
def test_a_thread_that_is_started_may_run_before_start_returns() -> Any:
    log: list[str] = []
    thread = threading.Thread(target=lambda: log.append("ran first"))
    thread.start()
    log.append("started first")
    thread.join()
    return log[0]


@gives("inner, outer")
def test_threads_start_threads_and_join_them() -> Any:
    log: list[str] = []

    def outer() -> None:
        side_by_side(lambda: log.append("inner"))
        log.append("outer")

    side_by_side(outer)
    return ", ".join(log)


@gives(("a", "b"), ("b", "a"))
def test_a_thread_is_joined_by_another_than_its_parent() -> Any:
    log: list[str] = []
    first = threading.Thread(target=lambda: None)

    def joins(name: str) -> None:
        first.join()
        log.append(name)

    first.start()
    side_by_side(functools.partial(joins, "a"), functools.partial(joins, "b"))
    return tuple(log)


@gives((True, False), (False, False))
def test_is_alive_is_asked_at_any_moment() -> Any:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    while_it_runs = thread.is_alive()
    thread.join()
    return while_it_runs, thread.is_alive()


@as_for_real
def test_a_thread_before_and_after() -> Any:
    thread = threading.Thread(target=lambda: None, name="named", args=())
    before = thread.ident, thread.native_id, thread.is_alive(), thread.name, thread.daemon
    thread.start()
    thread.join()
    thread.join()
    thread.join(0)
    return before, thread.is_alive(), thread.daemon, isinstance(thread.ident, int), isinstance(thread.native_id, int)


@as_for_real
def test_arguments_come_as_they_were_given() -> Any:
    got: list[Any] = []

    def run(*args: Any, **keywords: Any) -> None:
        got.append((args, tuple(keywords.items())))

    thread = threading.Thread(None, run, None, (1, 2), {"three": 3})
    thread.start()
    thread.join()
    return tuple(got)


class Subclass(threading.Thread):
    """Has its own run, and its own attributes."""

    def __init__(self, value: int) -> None:
        super().__init__(daemon=False)
        self.value = value
        self.doubled: int | None = None

    def run(self) -> None:
        self.doubled = self.value * 2


@as_for_real
def test_a_subclass_runs_its_own_run() -> Any:
    threads = [Subclass(1), Subclass(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tuple(thread.doubled for thread in threads)


class Joins(threading.Thread):
    """Overrides start and join, and calls those it overrides."""

    log: list[str]

    def start(self) -> None:
        self.log = ["start"]
        super().start()

    def join(self, timeout: float | None = None) -> None:
        super().join(timeout)
        self.log.append("joined")


@as_for_real
def test_a_subclass_may_override_start_and_join() -> Any:
    thread = Joins(target=lambda: None)
    thread.start()
    thread.join()
    return tuple(thread.log)


@as_for_real
def test_a_thread_without_a_target_ends() -> Any:
    thread = threading.Thread()
    thread.start()
    thread.join()
    return thread.is_alive()


@as_for_real
def test_wrong_uses_of_a_thread_raise_what_they_raise() -> Any:
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    inside: list[str] = []

    def uses() -> None:
        this = threading.current_thread()
        inside.extend(said(this.join, this.start, lambda: setattr(this, "daemon", True), lambda: this.join(timeout=1)))

    side_by_side(uses)
    forgetful = type("Forgetful", (threading.Thread,), {"__init__": lambda self: None})()
    return tuple(inside), *said(
        threading.Thread().join,
        ended.start,
        lambda: ended.join("x"),  # type: ignore[arg-type]
        lambda: setattr(ended, "daemon", 1),
        threading.current_thread().join,
        forgetful.start,
        forgetful.join,
        forgetful.is_alive,
        lambda: threading.Thread(group=1),  # type: ignore[arg-type]
        lambda: threading.Thread(wrong=1),  # type: ignore[call-arg]
        lambda: threading.Thread(target=3).join(),  # type: ignore[arg-type]
    )


def test_a_timed_join_ends_only_when_nobody_else_can_run() -> None:
    """It is a guard: else every test that ends in `assert not t.is_alive()` would be accused."""

    def scenario() -> Any:
        box = [0]

        def work() -> None:
            for _ in range(5):
                box[0] += 1

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(timeout=0.001)
        return thread.is_alive(), box[0]

    assert outcomes(scenario, 300) == {(False, 5)}


@gives("joined late")
def test_a_timed_join_of_a_thread_that_waits_for_us_returns() -> Any:
    event = threading.Event()
    thread = threading.Thread(target=event.wait)
    thread.start()
    thread.join(0.001)
    late = thread.is_alive()
    event.set()
    thread.join()
    return "joined late" if late else "?"


def test_a_sleeper_wakes_up_before_a_join_gives_up() -> None:
    """Virtual time moves to the earliest of all that wait for it."""

    def scenario() -> Any:
        thread = threading.Thread(target=lambda: time.sleep(3))
        thread.start()
        thread.join(5)
        return thread.is_alive()

    assert outcomes(scenario) == {False}


@gives(True, for_real=False)
def test_a_join_gives_up_before_a_later_sleeper_wakes_up() -> Any:
    def late() -> None:
        while time.monotonic() < end:
            time.sleep(5)

    end = time.monotonic() + 1000
    thread = threading.Thread(target=late, daemon=True)
    thread.start()
    thread.join(2)
    # An early time-out may have ended any of its naps, but for the last: the clock says when.
    return thread.is_alive() or time.monotonic() >= end


@gives("ab", "ba")
def test_threads_started_beneath_threading_are_controlled() -> Any:
    log: list[str] = []
    done = [threading.Lock(), threading.Lock()]
    for lock in done:
        lock.acquire()

    def run(name: str, lock: Any) -> None:
        log.append(name)
        lock.release()

    for name, lock in zip("ab", done, strict=True):
        _thread.start_new_thread(run, (name, lock))
    for lock in done:
        lock.acquire()
    for lock in done:
        lock.release()
    return "".join(log)


# --- Timer ------------------------------------------------------------------------------------------------------------


@gives("timer", "sleeper")
def test_a_timer_fires_after_its_time_or_earlier() -> Any:
    log: list[str] = []
    timers = [threading.Timer(0.001, log.append, ("timer",)), threading.Timer(0.05, log.append, ("sleeper",))]
    for timer in timers:
        timer.start()
    for timer in timers:
        timer.join()
    return log[0]


@gives(("cancelled",), ("fired", "cancelled"))
def test_a_timer_is_cancelled_in_time_or_too_late() -> Any:
    log: list[str] = []
    timer = threading.Timer(0.05, log.append, ["fired"])
    timer.start()
    timer.cancel()
    timer.join()
    log.append("cancelled")
    return tuple(log)


# --- daemons, and threads that are left -------------------------------------------------------------------------------


def test_threads_that_are_left_running_run_to_their_end() -> None:
    box: list[int] = []

    def scenario() -> None:
        box.clear()
        threading.Thread(target=lambda: [box.append(number) for number in range(5)]).start()

    for seed in range(10):
        assert explored(scenario, 1, seed=seed).failure is None
        assert box == [0, 1, 2, 3, 4]


def test_what_a_thread_raises_after_the_scenario_returned_is_an_error() -> None:
    def late() -> None:
        raise ValueError("late")

    found = failure(lambda: threading.Thread(target=late).start(), "error")
    assert str(found.exception) == "late"


def test_a_daemon_inherits_and_can_be_told_otherwise() -> None:
    @as_for_real
    def program() -> Any:
        seen: list[bool] = []

        def child() -> None:
            seen.append(threading.current_thread().daemon)

        def parent() -> None:
            side_by_side(child)
            thread = threading.Thread(target=child, daemon=False)
            thread.start()
            thread.join()

        side_by_side(parent, daemon=True)
        return tuple(seen)

    program()


@pytest.mark.parametrize("daemon", [False, True])
def test_an_endless_daemon_ends_with_the_others(daemon: bool) -> None:
    def scenario() -> Any:
        box = [0]

        def count() -> None:
            while daemon or box[0] < 5:
                box[0] += 1

        threading.Thread(target=count, daemon=daemon).start()
        return "returned"

    assert outcomes(scenario, 3) == {"returned"}


# --- what leaves a thread ---------------------------------------------------------------------------------------------


def raises() -> None:
    raise KeyError("in a thread")


def test_what_leaves_a_thread_is_an_error_though_the_scenario_returns() -> None:
    found = failure(lambda: side_by_side(raises), "error")
    assert repr(found.exception) == "KeyError('in a thread')"
    assert "raise KeyError" in str(found)


def test_system_exit_ends_a_thread_quietly() -> None:
    assert outcomes(lambda: side_by_side(lambda: exit_with(3), _thread.exit), 5) == {None}


def exit_with(status: int) -> None:
    raise SystemExit(status)


def test_system_exit_of_the_scenario_itself_is_an_error() -> None:
    assert isinstance(failure(lambda: exit_with(3), "error").exception, SystemExit)


def test_an_excepthook_of_the_scenarios_own_gets_what_leaves_a_thread() -> None:
    def scenario() -> Any:
        caught: list[Any] = []
        threading.excepthook = lambda args: caught.append((args.exc_type, args.thread.name))
        thread = threading.Thread(target=raises, name="raising")
        thread.start()
        thread.join()
        return tuple(caught)

    before = threading.excepthook
    assert outcomes(scenario, 5) == {((KeyError, "raising"),)}
    assert threading.excepthook is before


def test_the_excepthook_from_before_is_not_called_for_a_scenarios_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", caught.append)
    failure(lambda: side_by_side(raises), "error")
    assert not caught and threading.excepthook == caught.append


# --- what threads see of themselves -----------------------------------------------------------------------------------


@gives(("Thread-1 (name)", "mine", "Thread-2 (name)", "Thread-3"), for_real=False)
def test_names_are_the_same_in_each_execution() -> Any:
    names: list[str] = []

    def name() -> None:
        names.append(threading.current_thread().name)

    for thread in (
        threading.Thread(target=name),
        threading.Thread(target=name, name="mine"),
        threading.Thread(target=name),
    ):
        thread.start()
        thread.join()
    names.append(threading.Thread().name)
    return tuple(names)


@as_for_real
def test_a_thread_knows_itself_and_its_number() -> Any:
    seen: list[Any] = []

    def look() -> None:
        this = threading.current_thread()
        seen.append(
            (
                this is thread,
                this.ident == threading.get_ident() == _thread.get_ident(),
                this.native_id == threading.get_native_id(),
                this.is_alive(),
                this in threading.enumerate(),
                threading.main_thread() is this,
                repr(this).partition(",")[0],
            )
        )

    thread = threading.Thread(target=look, name="looking")
    thread.start()
    thread.join()
    return seen[0], thread in threading.enumerate()


@gives(2)
def test_two_living_threads_have_two_identifiers() -> Any:
    barrier, idents = threading.Barrier(2), []

    def look() -> None:
        idents.append(threading.get_ident())
        barrier.wait()

    side_by_side(look, look)
    return len(set(idents))


@gives((0, 2, 0))
def test_as_many_threads_are_counted_as_there_are() -> Any:
    # For real the caller's own threads count too: only the difference is told.
    barrier, free = threading.Barrier(3), threading.Event()
    before = threading.active_count()

    def stay() -> None:
        barrier.wait()
        free.wait()

    threads = [threading.Thread(target=stay) for _ in range(2)]
    for thread in threads:
        thread.start()
    barrier.wait()
    during = threading.active_count()
    assert len(threading.enumerate()) == during and set(threads) < set(threading.enumerate())
    free.set()
    for thread in threads:
        thread.join()
    return 0, during - before, threading.active_count() - before


# --- data of a thread -------------------------------------------------------------------------------------------------

LOCAL = threading.local()
VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="fresh")


class Numbered(threading.local):
    """Is initialised anew in each thread."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.value = "initial"


@gives(("fresh", "fresh", "fresh"))
def test_thread_local_data_is_fresh_in_each_thread_and_execution() -> Any:
    seen = [getattr(LOCAL, "value", "fresh")]
    LOCAL.value = "the scenario's"

    def use() -> None:
        seen.append(getattr(LOCAL, "value", "fresh"))
        LOCAL.value = "a thread's"

    side_by_side(use, use)
    assert LOCAL.value == "the scenario's"
    return tuple(seen)


@gives((3, ("initial",) * 3))
def test_a_subclass_of_local_is_initialised_in_each_thread() -> Any:
    Numbered.made = 0
    local = Numbered()
    seen = [local.value]
    local.value = "changed"

    def use() -> None:
        seen.append(local.value)
        local.value = "changed too"

    # One after the other: `made += 1` is no atomic step.
    side_by_side(use)
    side_by_side(use)
    return Numbered.made, tuple(seen)


@gives(("fresh",) * 4)
def test_a_context_is_fresh_in_each_thread_and_execution() -> Any:
    seen = [VARIABLE.get()]
    token = VARIABLE.set("the scenario's")

    def use() -> None:
        # From 3.14 on a thread may begin with a copy of its parent's context (-X thread_inherit_context).
        seen.append("fresh" if VARIABLE.get() in ("fresh", "the scenario's") else "not fresh")
        VARIABLE.set("a thread's")

    side_by_side(use, use)
    assert VARIABLE.get() == "the scenario's"
    VARIABLE.reset(token)
    seen.append(VARIABLE.get())
    return tuple(seen)


@as_for_real
def test_a_context_is_inherited_as_this_python_does() -> Any:
    seen: list[str] = []
    token = VARIABLE.set("the parent's")
    side_by_side(lambda: seen.append(VARIABLE.get()))
    VARIABLE.reset(token)
    return seen[0]


def test_more_threads_than_anybody_uses() -> None:
    def scenario() -> Any:
        box: list[int] = []
        side_by_side(*[functools.partial(box.append, number) for number in range(200)])
        return len(box)

    assert outcomes(scenario, 2) == {200}
