"""Executors, pools, sched and asyncio's threads under control, as for real."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import sched
import threading
import time
from concurrent.futures import FIRST_COMPLETED, FIRST_EXCEPTION, Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

from tests.controlled import as_for_real, failure, gives, outcomes, raised_by, said

FEW = 40  # executions: each has many operations


@as_for_real
def test_submit_gives_results_and_exceptions() -> Any:
    with ThreadPoolExecutor(2) as executor:
        good, bad = executor.submit(pow, 2, 10), executor.submit(int, "x")
        return good.result(), raised_by(bad.result), type(bad.exception()).__name__, good.done(), bad.cancelled()


@as_for_real
def test_map_keeps_the_order() -> Any:
    with ThreadPoolExecutor(3) as executor:
        return tuple(executor.map(lambda number: number * number, range(5)))


@as_for_real
def test_map_raises_where_the_exception_comes() -> Any:
    got = []
    with ThreadPoolExecutor(2) as executor:
        results = executor.map(int, ["1", "x", "3"])
        got.append(next(results))
        return got[0], raised_by(next, results)


@gives("ab", rarely=("ba",), executions=FEW)
def test_two_workers_run_in_any_order() -> Any:
    log: list[str] = []
    with ThreadPoolExecutor(2) as executor:
        for name in "ab":
            executor.submit(log.append, name)
    return "".join(log)


@gives("ab", executions=FEW)
def test_one_worker_runs_in_order() -> Any:
    log: list[str] = []
    with ThreadPoolExecutor(1) as executor:
        for name in "ab":
            executor.submit(log.append, name)
    return "".join(log)


def test_a_race_between_two_tasks_is_found() -> None:
    def scenario() -> None:
        box, barrier = [0], threading.Barrier(2)

        def add() -> None:
            barrier.wait()  # else a worker has mostly done its task before the other has begun
            for _ in range(10):
                value = box[0]
                box[0] = value + 1

        with ThreadPoolExecutor(2) as executor:
            futures = [executor.submit(add) for _ in range(2)]
        assert [future.result() for future in futures] == [None, None]
        assert box == [20]

    failure(scenario, "error")


@gives((True, "CancelledError: "), (False, "nothing"), executions=FEW)
def test_a_future_is_cancelled_before_it_runs_or_never() -> Any:
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(int, "1")
        cancelled = future.cancel()
        return cancelled, raised_by(future.result)


@as_for_real
def test_what_waits_behind_a_task_can_be_cancelled() -> Any:
    event = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        first, second = executor.submit(event.wait), executor.submit(int)
        while not first.running():
            pass
        cancelled = first.cancel(), second.cancel(), second.cancelled()
        event.set()
    return cancelled, first.result()


@gives(("named_0", "initialised"), executions=FEW)
def test_an_initializer_runs_first_in_each_worker() -> Any:
    local = threading.local()

    def initialize(text: str) -> None:
        local.text = text

    def look() -> Any:
        return threading.current_thread().name, local.text

    with ThreadPoolExecutor(1, "named", initialize, ("initialised",)) as executor:
        return executor.submit(look).result()


@as_for_real
def test_wrong_uses_of_an_executor_raise_what_they_raise() -> Any:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    future: Future[int] = Future()
    future.set_result(1)
    return said(
        lambda: ThreadPoolExecutor(0),
        lambda: ThreadPoolExecutor(1, initializer=3),  # type: ignore[call-overload]
        lambda: executor.submit(int),
        lambda: executor.submit(),  # type: ignore[call-arg]
        lambda: future.set_result(2),
        lambda: future.set_exception(ValueError()),
        lambda: Future().result(timeout=0.001),
        lambda: Future().result(timeout=0),
        lambda: Future().exception(timeout=0.001),
        lambda: list(concurrent.futures.as_completed([Future()], timeout=0.001)),
        lambda: concurrent.futures.wait([future], return_when="wrong"),
    )


@gives("result", "TimeoutError", executions=FEW)
def test_a_timed_result_may_come_too_late() -> Any:
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(str, "result")
        try:
            return future.result(timeout=0.05)
        except TimeoutError:
            return "TimeoutError"


@gives("shut down without waiting", executions=FEW)
def test_a_shutdown_need_not_wait() -> Any:
    log: list[int] = []
    executor = ThreadPoolExecutor(1)
    future = executor.submit(log.append, 1)
    executor.shutdown(wait=False)
    future.result()
    return "shut down without waiting" if log == [1] else log


@as_for_real
def test_a_shutdown_cancels_what_has_not_begun() -> Any:
    event = threading.Event()
    executor = ThreadPoolExecutor(1)
    first, second = executor.submit(event.wait), executor.submit(int)
    while not first.running():
        pass
    executor.shutdown(wait=False, cancel_futures=True)
    event.set()
    return first.result(), second.cancelled(), raised_by(second.result)


@as_for_real
def test_wait_and_as_completed() -> Any:
    with ThreadPoolExecutor(2) as executor:
        futures = [executor.submit(pow, number, 2) for number in range(3)]
        done, not_done = concurrent.futures.wait(futures)
        completed = {future.result() for future in concurrent.futures.as_completed(futures)}
        return len(done), len(not_done), tuple(sorted(completed))


@as_for_real
def test_wait_returns_with_the_first() -> Any:
    event = threading.Event()
    with ThreadPoolExecutor(2) as executor:
        waits, quick, bad = executor.submit(event.wait), executor.submit(int), executor.submit(int, "x")
        first = concurrent.futures.wait([waits, quick], return_when=FIRST_COMPLETED)
        failed = concurrent.futures.wait([waits, bad], return_when=FIRST_EXCEPTION)
        event.set()
    return quick in first.done, waits in first.not_done, bad in failed.done


@gives((0, 1), rarely=((1, 0),), executions=FEW)
def test_they_complete_in_any_order() -> Any:
    order: list[int] = []
    with ThreadPoolExecutor(2) as executor:
        for number in range(2):
            executor.submit(int).add_done_callback(lambda _, number=number: order.append(number))  # type: ignore[misc]
    return tuple(order)


KEPT: list[Any] = []  # so that each execution has other addresses


def test_the_order_of_futures_and_threads_in_a_set_is_the_same_in_each_execution() -> None:
    def scenario() -> Any:
        made: list[Any] = [kind() for _ in range(5) for kind in (Future, threading.Thread)]
        KEPT.extend(made)
        return tuple(made.index(each) for each in set(made))

    assert len(outcomes(scenario, 20)) == 1
    assert {hash(each) for each in KEPT} == {object.__hash__(each) for each in KEPT}


@as_for_real
def test_a_callback_is_called_with_the_future() -> Any:
    seen: list[Any] = []
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(int, "7")
        future.add_done_callback(lambda done: seen.append(done.result()))
    future.add_done_callback(lambda done: seen.append(done is future))
    return tuple(seen)


def test_an_executor_that_nobody_shuts_down_is_no_failure() -> None:
    """CPython ends its workers at exit."""

    def scenario() -> Any:
        return ThreadPoolExecutor(1).submit(int, "3").result()

    assert outcomes(scenario, FEW) == {3}


def test_a_task_that_waits_for_a_task_behind_it_is_a_deadlock() -> None:
    def scenario() -> None:
        with ThreadPoolExecutor(1) as executor:
            executor.submit(lambda: executor.submit(int).result()).result()

    assert "executor.submit(int).result()" in str(failure(scenario, "deadlock"))


# --- multiprocessing.pool.ThreadPool ----------------------------------------------------------------------------------


@as_for_real
def test_a_thread_pool_gives_results() -> Any:
    with ThreadPool(2) as pool:
        return (
            tuple(pool.map(abs, [-1, 2, -3])),
            pool.apply(pow, (2, 5)),
            pool.apply_async(int, ("7",)).get(),
            raised_by(pool.apply, int, ("x",)),
            tuple(sorted(pool.imap_unordered(abs, [-1, -2]))),
        )


# --- sched ------------------------------------------------------------------------------------------------------------


@as_for_real
def test_a_scheduler_runs_by_time_and_priority() -> Any:
    log: list[str] = []
    scheduler = sched.scheduler(time.monotonic, time.sleep)
    start = time.monotonic()
    scheduler.enterabs(start + 0.002, 1, log.append, ("later",))
    scheduler.enterabs(start + 0.001, 2, log.append, ("second",))
    scheduler.enterabs(start + 0.001, 1, log.append, ("first",))
    cancelled = scheduler.enter(5, 1, log.append, ("never",))
    scheduler.cancel(cancelled)
    scheduler.run()
    return tuple(log), scheduler.empty()


# --- asyncio.to_thread ------------------------------------------------------------------------------------------------


def add_in_thread(box: list[int], number: int) -> int:
    box.append(number)
    return number * 2


@as_for_real
def test_to_thread_runs_in_a_thread() -> Any:
    async def main() -> Any:
        box: list[int] = []
        results = [await asyncio.to_thread(add_in_thread, box, number) for number in (1, 2)]
        return tuple(results), tuple(box)

    return asyncio.run(main())


@gives((1, 2), rarely=((2, 1),), executions=10)
def test_two_to_threads_run_in_either_order() -> Any:
    async def main() -> Any:
        box: list[int] = []
        await asyncio.gather(*[asyncio.to_thread(functools.partial(add_in_thread, box, number)) for number in (1, 2)])
        return tuple(box)

    return asyncio.run(main())
