"""Locks, and what the standard library makes of them, under control as for real."""

from __future__ import annotations

import _thread
import contextlib
import functools
import logging
import operator
import os
import queue
import subprocess
import sys
import threading
import traceback
import weakref
from _thread import allocate_lock
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock, RLock
from typing import Any

import pytest

import stress
from tests.controlled import as_for_real, explored, failure, gives, in_a_thread, outcomes, raised_by, said, side_by_side

# --- Lock -------------------------------------------------------------------------------------------------------------


def unlocked() -> Any:
    """Both read before either writes, or not."""
    box = [0]

    def add() -> None:
        value = box[0]
        box[0] = value + 1

    side_by_side(add, add)
    return box[0]


def test_without_a_lock_both_outcomes_are_found() -> None:
    assert outcomes(unlocked) == {1, 2}


@gives(2)
def test_a_lock_keeps_others_out() -> Any:
    box, lock = [0], threading.Lock()

    def add() -> None:
        with lock:
            value = box[0]
            box[0] = value + 1

    side_by_side(add, add)
    return box[0]


@gives(3)
def test_acquire_and_release_keep_others_out() -> Any:
    box, lock = [0], threading.Lock()

    def add() -> None:
        lock.acquire()
        try:
            box[0] += 1
        finally:
            lock.release()

    side_by_side(add, add, add)
    return box[0]


@gives(2)
def test_methods_that_were_bound_before_are_seen() -> Any:
    box, lock = [0], threading.Lock()
    take, give = lock.acquire, lock.release

    def add() -> None:
        take()
        box[0] += 1
        give()

    side_by_side(add, add)
    return box[0]


@gives(2)
def test_the_old_names_of_the_methods_are_seen() -> Any:
    box, lock = [0], allocate_lock()

    def add() -> None:
        lock.acquire_lock()  # type: ignore[attr-defined]
        box[0] += 1
        lock.release_lock()  # type: ignore[attr-defined]

    side_by_side(add, add)
    return box[0]


@gives((True, False), (False, True), (True, True))
def test_a_try_lock_says_whether_it_got_it() -> Any:
    lock, got = threading.Lock(), {}

    def attempt(name: str) -> None:
        got[name] = lock.acquire(blocking=False)
        if got[name]:
            lock.release()

    side_by_side(functools.partial(attempt, "a"), functools.partial(attempt, "b"))
    return got["a"], got["b"]


@gives((True, False), (False, True))
def test_one_try_lock_of_two_fails_if_nobody_gives_it_back() -> Any:
    lock, got = threading.Lock(), {}

    def attempt(name: str) -> None:
        got[name] = lock.acquire(False)

    side_by_side(functools.partial(attempt, "a"), functools.partial(attempt, "b"))
    lock.release()
    return got["a"], got["b"]


@gives(True, False)
def test_locked_is_asked_at_any_moment() -> Any:
    lock, seen = threading.Lock(), []

    def hold() -> None:
        with lock:
            pass

    side_by_side(hold, lambda: seen.append(lock.locked()))
    return seen[0]


@as_for_real
def test_locked_is_as_it_is() -> Any:
    lock = threading.Lock()
    before = lock.locked()
    with lock:
        return before, lock.locked(), lock.acquire(False), repr(lock).split()[0]


@gives("released by another")
def test_any_thread_may_release_a_lock() -> Any:
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    lock.acquire()
    thread.join()
    lock.release()
    return "released by another"


@as_for_real
def test_wrong_uses_of_a_lock_raise_what_they_raise() -> Any:
    lock: Any = threading.Lock()
    return said(
        lock.release,
        lambda: lock.acquire(False, 1),
        lambda: lock.acquire(True, -2),
        lambda: lock.acquire(True, 1e20),
        lambda: lock.acquire("x", "y"),
        lambda: lock.acquire(1, 2, 3),
        lambda: lock.acquire(wrong=1),
        lambda: lock.acquire(timeout=None),
        lambda: lock.release(1),
        lambda: lock.locked(1),
        lambda: lock.__exit__(None, None, None),
    )


