"""Native executions: every thread of a scenario counts, nothing hangs, and afterwards the process is as it was."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Queue, SimpleQueue
from typing import cast

import pytest

import stress
from stress._compat import ASYNC_EXCEPTION_IS_PER_THREAD, THREAD_STARTER, processor_time
from stress.runtime import native, stuck
from stress.runtime.stuck import look_at
from tests.controlled import flat


def explore(scenario: Callable[[], object], *, executions: int = 1, timeout: float = 1) -> stress.Exploration:
    return stress.explore(scenario, search="native", executions=executions, timeout=timeout)


def fail() -> None:
    raise ValueError("in a thread")


def start(target: Callable[[], object], *, daemon: bool = False) -> threading.Thread:
    thread = threading.Thread(target=target, daemon=daemon)
    thread.start()
    return thread


def failure_of(scenario: Callable[[], object], *, timeout: float = 1) -> stress.Failure:
    failure = explore(scenario, timeout=timeout).failure
    assert failure is not None
    return failure


# What is an error


def test_an_exception_in_the_scenario_is_an_error() -> None:
    failure = failure_of(fail)
    assert failure.kind == "error" and isinstance(failure.exception, ValueError)
    assert failure.sites[0].text == 'raise ValueError("in a thread")'
    assert failure.sites[0].line > 0 and failure.sites[0].file.endswith("test_native.py")


def test_an_exception_in_a_thread_that_the_scenario_started_is_an_error() -> None:
    failure = failure_of(lambda: start(fail).join())
    assert failure.kind == "error" and isinstance(failure.exception, ValueError)
    assert "Thread-" in str(failure)


def test_an_exception_in_a_thread_of_a_thread_is_an_error() -> None:
    failure = failure_of(lambda: start(lambda: start(fail).join()).join())
    assert isinstance(failure.exception, ValueError)


def test_an_exception_in_a_thread_that_nobody_joins_is_an_error() -> None:
    assert isinstance(failure_of(lambda: start(fail)).exception, ValueError)


def test_an_exception_in_a_timer_is_an_error() -> None:
    assert isinstance(failure_of(lambda: threading.Timer(0.001, fail).start()).exception, ValueError)


def test_an_exception_in_a_daemon_is_an_error() -> None:
    assert isinstance(failure_of(lambda: start(fail, daemon=True).join()).exception, ValueError)


def test_an_executor_keeps_an_exception_in_its_future() -> None:
    def scenario() -> None:
        with ThreadPoolExecutor(2) as executor:
            executor.submit(fail)

    assert explore(scenario, executions=3).failure is None


def test_a_result_raises_the_exception_of_its_task() -> None:
    def scenario() -> None:
        with ThreadPoolExecutor(2) as executor:
            executor.submit(fail).result()

    assert isinstance(failure_of(scenario).exception, ValueError)


def test_an_exit_ends_a_thread_quietly() -> None:
    assert explore(lambda: start(sys.exit).join()).failure is None


def test_an_exit_of_the_scenario_itself_is_an_error() -> None:
    assert isinstance(failure_of(sys.exit).exception, SystemExit)


def test_an_excepthook_of_the_scenarios_own_has_handled_it() -> None:
    handled = []

    def scenario() -> None:
        threading.excepthook = handled.append
        start(fail).join()

    assert explore(scenario, executions=3).failure is None
    assert len(handled) == 3


def test_an_excepthook_that_hands_on_has_not_handled_it() -> None:
    def scenario() -> None:
        before = threading.excepthook
        threading.excepthook = lambda args: before(args)
        start(fail).join()

    assert isinstance(failure_of(scenario).exception, ValueError)


@pytest.mark.parametrize("search", ["native", "random"])
@pytest.mark.parametrize("again", [True, False])
def test_an_excepthook_that_raises_has_not_handled_it(search: str, again: bool) -> None:
    def hook(args: threading.ExceptHookArgs) -> None:
        assert args.exc_value is not None
        raise args.exc_value if again else KeyError("of the hook")

    def scenario() -> None:
        threading.excepthook = hook
        start(fail).join()

    failure = stress.explore(scenario, search=search, executions=1).failure
    assert failure is not None and failure.kind == "error" and isinstance(failure.exception, ValueError)
    assert ("raised too: KeyError: 'of the hook'" in str(failure)) is not again


def test_an_excepthook_from_before_has_not_handled_it(monkeypatch: pytest.MonkeyPatch) -> None:
    handled: list[object] = []
    monkeypatch.setattr(threading, "excepthook", handled.append)
    assert isinstance(failure_of(lambda: start(fail).join()).exception, ValueError)
    assert not handled


def test_threads_of_somebody_else_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    handled: list[object] = []
    monkeypatch.setattr(threading, "excepthook", handled.append)
    during, over = threading.Event(), threading.Event()

    def others() -> None:
        assert during.wait(30)
        start(fail).join()
        over.set()

    other = start(others)

    def scenario() -> None:
        during.set()
        assert over.wait(30)

    assert explore(scenario, timeout=60).failure is None
    other.join()
    assert len(handled) == 1


def test_of_two_exceptions_the_first_is_raised_and_the_other_told() -> None:
    def scenario() -> None:
        start(fail).join()
        raise KeyError("afterwards")

    failure = failure_of(scenario)
    assert isinstance(failure.exception, ValueError)
    assert "raised too: KeyError: 'afterwards'" in str(failure)


def test_an_error_is_told_with_the_deadlock_that_came_of_it() -> None:
    def scenario() -> None:
        jobs: Queue[int] = Queue()
        start(jobs.get)
        raise ValueError("nobody puts a job")

    failure = failure_of(scenario)
    assert failure.kind == "error"
    assert "after that:\ndeadlock: 1 thread was still alive" in str(failure)


def test_an_exception_of_parallel_is_told_of_the_thread_that_raised_it() -> None:
    failure = failure_of(lambda: stress.parallel(lambda: None, fail))
    assert "in parallel-2 (fail)" in str(failure)


def test_an_exception_that_parallel_holds_back_is_told_with_the_deadlock() -> None:
    lock = threading.Lock()
    lock.acquire()
    exploration = explore(lambda: stress.parallel(fail, lock.acquire))
    assert len(exploration.failures) == 1
    failure = exploration.failures[0]
    assert failure.kind == "error" and isinstance(failure.exception, ValueError)
    assert "after that:\ndeadlock: 2 threads were still alive" in str(failure)
    lock.release()


@pytest.mark.parametrize("search", ["native", "random"])
def test_an_exception_that_the_scenario_has_handled_is_not_told_with_a_deadlock(search: str) -> None:
    def handles() -> None:
        with suppress(ValueError):
            stress.parallel(fail)

    def scenario() -> None:
        stress.parallel(handles)
        waits_for_its_own_lock()

    failure = stress.explore(scenario, search=search, executions=1, timeout=0.2).failure
    assert failure is not None and failure.kind == "deadlock" and "ValueError" not in str(failure)


def test_what_ends_threads_that_parallel_leaves_behind_is_no_error_of_the_scenarios() -> None:
    def scenario() -> None:
        with suppress(stress.Deadlock):
            stress.parallel(threading.Event().wait, timeout=0.05)
        waits_for_its_own_lock()

    failure = failure_of(scenario, timeout=0.5)
    assert failure.kind == "deadlock" and "SystemExit" not in str(failure)


def test_a_deadlock_of_parallel_is_the_scenarios_deadlock() -> None:
    lock = threading.Lock()
    lock.acquire()
    failure = failure_of(lambda: stress.parallel(lock.acquire, timeout=0.1), timeout=10)
    assert failure.kind == "deadlock" and "after 0.1 s" in str(failure)
    lock.release()


# What is a deadlock


def waits_for_its_own_lock() -> None:
    lock = threading.Lock()
    with lock:
        with lock:
            pass


def test_a_scenario_that_waits_for_itself_is_a_deadlock() -> None:
    failure = failure_of(waits_for_its_own_lock)
    assert failure.kind == "deadlock" and failure.exception is None
    assert "1 thread was still alive after 1 s" in str(failure)
    assert "waits for lock (threading.Lock)" in str(failure)


@pytest.mark.skipif(ASYNC_EXCEPTION_IS_PER_THREAD, reason="only until 3.12 is it taken back: later it waits unseen")
def test_a_stuck_thread_that_gets_its_lock_after_all_goes_on() -> None:
    lock, went_on = threading.Lock(), threading.Event()
    lock.acquire()

    def scenario() -> None:
        with lock:
            went_on.set()

    assert failure_of(scenario, timeout=0.2).kind == "deadlock"
    lock.release()
    assert went_on.wait(60)


def test_a_thread_that_outlives_its_scenario_is_a_deadlock() -> None:
    never = threading.Event()
    failure = failure_of(lambda: start(never.wait))
    assert failure.kind == "deadlock"
    assert "Thread-" in str(failure)
    never.set()


def test_a_task_that_never_ends_is_a_deadlock() -> None:
    def scenario() -> None:
        lock = threading.Lock()
        lock.acquire()
        with ThreadPoolExecutor(1) as executor:
            executor.submit(lock.acquire)

    failure = failure_of(scenario)
    assert failure.kind == "deadlock"
    assert "ThreadPoolExecutor-" in str(failure) and "(threading.Lock)" in str(failure)


def test_a_thread_that_still_runs_is_not_said_to_be_stuck() -> None:
    def scenario() -> None:
        while True:
            pass

    failure = failure_of(scenario)
    assert failure.kind == "deadlock"
    assert "still running, not shown to be stuck" in str(failure)


@pytest.mark.skipif(processor_time(threading.get_native_id()) is None, reason="elsewhere each look may find one call")
def test_a_thread_that_works_in_calls_is_not_said_to_be_stuck() -> None:
    def scenario() -> None:
        while True:
            sum(range(100_000))

    assert "still running, not shown to be stuck" in str(failure_of(scenario, timeout=0.1))


def test_a_thread_that_stands_still_is_not_said_to_run() -> None:
    assert "still running" not in str(failure_of(waits_for_its_own_lock))


def test_a_daemon_that_waits_for_work_is_no_failure() -> None:
    def scenario() -> None:
        jobs: Queue[int] = Queue()
        done: list[int] = []

        def worker() -> None:
            while True:
                done.append(jobs.get())
                jobs.task_done()

        start(worker, daemon=True)
        jobs.put(1)
        jobs.join()
        assert done == [1]

    assert explore(scenario, executions=5, timeout=30).failure is None


def test_a_daemon_that_waits_in_c_code_is_no_failure() -> None:
    jobs: SimpleQueue[int] = SimpleQueue()
    assert explore(lambda: start(jobs.get, daemon=True), timeout=30).failure is None
    jobs.put(1)


def test_a_daemon_behind_a_lock_is_a_deadlock() -> None:
    lock = threading.Lock()
    lock.acquire()

    def waits() -> None:
        with lock:
            pass

    failure = failure_of(lambda: start(waits, daemon=True))
    assert failure.kind == "deadlock" and "waits for lock (threading.Lock)" in str(failure)
    lock.release()


def test_a_daemon_is_waited_for_while_it_works() -> None:
    def scenario() -> None:
        def worker() -> None:
            for _ in range(20):
                time.sleep(0)
                sum(range(10_000))
            fail()

        start(worker, daemon=True)

    assert isinstance(failure_of(scenario, timeout=30).exception, ValueError)


@pytest.mark.parametrize("takes", ["timed wait", "sleep", "computing", "late notification", "sleeps"])
def test_a_daemon_that_only_takes_its_time_is_waited_for(takes: str) -> None:
    event = threading.Event()

    def worker() -> None:
        if takes == "timed wait":
            threading.Event().wait(0.1)
        elif takes == "sleep":
            time.sleep(0.1)
        elif takes == "sleeps":
            if processor_time(threading.get_native_id()) is None:
                fail()
            for _ in range(32):  # for longer than one that stands still is waited for
                time.sleep(0.02)
        elif takes == "computing":
            number = 0
            for each in range(3_000_000):
                number += each
        else:
            event.wait()
        fail()

    def scenario() -> None:
        event.clear()
        start(worker, daemon=True)
        event.set()

    assert isinstance(failure_of(scenario, timeout=30).exception, ValueError)


def test_a_notified_daemon_is_never_taken_to_wait() -> None:
    """A waiter that was notified looks as if it still waited, until it runs."""

    def scenario() -> None:
        jobs: Queue[int] = Queue()

        def worker() -> None:
            jobs.get()
            fail()

        start(worker, daemon=True)
        jobs.put(1)

    for _ in range(50):
        assert isinstance(failure_of(scenario, timeout=30).exception, ValueError)


@pytest.mark.parametrize("pause", [0.001, 0.2])
@pytest.mark.skipif(processor_time(threading.get_native_id()) is None, reason="only Linux tells a loop from one sleep")
def test_a_daemon_that_polls_for_ever_is_a_deadlock(pause: float) -> None:
    def polls() -> None:
        while True:
            time.sleep(pause)

    exploration = explore(lambda: start(polls, daemon=True), executions=2, timeout=0.3)
    failure = exploration.failure
    assert failure is not None and failure.kind == "deadlock" and exploration.executions == 1
    assert "still running, not shown to be stuck" in str(failure) and not exploration.assumptions


@pytest.mark.parametrize("timeout", [30, 0.2])
def test_a_daemon_that_stood_still_is_an_assumption(timeout: float) -> None:
    jobs: SimpleQueue[int] = SimpleQueue()
    exploration = explore(lambda: start(jobs.get, daemon=True), timeout=timeout)
    assert exploration.failure is None
    jobs.put(1)
    (assumption,) = exploration.assumptions
    assert "was taken to wait for work" in assumption and f"assumption: {assumption}" in flat(exploration)


def test_a_daemon_whose_whole_work_is_a_lock_is_a_deadlock() -> None:
    lock = threading.Lock()
    lock.acquire()
    failure = failure_of(lambda: start(lock.acquire, daemon=True))
    assert failure.kind == "deadlock" and "call, acquire (threading.Lock)" in str(failure)
    lock.release()


def test_threads_that_start_each_other_for_ever_are_a_deadlock() -> None:
    def on_and_on() -> None:
        threading.Thread(target=on_and_on).start()

    failure = failure_of(on_and_on)
    assert failure.kind == "deadlock" and "still running" in str(failure)


def test_a_thread_that_has_ended_before_the_first_look_was_alive_at_the_limit() -> None:
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    (stuck,) = look_at([ended])
    assert stuck.runs and stuck.thread == ended.name


def test_a_thread_that_ends_during_the_looks_was_alive_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    threads: list[threading.Thread] = []

    class Time:
        monotonic = staticmethod(time.monotonic)

        def sleep(self, seconds: float) -> None:
            looked.set()
            threads[0].join(30)

    def scenario() -> None:
        threads.append(threading.current_thread())
        looked.wait()

    monkeypatch.setattr(stuck, "time", Time())
    exploration = explore(scenario, timeout=0.1)
    assert exploration.outcomes == {}
    assert exploration.failure is not None and exploration.failure.kind == "deadlock"


@pytest.mark.parametrize("kind", [stress.StressFailure, stress.Deadlock, stress.DataRace])
def test_an_exception_of_ours_that_a_scenario_raises_itself_is_its_error(kind: type[stress.StressFailure]) -> None:
    def scenario() -> None:
        raise kind("mine")  # type: ignore[arg-type]

    failure = failure_of(scenario)
    assert failure.kind == "error" and isinstance(failure.exception, kind)


def test_switches_are_forced_anew_in_each_execution() -> None:
    def scenario() -> float:
        before = sys.getswitchinterval()
        sys.setswitchinterval(0.5)
        return before

    (interval,) = explore(scenario, executions=3).outcomes
    assert interval == pytest.approx(1e-6)


class Awkward(threading.Thread):
    @property
    def name(self) -> str:
        raise RuntimeError("no name")

    @name.setter
    def name(self, name: str) -> None: ...

    @property
    def ident(self) -> int:
        raise RuntimeError("no identifier")


def test_a_thread_that_hides_its_name_is_counted_like_any_other() -> None:
    failure = failure_of(lambda: Awkward(target=fail).start())
    assert isinstance(failure.exception, ValueError)
    never = threading.Event()
    assert failure_of(lambda: Awkward(target=never.wait).start()).kind == "deadlock"
    never.set()


# Afterwards


def test_idle_daemons_do_not_pile_up() -> None:
    def scenario() -> None:
        jobs: Queue[int] = Queue()
        threading.Thread(target=jobs.get, daemon=True, name="piles up").start()

    explore(scenario, executions=50, timeout=30)
    deadline = time.monotonic() + 30
    while sum(thread.name == "piles up" for thread in threading.enumerate()) > 5:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_thread_that_still_ran_is_ended() -> None:
    name = "runs for ever"

    def scenario() -> None:
        def run() -> None:
            while True:
                pass

        threading.Thread(target=run, name=name).start()

    explore(scenario).failure  # noqa: B018  read
    deadline = time.monotonic() + 30
    while any(thread.name == name for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_thread_that_is_ended_in_a_finalizer_is_nobodys_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    class Spins:
        def __del__(self) -> None:
            while True:
                pass

    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    with native.session() as session:
        spins = cast(threading.Thread, session.run(lambda: start(Spins), 0.2).value)
        spins.join(30)
        assert not spins.is_alive() and not unraisable
    assert sys.unraisablehook == unraisable.append


def test_a_thread_that_was_left_behind_bothers_nobody_later(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = threading.Lock()
    lock.acquire()

    def waits() -> None:
        with lock:
            raise ValueError("long after its execution was judged")

    left: list[threading.Thread] = []
    assert failure_of(lambda: left.append(start(waits))).kind == "deadlock"
    handled: list[object] = []
    monkeypatch.setattr(threading, "excepthook", handled.append)
    lock.release()
    left[0].join(30)
    assert not left[0].is_alive() and not handled


def state() -> dict[str, object]:
    """What explorations change for their time. One more exploration comes first, until no thread lingers that another
    test left behind: as long as one does, the watch over threads that start stays."""
    deadline = time.monotonic() + 20
    while getattr(threading, THREAD_STARTER) is not native._start:
        assert time.monotonic() < deadline, native._lingering
        time.sleep(0.01)
        explore(lambda: None)
    return {
        "switch interval": sys.getswitchinterval(),
        "excepthook": threading.excepthook,
        "starter": getattr(threading, THREAD_STARTER),
        "trace": (sys.gettrace(), threading.gettrace()),
        "profile": (sys.getprofile(), threading.getprofile()),
    }


def interrupts() -> None:
    raise KeyboardInterrupt


def sets_an_excepthook() -> None:
    threading.excepthook = lambda args: None


@pytest.mark.parametrize("scenario", [lambda: None, fail, waits_for_its_own_lock, interrupts, sets_an_excepthook])
def test_the_process_is_as_it_was(scenario: Callable[[], object]) -> None:
    before = state()
    with suppress(KeyboardInterrupt):
        explore(scenario).failure  # noqa: B018  read
    assert state() == before


def test_the_process_is_as_it_was_when_progress_raises() -> None:
    before = state()
    with pytest.raises(ZeroDivisionError):
        stress.explore(lambda: None, progress=lambda _: 1 / 0)
    assert state() == before


def test_the_switch_interval_is_forced_in_every_thread_of_a_scenario() -> None:
    def scenario() -> list[float]:
        return stress.parallel(sys.getswitchinterval, sys.getswitchinterval)

    (intervals,) = stress.explore(lambda: tuple(scenario()), search="native", executions=1).outcomes
    assert intervals == pytest.approx((1e-6, 1e-6))


def test_a_scenario_that_stays_stuck_does_not_harm_the_next() -> None:
    assert failure_of(waits_for_its_own_lock).kind == "deadlock"
    assert explore(lambda: stress.parallel(lambda: None, lambda: None), executions=20, timeout=30).failure is None
    assert failure_of(waits_for_its_own_lock).kind == "deadlock"


def test_code_that_is_traced_goes_on_while_and_after_a_scenario_is_stuck() -> None:
    """On 3.11, an asynchronous exception left for a thread that never runs would stop every traced function."""
    seen: list[str] = []

    def trace(frame: object, event: str, arg: object) -> None:
        seen.append(event)

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        failure = failure_of(waits_for_its_own_lock)
        (lambda: seen.clear())()
        (lambda: None)()
    finally:
        sys.settrace(before)
    assert failure.kind == "deadlock"
    assert "call" in seen


def test_a_thread_that_got_the_identifier_of_an_ended_one_is_not_ended_for_it() -> None:
    from stress.runtime.threads import leave_behind

    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    vars(ended)["_ident"] = other.ident  # as it happens by itself, if rarely
    leave_behind(lambda: [ended])
    other.join(0.1)
    assert other.is_alive()
    over.set()
    other.join()


# What a scenario sees


def test_a_scenario_runs_in_a_thread_that_is_no_daemon() -> None:
    def scenario() -> None:
        assert not threading.current_thread().daemon
        assert not threading.Thread().daemon
        assert threading.current_thread() is not threading.main_thread()

    assert explore(scenario).failure is None


def test_a_thread_keeps_the_daemon_flag_that_it_was_given() -> None:
    def scenario() -> None:
        flags: list[bool] = []
        for daemon in (False, True):
            thread = threading.Thread(target=lambda: flags.append(threading.current_thread().daemon), daemon=daemon)
            thread.start()
            thread.join()
            assert thread.daemon is daemon
        assert flags == [False, True]

    assert explore(scenario, timeout=30).failure is None


def test_a_scenario_sees_the_context_of_its_caller() -> None:
    import contextvars

    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
    variable.set(3)
    assert set(explore(variable.get).outcomes) == {3}


def test_a_thread_that_defines_its_equality_is_counted_like_any_other() -> None:
    class Odd(threading.Thread):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

        def run(self) -> None:
            fail()

    def scenario() -> None:
        threads = [Odd(), Odd()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    failure = failure_of(scenario, timeout=30)
    assert isinstance(failure.exception, ValueError)
