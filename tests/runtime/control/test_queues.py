"""Queues under control, as for real: those in Python by their locks, SimpleQueue by a model of its own."""

from __future__ import annotations

import queue
import sys
import weakref
from typing import Any

import pytest

from tests.controlled import as_for_real, failure, gives, outcomes, raised_by, said, side_by_side

PYTHON_QUEUES = [queue.Queue, queue.LifoQueue, queue.PriorityQueue]
QUEUES = [*PYTHON_QUEUES, queue.SimpleQueue, queue._PySimpleQueue]  # type: ignore[attr-defined]
has_shutdown = pytest.mark.skipif(sys.version_info < (3, 13), reason="Queue.shutdown is new in 3.13")


@pytest.mark.parametrize("kind", QUEUES)
def test_what_one_puts_another_gets(kind: Any) -> None:
    @gives((1, 2, 3) if kind is not queue.LifoQueue else "any", for_real=True)
    def program() -> Any:
        items, got = kind(), []

        def produce() -> None:
            for number in (1, 2, 3):
                items.put(number)

        def consume() -> None:
            for _ in range(3):
                got.append(items.get())

        side_by_side(produce, consume)
        assert items.empty() and items.qsize() == 0 and set(got) == {1, 2, 3}
        return tuple(got) if kind is not queue.LifoQueue else "any"

    program()


@gives((1, 2, 3), (1, 3, 2), rarely=((2, 1, 3), (2, 3, 1), (3, 2, 1)))
def test_a_stack_gives_the_last_that_is_there() -> Any:
    items: queue.LifoQueue[int] = queue.LifoQueue()
    got: list[int] = []
    side_by_side(lambda: [items.put(number) for number in (1, 2, 3)], lambda: [got.append(items.get()) for _ in "abc"])
    return tuple(got)


@gives((3, 1), (1, 3))
def test_a_priority_queue_gives_the_least_that_is_there() -> Any:
    items: queue.PriorityQueue[int] = queue.PriorityQueue()
    got: list[int] = []
    side_by_side(lambda: [items.put(number) for number in (3, 1)], lambda: [got.append(items.get()) for _ in "ab"])
    return tuple(got)


@pytest.mark.parametrize("kind", PYTHON_QUEUES)
def test_a_full_queue_lets_nobody_put(kind: Any) -> None:
    @gives(0, 1)
    def program() -> Any:
        items, most = kind(maxsize=1), [0]

        def produce() -> None:
            for number in range(2):
                items.put(number)
                most[0] = max(most[0], items.qsize())

        def consume() -> None:
            for _ in range(2):
                items.get()

        side_by_side(produce, consume)
        return most[0]

    program()


@pytest.mark.parametrize("kind", QUEUES)
def test_two_consumers_get_each_item_once(kind: Any) -> None:
    @gives(("a", 1, "b", 2), ("a", 2, "b", 1))
    def program() -> Any:
        items, got = kind(), {}

        def consume(name: str) -> None:
            got[name] = items.get()

        def produce() -> None:
            items.put(1)
            items.put(2)

        side_by_side(lambda: consume("a"), lambda: consume("b"), produce)
        return "a", got["a"], "b", got["b"]

    program()


@pytest.mark.parametrize("kind", QUEUES)
def test_what_does_not_wait_says_so(kind: Any) -> None:
    @as_for_real
    def program() -> Any:
        items = kind()
        empty = said(items.get_nowait, lambda: items.get(False), lambda: items.get(block=False, timeout=3))
        waited = said(lambda: items.get(timeout=0.001), lambda: items.get(True, 0.001), lambda: items.get(timeout=0))
        items.put_nowait(1)
        items.put(2, False)
        items.put(3, timeout=1)
        return empty, waited, items.qsize(), items.empty(), items.get_nowait(), items.get(timeout=1), items.get()

    program()


@pytest.mark.parametrize("kind", PYTHON_QUEUES)
def test_a_full_queue_says_so(kind: Any) -> None:
    @as_for_real
    def program() -> Any:
        items = kind(1)
        items.put(1)
        return items.full(), *said(
            lambda: items.put_nowait(2),
            lambda: items.put(2, False),
            lambda: items.put(2, timeout=0.001),
            lambda: items.put(2, timeout=-1),
        )

    program()


@pytest.mark.parametrize("kind", QUEUES)
def test_wrong_uses_of_a_queue_raise_what_they_raise(kind: Any) -> None:
    @as_for_real
    def program() -> Any:
        items = kind()
        items.put(1)
        wrong = said(
            lambda: items.get(timeout=-1),
            lambda: items.get(True, "x"),
            lambda: items.get(wrong=1),
            lambda: items.put(),
            lambda: items.get_nowait(1, 2, 3),
            lambda: items.put(1, wrong=1),
            items.task_done if hasattr(items, "task_done") else items.get_nowait,
        )
        # What C code and what the model say of wrong arguments differs in names only.
        return tuple(text.partition(":")[0] for text in wrong)

    program()