@as_for_real
def test_a_lock_is_free_after_an_exception_in_its_with() -> Any:
    lock = threading.Lock()
    raised = raised_by(lambda: with_and_raise(lock))
    return raised, lock.locked()


def with_and_raise(lock: Any) -> None:
    with lock:
        raise ValueError("inside")


@as_for_real
def test_what_with_gives_is_what_enter_gives() -> Any:
    with threading.Lock() as plain, threading.RLock() as reentrant, threading.Condition() as condition:
        return plain, reentrant, condition


@gives(True)
def test_a_time_out_that_nobody_needs_never_loses_a_lock() -> Any:
    lock = threading.Lock()
    got = lock.acquire(timeout=0.01)
    lock.release()
    return got


@gives(True, False)
def test_a_timed_acquire_may_time_out_early_or_get_it() -> Any:
    lock, got = threading.Lock(), []

    def attempt() -> None:
        got.append(lock.acquire(timeout=10))
        if got[0]:
            lock.release()

    with lock:
        thread = threading.Thread(target=attempt)
        thread.start()
    thread.join()
    return got[0]


@as_for_real
def test_a_timed_acquire_of_what_is_never_free_fails() -> Any:
    lock = threading.Lock()
    lock.acquire()
    got = lock.acquire(timeout=0.001), lock.acquire(True, 0), lock.acquire(timeout=0.0)
    lock.release()
    return got


# --- however they are called ------------------------------------------------------------------------------------------


def counted_between(enter: Any, leave: Any) -> Any:
    """A counter under a lock that is entered and left so."""
    lock, box = threading.Lock(), [0]

    def add() -> None:
        enter(lock)
        value = box[0]
        box[0] = value + 1
        leave(lock)

    side_by_side(add, add)
    return box[0]


class Slots:
    __slots__ = ("call",)

    def __init__(self, call: Any) -> None:
        self.call = call


