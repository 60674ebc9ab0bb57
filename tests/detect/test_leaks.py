"""Leaked locks: which are told, and which are none."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any

import pytest

from stress.detect.leaks import Leak, leaked_lock
from stress.events import Site
from tests.controlled import explored, failure, side_by_side


def test_every_leak_is_told_with_who_and_where() -> None:
    leaks = [Leak(f"thread {n}", f"lock {n}", Site("file.py", n, 0, f"lock{n}.acquire()")) for n in (1, 2)]
    found = leaked_lock(leaks)
    for n in (1, 2):
        assert f"lock {n}" in found.text and f"thread {n}" in found.text and f"file.py:{n}" in found.text
    assert found.text.startswith("leaked lock: 2 locks were still held") and len(found.sites) == 2
    assert leaked_lock(leaks[:1]).text.startswith("leaked lock: 1 lock was still held")


def taken_by(take: Callable[[Any], object], lock: Any) -> Callable[[], None]:
    def scenario() -> None:
        take(lock())

    return scenario


LOCKS = [threading.Lock, threading.RLock, threading.Condition]


@pytest.mark.parametrize("lock", LOCKS)
def test_what_a_thread_leaves_held_is_told(lock: Any) -> None:
    failure(taken_by(lambda lock: side_by_side(lambda: lock.acquire()), lock), "leaked lock", 3)


@pytest.mark.parametrize("lock", LOCKS)
def test_what_the_scenario_leaves_held_is_told(lock: Any) -> None:
    failure(taken_by(lambda lock: lock.acquire(), lock), "leaked lock", 3)


def test_an_rlock_that_is_left_once_too_seldom_is_told() -> None:
    def scenario() -> None:
        lock = threading.RLock()
        lock.acquire()
        with lock:
            pass

    failure(scenario, "leaked lock", 3)


def _under_with(lock: Any) -> None:
    with lock:
        lock.acquire()  # leaked


def _with_another(lock: Any) -> None:
    with lock:
        lock.acquire()  # leaked
        with lock:
            pass


def _given_back_once(lock: Any) -> None:
    lock.acquire()  # leaked
    lock.acquire()
    with lock:
        lock.release()


def _with_two_on_a_line(lock: Any) -> None:
    with lock, lock:
        lock.acquire()  # leaked


@pytest.mark.parametrize("leaks", [_under_with, _with_another, _given_back_once, _with_two_on_a_line])
def test_of_an_rlock_the_entry_is_blamed_that_nothing_left(leaks: Callable[[Any], None]) -> None:
    [site] = failure(taken_by(leaks, threading.RLock), "leaked lock", 3).sites
    lines, first = inspect.getsourcelines(leaks)
    assert "# leaked" in lines[site.line - first]


def test_what_was_taken_again_after_a_wait_is_told() -> None:
    def scenario() -> None:
        condition = threading.Condition()
        condition.acquire()
        condition.wait(timeout=0)

    failure(scenario, "leaked lock", 3)


def test_a_lock_of_before_is_free_in_each_execution_though_it_leaks() -> None:
    lock = threading.Lock()
    exploration = explored(lambda: lock.acquire(), 3, keep_going=True)
    assert [found.kind for found in exploration.failures] == ["leaked lock"] and exploration.executions == 3
    assert not lock.locked()


def test_what_is_given_back_is_no_leak() -> None:
    def scenario() -> None:
        lock, reentrant, condition = threading.Lock(), threading.RLock(), threading.Condition()
        with lock, reentrant, condition, reentrant:
            pass
        lock.acquire()
        side_by_side(lock.release)

    assert explored(scenario, 20).failure is None


def test_an_error_is_told_before_the_lock_that_it_left_held() -> None:
    def scenario() -> None:
        threading.Lock().acquire()
        raise ValueError("first")

    assert failure(scenario, "error", 3).exception is not None