@pytest.mark.parametrize("kind", QUEUES)
def test_a_timed_get_may_come_back_empty(kind: Any) -> None:
    @gives(1, "Empty: ", executions=300)  # one in Python waits only after a dozen operations
    def program() -> Any:
        items, got = kind(), []

        def get() -> None:
            try:
                got.append(items.get(timeout=0.01))
            except queue.Empty as empty:
                got.append(f"{type(empty).__name__}: {empty}")

        side_by_side(get, lambda: items.put(1))
        return got[0]

    program()


@pytest.mark.parametrize("kind", PYTHON_QUEUES)
def test_a_timed_put_may_find_it_full(kind: Any) -> None:
    @gives("nothing", "Full: ")
    def program() -> Any:
        items, said_so = kind(1), []
        items.put(0)
        side_by_side(lambda: said_so.append(raised_by(items.put, 1, timeout=0.01)), items.get)
        return said_so[0]

    program()


@gives((2, "all done"))
def test_join_waits_until_all_tasks_are_done() -> Any:
    items: queue.Queue[int] = queue.Queue()
    done: list[int] = []

    def work() -> None:
        for _ in range(2):
            number = items.get()
            done.append(number)
            items.task_done()

    def wait() -> None:
        items.put(1)
        items.put(2)
        items.join()
        done.append(-len(done))

    side_by_side(work, wait)
    return -done[-1], "all done" if done[:2] == [1, 2] else done


def test_a_worker_that_forgets_task_done_is_a_deadlock() -> None:
    def scenario() -> None:
        items: queue.Queue[int] = queue.Queue()
        items.put(1)
        side_by_side(items.get)
        items.join()

    assert "items.join()" in str(failure(scenario, "deadlock"))


@has_shutdown
@gives("nothing", "ShutDown: ")
def test_a_queue_that_is_shut_down_refuses() -> Any:
    items: Any = queue.Queue()
    said_so: list[str] = []
    side_by_side(lambda: said_so.append(raised_by(items.put, 1)), items.shutdown)
    return said_so[0]


@has_shutdown
@gives(("ShutDown: ",) * 2)
def test_a_shutdown_wakes_up_who_waits() -> Any:
    items: Any = queue.Queue()
    said_so: list[str] = []
    side_by_side(*[lambda: said_so.append(raised_by(items.get))] * 2, items.shutdown)
    return tuple(said_so)


@has_shutdown
@as_for_real
def test_an_immediate_shutdown_drops_what_is_there() -> Any:
    kept: Any = queue.Queue()
    dropped: Any = queue.Queue()
    for items, immediate in ((kept, False), (dropped, True)):
        items.put(1)
        items.shutdown(immediate=immediate)
    return said(kept.get_nowait, kept.get_nowait, dropped.get_nowait, dropped.join, lambda: dropped.put(1))


@gives("a later one", "the earlier one", for_real=False)
def test_who_waits_longest_need_not_be_served_first() -> Any:
    items: queue.SimpleQueue[str] = queue.SimpleQueue()
    got: dict[str, str] = {}

    def first() -> None:
        got["the earlier one"] = items.get()

    def second() -> None:
        got["a later one"] = items.get()

    side_by_side(first, second, lambda: items.put("1"), lambda: items.put("2"))
    return min(got, key=got.__getitem__)


def test_an_unlocked_check_of_a_queue_is_a_race() -> None:
    """`if not q.empty(): q.get_nowait()` between two consumers."""

    def scenario() -> None:
        items: queue.SimpleQueue[int] = queue.SimpleQueue()
        items.put(1)

        def take() -> None:
            if not items.empty():
                items.get_nowait()

        side_by_side(take, take)

    assert isinstance(failure(scenario, "error").exception, queue.Empty)


@gives((1, 2), executions=50)
def test_a_queue_is_walked_up_to_a_sentinel() -> Any:
    items: queue.SimpleQueue[Any] = queue.SimpleQueue()
    got: list[int] = []

    def consume() -> None:
        for item in iter(items.get, None):
            got.append(item)

    side_by_side(consume, lambda: [items.put(item) for item in (1, 2, None)])
    return tuple(got)


def test_items_die_when_nobody_has_them() -> None:
    """The model of a queue keeps nothing that the queue doesn't keep."""

    class Item:
        pass

    def scenario() -> Any:
        items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        item = Item()
        seen = weakref.ref(item)
        items.put(item)
        del item
        items.get()
        return seen() is None

    assert outcomes(scenario, 3) == {True}