class Behind:
    """Hands on to a lock all that it hasn't itself."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lock, name)


class Properties:
    def __init__(self, lock: Any) -> None:
        self._lock = lock

    enter = property(lambda self: self._lock.acquire)
    leave = property(lambda self: self._lock.release)


class Handing:
    def __init__(self, lock: Any) -> None:
        self.lock = lock

    def __getattribute__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "lock"), name)


def in_a_target(function: Any) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def in_an_executor(function: Any) -> None:
    with ThreadPoolExecutor(1) as executor:
        executor.submit(function).result()


def in_a_timer(function: Any) -> None:
    timer = threading.Timer(0.0, function)
    timer.start()
    timer.join()


def at_an_exit(function: Any) -> None:
    with contextlib.ExitStack() as stack:
        stack.callback(function)


def at_a_death(function: Any) -> None:
    class Mortal:
        pass

    mortal = Mortal()
    weakref.finalize(mortal, function)
    del mortal


LOCK_TYPE: Any = type(threading.Lock())
WAYS: dict[str, tuple[Any, Any]] = {
    "from the class": (lambda lock: LOCK_TYPE.acquire(lock), lambda lock: LOCK_TYPE.release(lock)),
    "special methods": (lambda lock: lock.__enter__(), lambda lock: lock.__exit__(None, None, None)),
    "getattr": (lambda lock: getattr(lock, "acq" + "uire")(), lambda lock: getattr(lock, "rel" + "ease")()),
    "a partial": (lambda lock: functools.partial(lock.acquire, True)(), lambda lock: functools.partial(lock.release)()),
    "starred": (lambda lock: lock.acquire(*(True,), timeout=-1), lambda lock: lock.release(*())),
    "a slot": (lambda lock: Slots(lock.acquire).call(), lambda lock: Slots(lock.release).call()),
    "a target": (lambda lock: in_a_target(lock.acquire), lambda lock: in_a_target(lock.release)),
    "an executor": (lambda lock: in_an_executor(lock.acquire), lambda lock: in_an_executor(lock.release)),
    "a timer": (lambda lock: lock.acquire(), lambda lock: in_a_timer(lock.release)),
    "a callback of an exit stack": (lambda lock: lock.acquire(), lambda lock: at_an_exit(lock.release)),
    "a finalizer": (lambda lock: lock.acquire(), lambda lock: at_a_death(lock.release)),
    "an object behind which it is": (lambda lock: Behind(lock).acquire(), lambda lock: Behind(lock).release()),
    "a property": (lambda lock: Properties(lock).enter(), lambda lock: Properties(lock).leave()),
    "a lookup of its own": (lambda lock: Handing(lock).acquire(), lambda lock: Handing(lock).release()),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_lock_is_controlled_however_it_is_called(way: str) -> None:
    enter, leave = WAYS[way]
    assert in_a_thread(lambda: counted_between(enter, leave)) == 2
    exploration = explored(lambda: counted_between(enter, leave), timeout=1)
    assert exploration.failure is None, str(exploration)
    assert set(exploration.outcomes) == {2}


def test_a_lock_that_c_code_waits_for_is_no_silent_pass() -> None:
    """What C code calls by itself can't be seen: that it doesn't come back is told."""
    ways = (lambda lock: list(map(lock.acquire, [True])), operator.methodcaller("acquire"))
    for enter in ways:
        found = failure(
            lambda enter=enter: counted_between(enter, lambda lock: lock.release()),
            "uncontrolled blocking",
            timeout=0.5,
        )  # type: ignore[misc]
        assert "did not come back within 0.5 s" in str(found)


@gives("released")
def test_a_lock_that_c_code_releases_is_free() -> Any:
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lambda: operator.methodcaller("release")(lock))
    thread.start()
    lock.acquire()
    thread.join()
    lock.release()
    return "released"


@gives(2)
def test_an_exit_stack_holds_locks() -> Any:
    one, two, box = threading.Lock(), threading.RLock(), [0]

    def add() -> None:
        with contextlib.ExitStack() as stack:
            for lock in (one, two):
                stack.enter_context(lock)
            box[0] += 1

    side_by_side(add, add)
    return box[0]


# --- RLock ------------------------------------------------------------------------------------------------------------


@gives(2)
def test_an_rlock_is_entered_as_often_as_its_owner_likes() -> Any:
    box, lock = [0], threading.RLock()

    def add() -> None:
        with lock:
            with lock:
                lock.acquire()
                value = box[0]
            box[0] = value + 1
            lock.release()

    side_by_side(add, add)
    return box[0]


@gives((True, False), (False, True), (True, True))
def test_an_rlock_can_be_tried() -> Any:
    lock, got = threading.RLock(), {}

    def attempt(name: str) -> None:
        got[name] = lock.acquire(blocking=False) and lock.acquire(blocking=False)
        if got[name]:
            lock.release()
            lock.release()

    side_by_side(functools.partial(attempt, "a"), functools.partial(attempt, "b"))
    return got["a"], got["b"]


@as_for_real
def test_wrong_uses_of_an_rlock_raise_what_they_raise() -> Any:
    lock: Any = threading.RLock()
    of_another: list[str] = []
    with lock:
        side_by_side(lambda: of_another.append(raised_by(lock.release)))
    return of_another[0], *said(
        lock.release,
        lambda: lock.acquire(False, 1),
        lambda: lock.acquire(True, -2),
        lambda: lock.acquire("x", "y"),
        lambda: lock._release_save(),
        lambda: lock.__exit__(None, None, None),
    )


@gives(2)
def test_the_rlock_in_python_is_one_too() -> Any:
    box, lock = [0], threading._PyRLock()  # type: ignore[attr-defined]

    def add() -> None:
        with lock, lock:
            value = box[0]
            box[0] = value + 1

    side_by_side(add, add)
    return box[0]


# --- Condition --------------------------------------------------------------------------------------------------------


@gives("seen")
def test_a_condition_wakes_up_who_waits() -> Any:
    condition, box = threading.Condition(), []

    def give() -> None:
        with condition:
            box.append("seen")
            condition.notify()

    thread = threading.Thread(target=give)
    thread.start()
    with condition:
        while not box:
            condition.wait()
    thread.join()
    return box[0]


@gives(("a", "b"), ("b", "a"))
def test_notify_all_wakes_up_all() -> Any:
    condition, ready, woken = threading.Condition(), [], []

    def wait(name: str) -> None:
        with condition:
            ready.append(name)
            condition.notify_all()
            condition.wait_for(lambda: len(ready) == 3)
            woken.append(name)

    def go() -> None:
        with condition:
            condition.wait_for(lambda: len(ready) == 2)
            ready.append("go")
            condition.notify_all()

    side_by_side(functools.partial(wait, "a"), functools.partial(wait, "b"), go)
    return tuple(woken)


@gives("b", "a")
def test_notify_wakes_up_one() -> Any:
    condition, waiting, woken = threading.Condition(), [], []

    def wait(name: str) -> None:
        with condition:
            waiting.append(name)
            condition.wait()
            woken.append(name)
            waiting.remove(name)

    threads = [threading.Thread(target=wait, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    while True:
        with condition:
            if len(waiting) == 2:
                condition.notify()
                break
    while True:
        with condition:
            if woken:
                first = woken[0]
                condition.notify(5)
                break
    for thread in threads:
        thread.join()
    return first


@gives(True, False)
def test_a_timed_wait_says_whether_it_was_notified() -> Any:
    condition, got = threading.Condition(), []

    def wait() -> None:
        with condition:
            got.append(condition.wait(timeout=0.01))

    def notify() -> None:
        with condition:
            condition.notify()

    side_by_side(wait, notify)
    return got[0]


@as_for_real
def test_a_wait_for_nothing_times_out() -> Any:
    condition = threading.Condition()
    with condition:
        return condition.wait(0.001), condition.wait(0), condition.wait_for(lambda: 0, timeout=0.001)


@as_for_real
def test_a_condition_on_an_rlock_gives_it_back_whole() -> Any:
    lock = threading.RLock()
    condition, box = threading.Condition(lock), []

    def give() -> None:
        with condition:
            box.append(1)
            condition.notify()

    thread = threading.Thread(target=give)
    with lock, lock, condition:
        thread.start()
        condition.wait_for(lambda: box)
    thread.join()
    return raised_by(lock.release)


@as_for_real
def test_a_condition_on_a_lock_of_another_kind() -> Any:
    lock = threading.Lock()
    condition, box = threading.Condition(lock), []

    def give() -> None:
        with lock:
            box.append(1)
            condition.notify_all()

    thread = threading.Thread(target=give)
    thread.start()
    with lock:
        while not box:
            condition.wait()
    thread.join()
    return lock.locked()


@as_for_real
def test_wrong_uses_of_a_condition_raise_what_they_raise() -> Any:
    condition: Any = threading.Condition()
    return said(
        condition.wait,
        condition.notify,
        condition.notify_all,
        condition.release,
        lambda: condition.wait(timeout=-1),
        lambda: threading.Condition(3),  # type: ignore[arg-type]
        lambda: condition.wait_for(lambda: 1),
    )


# --- Event ------------------------------------------------------------------------------------------------------------


@gives((True, True))
def test_an_event_wakes_up_who_waits() -> Any:
    event, got = threading.Event(), []
    side_by_side(lambda: got.append(event.wait()), lambda: got.append(event.wait()), event.set)
    return tuple(got)


@gives(True, False)
def test_an_event_is_set_at_any_moment() -> Any:
    event, seen = threading.Event(), []
    side_by_side(event.set, lambda: seen.append(event.is_set()))
    return seen[0]


@gives(True, False)
def test_a_timed_wait_for_an_event_may_time_out() -> Any:
    event, got = threading.Event(), []
    side_by_side(event.set, lambda: got.append(event.wait(0.01)))
    return got[0]


@as_for_real
def test_an_event_is_cleared_and_set() -> Any:
    event = threading.Event()
    first = event.is_set(), event.wait(0.001)
    event.set()
    second = event.is_set(), event.wait(), event.wait(5)
    event.clear()
    return first, second, event.is_set(), event.wait(0)


# --- Semaphore --------------------------------------------------------------------------------------------------------


@gives(1, 2)
def test_a_semaphore_lets_so_many_in() -> Any:
    semaphore, inside, most = threading.Semaphore(2), [], [0]

    def enter() -> None:
        with semaphore:
            inside.append(1)
            most[0] = max(most[0], len(inside))
            inside.pop()

    side_by_side(enter, enter, enter)
    return most[0]


@gives((True, False), (False, True), rarely=((True, True),))
def test_a_semaphore_can_be_tried() -> Any:
    semaphore, got = threading.Semaphore(1), {}

    def attempt(name: str) -> None:
        got[name] = semaphore.acquire(blocking=False)
        if got[name]:
            semaphore.release()

    side_by_side(functools.partial(attempt, "a"), functools.partial(attempt, "b"))
    return got["a"], got["b"]


@gives("both")
def test_a_semaphore_is_released_by_several() -> Any:
    semaphore = threading.Semaphore(0)

    def take() -> None:
        semaphore.acquire()

    side_by_side(take, take, lambda: semaphore.release(2))
    return "both"


@gives(True, False)
def test_a_timed_acquire_of_a_semaphore_may_time_out() -> Any:
    semaphore, got = threading.Semaphore(0), []
    side_by_side(lambda: got.append(semaphore.acquire(timeout=0.01)), semaphore.release)
    return got[0]


@as_for_real
def test_wrong_uses_of_semaphores_raise_what_they_raise() -> Any:
    semaphore, bounded = threading.Semaphore(1), threading.BoundedSemaphore(1)
    return said(
        lambda: threading.Semaphore(-1),
        lambda: threading.BoundedSemaphore(-1),
        lambda: semaphore.release(0),
        lambda: semaphore.acquire(False, 1),
        bounded.release,
        lambda: bounded.release(2),
        lambda: bounded.acquire(blocking=False, timeout=1),
    )


@gives(1)
def test_a_bounded_semaphore_is_bounded_by_what_was_taken() -> Any:
    semaphore, raised = threading.BoundedSemaphore(1), []

    def use() -> None:
        semaphore.acquire()
        semaphore.release()

    side_by_side(use, use)
    raised.append(raised_by(semaphore.release))
    return len([text for text in raised if text.startswith("ValueError")])


# --- Barrier ----------------------------------------------------------------------------------------------------------


@gives(((0, 1), 2))
def test_a_barrier_lets_go_when_all_are_there() -> Any:
    barrier, numbers, before = threading.Barrier(2), [], []

    def come() -> None:
        before.append(1)
        numbers.append((barrier.wait(), len(before))[0])

    side_by_side(come, come)
    return tuple(sorted(numbers)), len(before)


@gives(("acted", 2, 2))
def test_the_action_of_a_barrier_runs_once_and_first() -> Any:
    acted, seen = [], []
    barrier = threading.Barrier(2, action=lambda: acted.append(1))

    def come() -> None:
        barrier.wait()
        seen.append(len(acted))

    side_by_side(come, come)
    return "acted", len(acted) + 1, sum(seen)


@gives(("aabb",), executions=60)
def test_a_barrier_is_used_again_and_again() -> Any:
    barrier, log = threading.Barrier(2), []

    def come() -> None:
        log.append("a")
        barrier.wait()
        log.append("b")
        barrier.wait()

    side_by_side(come, come)
    return ("".join(log),)


@gives(("BrokenBarrierError: ",) * 2)
def test_an_aborted_barrier_is_broken_for_all() -> Any:
    barrier, raised = threading.Barrier(3), []

    def come() -> None:
        raised.append(raised_by(barrier.wait))

    side_by_side(come, come, barrier.abort)
    return tuple(raised)


@as_for_real
def test_a_barrier_that_times_out_is_broken() -> Any:
    barrier = threading.Barrier(2, timeout=0.001)
    first = raised_by(barrier.wait), barrier.broken, barrier.n_waiting, barrier.parties
    barrier.reset()
    return first, barrier.broken, raised_by(barrier.wait, 0.001), raised_by(barrier.wait)


@as_for_real
def test_the_action_of_a_barrier_that_raises_breaks_it() -> Any:
    def act() -> None:
        raise ValueError("action")

    barrier, raised = threading.Barrier(2, action=act), []
    side_by_side(*[lambda: raised.append(raised_by(barrier.wait))] * 2)
    return tuple(sorted(raised)), barrier.broken


@as_for_real
def test_wrong_uses_of_a_barrier_raise_what_they_raise() -> Any:
    return said(lambda: threading.Barrier(0), lambda: threading.Barrier(-1), lambda: threading.Barrier("x"))  # type: ignore[arg-type]


# --- locks that were there before -------------------------------------------------------------------------------------

AT_IMPORT = threading.Lock()
BY_NAME = Lock()
REENTRANT = RLock()
ALLOCATED = _thread.allocate_lock()
ALLOCATED_BY_NAME = allocate_lock()
CONDITION = threading.Condition()
SEMAPHORE = threading.Semaphore()
EVENT = threading.Event()
QUEUE: queue.Queue[int] = queue.Queue()
SIMPLE: queue.SimpleQueue[int] = queue.SimpleQueue()
BARRIER = threading.Barrier(2)
LOCAL = threading.local()


class Account:
    lock = threading.Lock()


def in_a_default(box: list[int], lock: Any = threading.Lock()) -> None:  # noqa: B008  that is the case
    with lock:
        box[0] += 1


def in_a_keyword_default(box: list[int], *, lock: Any = threading.RLock()) -> None:  # noqa: B008  likewise
    with lock:
        box[0] += 1


def in_a_closure() -> Any:
    lock = threading.Lock()

    def add(box: list[int]) -> None:
        with lock:
            box[0] += 1

    return add


IN_A_CLOSURE = in_a_closure()


def counted(add: Any) -> Any:
    box = [0]
    side_by_side(lambda: add(box), lambda: add(box))
    return box[0]


def adds_with(lock: Any) -> Any:
    def add(box: list[int]) -> None:
        with lock:
            box[0] += 1

    return add


@gives((2,) * 10, executions=30)
def test_locks_made_at_import_keep_others_out() -> Any:
    return (
        counted(adds_with(AT_IMPORT)),
        counted(adds_with(BY_NAME)),
        counted(adds_with(REENTRANT)),
        counted(adds_with(ALLOCATED)),
        counted(adds_with(ALLOCATED_BY_NAME)),
        counted(adds_with(CONDITION)),
        counted(adds_with(SEMAPHORE)),
        counted(adds_with(Account.lock)),
        counted(in_a_default),
        counted(in_a_keyword_default),
    )


@gives(2)
def test_a_lock_in_a_closure_made_before_keeps_others_out() -> Any:
    return counted(IN_A_CLOSURE)


@gives(((1, 2), True))
def test_what_was_made_at_import_waits_and_wakes_up() -> Any:
    EVENT.clear()
    got: list[int] = []

    def take() -> None:
        EVENT.wait()
        BARRIER.wait()
        got.append(QUEUE.get())
        got.append(SIMPLE.get())

    def give() -> None:
        EVENT.set()
        BARRIER.wait()
        QUEUE.put(1)
        SIMPLE.put(2)

    side_by_side(take, give)
    return tuple(got), EVENT.is_set()


def test_a_lock_that_is_held_before_stays_held() -> None:
    lock, reentrant = threading.Lock(), threading.RLock()
    lock.acquire()
    reentrant.acquire()

    def scenario() -> Any:
        return lock.acquire(blocking=False), reentrant.acquire(blocking=False), lock.locked()

    assert outcomes(scenario, 3) == {(False, False, True)}
    assert lock.locked()
    reentrant.release()
    assert raised_by(reentrant.release) == "RuntimeError: cannot release un-acquired lock"


def test_a_lock_that_is_held_before_and_given_back_inside_is_held_in_each_execution() -> None:
    lock = threading.Lock()
    lock.acquire()

    def scenario() -> Any:
        before = lock.locked()
        lock.release()
        return before

    assert outcomes(scenario, 5) == {True}
    assert lock.locked()


def test_waiting_for_a_lock_that_somebody_outside_holds_is_a_deadlock() -> None:
    lock = threading.Lock()
    lock.acquire()
    assert "somebody outside" in str(failure(lambda: lock.acquire(), "deadlock"))
    assert lock.locked()


class Counting(logging.Handler):
    """Adds up what it is handed; logging holds the handler's lock meanwhile."""

    total = 0

    def emit(self, record: logging.LogRecord) -> None:
        value = self.total
        self.total = value + 1


