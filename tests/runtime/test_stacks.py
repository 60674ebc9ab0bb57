"""Where threads stand and what they wait for is told by peeking, and only where it can be told."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

import stress
from stress.runtime.stacks import Stand, positions, stands


@contextmanager
def standing(target: Callable[[], object]) -> Iterator[Callable[[], Stand]]:
    """A daemon thread that runs `target`, and how to see where it stands, once it stands still."""
    thread = threading.Thread(target=target, daemon=True)
    thread.start()

    def stand() -> Stand:
        ident = thread.ident
        assert ident is not None
        same = 0
        while same < 5:
            before = positions([ident])
            time.sleep(0.005)
            same = same + 1 if positions([ident]) == before else 0
        return stands({ident: "waiter", threading.get_ident(): "holder (of all)"})[ident]

    yield stand


class Holder:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.__secret = threading.Lock()
        self.locks = [threading.Lock(), threading.Lock()]
        self.by_name = {"one": threading.Lock()}

    def take_secret(self) -> None:
        self.__secret.acquire()


class Slotted:
    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = threading.Lock()


holder, slotted = Holder(), Slotted()
for each in (holder.lock, holder.locks[1], holder.by_name["one"], slotted.lock):
    each.acquire()
holder.take_secret()
first, second, first_held = threading.Lock(), threading.Lock(), threading.Lock()
first_held.acquire()
second.acquire()
reentrant = threading.RLock()
reentrant.acquire()
condition, event, barrier = threading.Condition(), threading.Event(), threading.Barrier(2)
semaphore = threading.Semaphore(0)
jobs: queue.Queue[int] = queue.Queue()
simple: queue.SimpleQueue[int] = queue.SimpleQueue()
future: Future[int] = Future()
sleeper = threading.Thread(target=event.wait, name="sleeper", daemon=True)
sleeper.start()


def with_attribute() -> None:
    with holder.lock:
        pass


def with_slot() -> None:
    with slotted.lock:
        pass


def with_second_of_two() -> None:
    with first, second:
        pass


def with_over_lines() -> None:
    with (
        holder.lock,
    ):
        pass


def with_item() -> None:
    holder.locks[1].acquire()


def with_key() -> None:
    holder.by_name["one"].acquire(True)


def with_local() -> None:
    lock = holder.lock
    lock.acquire()


def with_stack() -> None:
    with ExitStack() as stack:
        stack.enter_context(holder.lock)


def with_reentrant() -> None:
    with reentrant:
        pass


def with_condition() -> None:
    with condition:
        condition.wait()


CASES: dict[str, tuple[Callable[[], object], str, bool]] = {
    "an attribute": (with_attribute, "holder.lock (threading.Lock)", True),
    "a slot": (with_slot, "slotted.lock (threading.Lock)", True),
    "the second of two": (with_second_of_two, "second (threading.Lock)", True),
    "a with over lines": (with_over_lines, "holder.lock (threading.Lock)", True),
    "an item": (with_item, "holder.locks[1] (threading.Lock)", True),
    "a key": (with_key, "holder.by_name['one'] (threading.Lock)", True),
    "a mangled name": (lambda: holder.take_secret(), "self.__secret (threading.Lock)", True),
    "a local": (with_local, "lock (threading.Lock)", True),
    "an exit stack": (with_stack, "holder.lock (threading.Lock)", True),
    "an rlock": (with_reentrant, "reentrant (threading.RLock held by holder)", True),
    "a condition": (with_condition, "condition (threading.Condition)", False),
    "an event": (lambda: event.wait(), "event (threading.Event)", False),
    "an event without a name": (lambda: threading.Event().wait(), "threading.Event() (threading.Event)", False),
    "a queue without a name": (lambda: queue.Queue[int](1).get(), "queue.Queue[int](1) (queue.Queue)", False),
    "a barrier": (lambda: barrier.wait(), "barrier (threading.Barrier)", False),
    "a semaphore": (lambda: semaphore.acquire(), "semaphore (threading.Semaphore)", False),
    "a queue": (lambda: jobs.get(), "jobs (queue.Queue)", False),
    "a simple queue": (lambda: simple.get(), "simple (queue.SimpleQueue)", False),
    "a thread": (lambda: sleeper.join(), "sleeper (thread sleeper)", False),
    "a future": (lambda: future.result(), "future (concurrent.futures._base.Future)", False),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_told_that_a_thread_waits_for(case: str) -> None:
    target, awaited, on_lock = CASES[case]
    with standing(target) as stand:
        seen = stand()
    assert (seen.awaited, seen.on_lock, seen.runs) == (awaited, on_lock, False)
    assert seen.site.file.endswith("test_stacks.py")
    assert awaited.partition(" ")[0].partition(".")[0] in seen.site.text or seen.site.text


def test_leaving_an_executor_waits_for_its_threads() -> None:
    lock = threading.Lock()
    lock.acquire()

    def leaves() -> None:
        with ThreadPoolExecutor(1) as executor:
            executor.submit(lock.acquire)

    with standing(leaves) as stand:
        while "(thread ThreadPoolExecutor-" not in stand().awaited:
            pass
    lock.release()


def test_a_lock_whose_owner_has_ended_is_told_so() -> None:
    lock = threading.RLock()
    over = threading.Event()

    def waits() -> None:
        over.wait()
        with lock:
            pass

    with standing(waits) as stand:
        stand()  # it has begun: it can't get the identifier of the owner, which the lock would take for the owner
        owner = threading.Thread(target=lock.acquire)
        owner.start()
        owner.join()
        over.set()
        while stand().site.text != "with lock:":
            pass
        assert stand().awaited == "lock (threading.RLock held by a thread that has ended)"


@pytest.mark.parametrize(
    ("target", "awaited"),
    [
        (first_held.acquire, "acquire (threading.Lock)"),
        (threading.Barrier(9).wait, "wait (threading.Barrier)"),
        (jobs.get, "get (queue.Queue)"),
        (sleeper.join, "join (thread sleeper)"),
    ],
    ids=["lock", "barrier", "queue", "thread"],
)
def test_it_is_told_what_a_thread_waits_for_whose_whole_work_is(target: Callable[[], object], awaited: str) -> None:
    with standing(target) as stand:
        assert stand().awaited == f"what it was started to call, {awaited}" and not stand().site.line
    with standing(lambda: stress.parallel(target)) as stand:
        assert stand().awaited == "stress.parallel (its threads)"


def test_no_code_of_the_scenario_is_run_to_find_it() -> None:
    calls: list[str] = []

    class Trap:
        @property
        def lock(self) -> threading.Lock:
            calls.append("property")
            return holder.lock

        def __getattr__(self, name: str) -> Any:
            calls.append(name)
            return holder.lock

        @property
        def __class__(self) -> Any:
            calls.append("class")
            return threading.Lock

    trap = Trap()

    def by_property() -> None:
        with trap.lock:
            pass

    def by_getattr() -> None:
        trap.other.acquire()

    for target in (by_property, by_getattr):
        with standing(target) as stand:
            seen = []
            while not seen:
                before = len(calls)
                seen = [stand()]
            assert len(calls) == before
            assert seen[0].awaited == ""
        calls.clear()


def test_what_cannot_be_told_is_left_out() -> None:
    with standing(lambda: time.sleep(30)) as stand:
        assert stand().awaited == ""
    with standing(lambda: [holder][0].lock.acquire()) as stand:
        assert stand().awaited == ""


def test_code_without_source_is_told_by_its_line() -> None:
    namespace: dict[str, Any] = {"lock": holder.lock}
    exec(compile("def waits():\n    lock.acquire()\n", "<made up>", "exec"), namespace)
    with standing(namespace["waits"]) as stand:
        seen = stand()
    assert (seen.site.file, seen.site.line, seen.site.text) == ("<made up>", 2, "")


def test_a_loop_without_calls_is_seen_to_run() -> None:
    stop = []

    def loop() -> None:
        while not stop:
            pass

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    assert thread.ident is not None
    while not stands({thread.ident: ""})[thread.ident].runs:
        time.sleep(0.001)
    stop.append(True)
    thread.join()


def test_columns_count_characters() -> None:
    def waits() -> object:
        return "ä", holder.lock.acquire()

    with standing(waits) as stand:
        assert stand().site.column == 20