HANDLER = Counting()
LOGGER = logging.Logger("tests.controlled")
LOGGER.addHandler(HANDLER)


@gives(2)
def test_the_locks_of_logging_keep_others_out() -> Any:
    HANDLER.total = 0
    side_by_side(lambda: LOGGER.error("one"), lambda: LOGGER.error("two"))
    return HANDLER.total


class Once:
    made = 0

    @functools.cached_property
    def value(self) -> int:
        self.made += 1
        return self.made


def test_functools_is_seen_at_work() -> None:
    """A cached property is computed twice if both look before either is done; until 3.11 a lock forbids it."""

    def scenario() -> Any:
        once = Once()
        side_by_side(lambda: once.value, lambda: once.value)
        return once.made

    assert outcomes(scenario) == ({1} if sys.version_info < (3, 12) else {1, 2})


CALLS: list[int] = []


@functools.lru_cache(maxsize=None)  # noqa: UP033  the C implementation, under its older name
def cached(number: int) -> int:
    CALLS.append(number)
    return number


@gives((1, 1), (1, 2), for_real=False)
def test_a_cache_may_compute_twice() -> Any:
    cached.cache_clear()
    CALLS.clear()
    got: list[int] = []
    side_by_side(lambda: got.append(cached(1)), lambda: got.append(cached(1)))
    return got[0], len(CALLS)


def test_an_import_inside_is_one_step(tmp_path: Path) -> None:
    """In a fresh process: the modules aren't there yet. What they do as they begin is not explored."""
    file = tmp_path / "program.py"
    file.write_text(
        """
import stress, threading
def scenario():
    def use():
        import fractions, colorsys
        got.append(fractions.Fraction(1, 2) + int(colorsys.rgb_to_hsv(0, 0, 0)[2]))
    got = []
    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return str(got[0] + got[1])
exploration = stress.explore(scenario, search="random", executions=50)
print(exploration.executions, exploration.failure, *exploration.outcomes)
""",
        encoding="utf-8",
    )
    where = {**os.environ, "PYTHONPATH": str(Path(str(stress.__file__)).parents[1])}
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=60, env=where)
    assert (done.returncode, done.stdout, done.stderr) == (0, "50 None 1\n", "")


def test_an_import_that_fails_has_no_frames_of_ours() -> None:
    def fail() -> None:
        import not_there  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports,reportUnusedImport]  # noqa: F401

    failed = explored(lambda: stress.parallel(fail), executions=1).failure
    assert failed is not None and failed.exception is not None
    assert traceback.extract_tb(failed.exception.__traceback__)[-1].name == "fail"


def test_the_same_locks_are_free_in_the_next_exploration() -> None:
    def scenario() -> None:
        AT_IMPORT.acquire()

    assert explored(scenario).failure is not None
    assert not AT_IMPORT.locked()
