"""Scenarios that mean the same on every Python: each is a few threads with one thing of the language or its library.

A value that is returned, or the failure, is compared: see test_portability.py.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import functools
import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import stress

SCENARIOS: dict[str, Callable[[], object]] = {}


def portable(scenario: Callable[[], object]) -> Callable[[], object]:
    SCENARIOS[scenario.__name__] = scenario
    return scenario


def twice(work: Callable[[], object]) -> list[object]:
    return stress.parallel(work, work)


# --- what is shared ---------------------------------------------------------------------------------------------------


class Counter:
    total = 0
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        self.value += 1

    @property
    def half(self) -> float:
        return self.value / 2

    @half.setter
    def half(self, half: float) -> None:
        self.value = int(half * 2)

    @classmethod
    def count(cls) -> None:
        cls.total += 1


class Bag:
    def __init__(self) -> None:
        self.things: dict[str, int] = {}

    def __getitem__(self, key: str) -> int:
        return self.things.get(key, 0)

    def __setitem__(self, key: str, value: int) -> None:
        self.things[key] = value

    def __iadd__(self, key: str) -> Bag:
        self[key] = self[key] + 1
        return self


@portable
def attribute() -> object:
    counter = Counter()
    twice(counter.add)
    return counter.value


@portable
def lost_update_fails() -> None:
    counter = Counter()
    twice(counter.add)
    assert counter.value == 2


@portable
def three_threads() -> object:
    counter = Counter()
    stress.parallel(counter.add, counter.add, counter.add)
    return counter.value


@portable
def a_property() -> object:
    counter = Counter()

    def add() -> None:
        counter.half += 0.5

    twice(add)
    return counter.value


@portable
def a_class() -> object:
    Counter.total = 0
    twice(Counter.count)
    return Counter.total


@portable
def a_subclass_made_inside() -> object:
    class Double(Counter):
        __slots__ = ()

        def add(self) -> None:
            super().add()
            super().add()

    counter = Double()
    twice(counter.add)
    return counter.value


@portable
def special_methods() -> object:
    bag = Bag()

    def add() -> None:
        nonlocal bag
        bag += "x"

    twice(add)
    return bag["x"]


@portable
def items() -> object:
    box = [0, 0]

    def add() -> None:
        box[0] += 1
        box[1] += box[0]

    twice(add)
    return tuple(box)


@portable
def a_dict() -> object:
    words: dict[str, int] = {}

    def add() -> None:
        if "x" not in words:
            words["x"] = 0
        words["x"] += 1

    twice(add)
    return words["x"]


@portable
def check_then_act_fails() -> None:
    left = {"x": 1}

    def take() -> None:
        left.pop("x", None)

    twice(take)


@portable
def a_closure() -> object:
    total = 0

    def add() -> None:
        nonlocal total
        total += 1

    twice(add)
    return total


TOTAL = 0


@portable
def a_global() -> object:
    global TOTAL
    TOTAL = 0

    def add() -> None:
        global TOTAL
        TOTAL += 1

    twice(add)
    return TOTAL


@portable
def methods_of_a_list() -> object:
    log: list[str] = []
    stress.parallel(lambda: log.append("a"), lambda: log.append("b"), lambda: log.extend("cd"))
    return "".join(log)


@portable
def a_list_walked_while_it_grows() -> object:
    numbers = [1, 2]
    seen: list[int] = []
    stress.parallel(lambda: seen.extend([each * 2 for each in numbers]), lambda: numbers.append(3))
    return tuple(seen)


@portable
def a_dict_walked_while_it_grows_fails() -> None:
    words = {"a": 1}

    def walk() -> None:
        for _ in words:
            pass

    stress.parallel(walk, lambda: words.update(b=2))


@portable
def a_deque() -> object:
    jobs = collections.deque([1, 2, 3])
    return tuple(sorted(map(str, stress.parallel(jobs.pop, jobs.popleft))))


# --- functions --------------------------------------------------------------------------------------------------------


@portable
def a_generator() -> object:
    box = [0]

    def steps() -> Iterator[int]:
        for _ in range(2):
            value = box[0]
            yield value
            box[0] = value + 1

    twice(lambda: list(steps()))
    return box[0]


@portable
def a_generator_that_delegates() -> object:
    box = [0]

    def inner() -> Iterator[int]:
        value = box[0]
        yield value
        box[0] = value + 1

    def outer() -> Iterator[int]:
        yield from inner()

    twice(lambda: list(outer()))
    return box[0]


@portable
def comprehensions() -> object:
    box = [1]

    def work() -> None:
        box.extend([each + box[-1] for each in range(2)])

    twice(work)
    return tuple(box)


@portable
def comprehensions_that_capture() -> object:
    start = 0
    made: list[dict[int, int]] = []

    def work() -> None:
        nonlocal start
        made.append({each: each + start for each in range(2)})
        start += len({start + each for each in range(2)})

    twice(work)
    return str(sorted(map(str, made)))


@portable
def lambdas_and_partials() -> object:
    box = {"x": 1}
    stress.parallel(functools.partial(box.update, x=2), lambda: box.update(x=box["x"] + 5))
    return box["x"]


@portable
def a_decorated_function() -> object:
    calls = [0]

    def counted(function: Callable[[], None]) -> Callable[[], None]:
        @functools.wraps(function)
        def wrapper() -> None:
            calls[0] += 1
            function()

        return wrapper

    @counted
    def work() -> None:
        calls[0] *= 2

    twice(work)
    return calls[0]


@portable
def a_match_statement() -> object:
    state: dict[str, Any] = {"kind": "open", "n": 0}

    def work() -> None:
        match state:
            case {"kind": "open", "n": n}:
                state["n"] = n + 1
            case _:
                state["n"] = -1

    stress.parallel(work, work, lambda: state.update(kind="shut"))
    return state["n"]


@portable
def a_context_manager() -> object:
    log: list[str] = []

    @contextlib.contextmanager
    def block(name: str) -> Iterator[None]:
        log.append(name)
        yield
        log.append(name.upper())

    def work(name: str) -> None:
        with block(name):
            pass

    stress.parallel(lambda: work("a"), lambda: work("b"))
    return "".join(log)


@portable
def an_exception_on_the_way() -> object:
    log: list[str] = []

    def work() -> None:
        try:
            log.append(str(1 // len(log)))
        except ZeroDivisionError as error:
            log.append(type(error).__name__)
        finally:
            log.append("end")

    twice(work)
    return ",".join(log)


@portable
def walrus_and_conditions() -> object:
    box = [3]

    def work() -> None:
        if (value := box[0]) > 1 and box[0]:
            box[0] = value - 2

    twice(work)
    return box[0]


# --- primitives -------------------------------------------------------------------------------------------------------


@portable
def a_lock_around_half() -> object:
    lock, box = threading.Lock(), [0]

    def add() -> None:
        with lock:
            value = box[0]
        with lock:
            box[0] = value + 1

    twice(add)
    return box[0]


@portable
def a_lock_that_is_tried() -> object:
    lock = threading.Lock()

    def work() -> bool:
        if not lock.acquire(blocking=False):
            return False
        lock.release()
        return True

    return tuple(twice(work))


@portable
def opposite_locks_deadlock() -> None:
    a, b = threading.Lock(), threading.Lock()

    def nested(one: Any, other: Any) -> None:
        with one, other:
            pass

    stress.parallel(lambda: nested(a, b), lambda: nested(b, a))


@portable
def an_rlock() -> object:
    lock, log = threading.RLock(), []

    def work(name: str) -> None:
        with lock, lock:
            log.append(name)

    stress.parallel(lambda: work("a"), lambda: work("b"))
    return "".join(log)


@portable
def a_lock_with_a_time_out() -> object:
    lock = threading.Lock()

    def work() -> bool:
        if lock.acquire(timeout=1):
            time.sleep(2)
            lock.release()
            return True
        return False

    return tuple(twice(work))


@portable
def a_condition() -> object:
    condition, box = threading.Condition(), [0]

    def waits() -> int:
        with condition:
            condition.wait_for(lambda: box[0] == 1)
            return box[0]

    def wakes() -> int:
        with condition:
            box[0] = 1
            condition.notify()
        return 0

    return tuple(stress.parallel(waits, wakes))


@portable
def a_lost_wakeup_deadlocks() -> None:
    condition = threading.Condition()

    def waits() -> None:
        with condition:
            condition.wait()

    def wakes() -> None:
        with condition:
            condition.notify()

    stress.parallel(waits, wakes)


@portable
def an_event() -> object:
    event, log = threading.Event(), []

    def waits() -> None:
        log.append("before" if not event.is_set() else "set")
        event.wait()
        log.append("after")

    stress.parallel(waits, event.set)
    return ",".join(log)


@portable
def an_event_with_a_time_out() -> object:
    event = threading.Event()

    def sets() -> None:
        time.sleep(1)
        event.set()

    return stress.parallel(lambda: event.wait(2), sets)[0]


@portable
def a_semaphore() -> object:
    semaphore, box = threading.Semaphore(1), [0]

    def work() -> None:
        with semaphore:
            box[0] += 1

    twice(work)
    return box[0]


@portable
def a_barrier() -> object:
    barrier = threading.Barrier(2)
    return tuple(twice(barrier.wait))


@portable
def a_queue() -> object:
    jobs: queue.Queue[int] = queue.Queue(1)

    def produce() -> int:
        jobs.put(1)
        jobs.put(2)
        return 0

    return tuple(stress.parallel(produce, jobs.get, jobs.get))


@portable
def an_empty_queue_deadlocks() -> None:
    jobs: queue.Queue[int] = queue.Queue()
    stress.parallel(lambda: jobs.get(), lambda: jobs.put(1), lambda: jobs.get())


@portable
def a_simple_queue() -> object:
    jobs: queue.SimpleQueue[int] = queue.SimpleQueue()
    return tuple(stress.parallel(jobs.get, lambda: jobs.put(1), jobs.get, lambda: jobs.put(2)))


@portable
def threads_by_hand() -> object:
    log: list[str] = []
    threads = [threading.Thread(target=log.append, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    alive = [thread.is_alive() for thread in threads]
    for thread in threads:
        thread.join()
    return "".join(log), str(alive)


@portable
def a_timer() -> object:
    log: list[str] = []
    timer = threading.Timer(1, lambda: log.append("timer"))
    timer.start()
    log.append("scenario")
    time.sleep(2)
    log.append("later")
    timer.join()
    return ",".join(log)


@portable
def sleeps() -> object:
    log: list[str] = []

    def work(name: str, seconds: float) -> None:
        time.sleep(seconds)
        log.append(name)

    stress.parallel(lambda: work("long", 2), lambda: work("short", 1))
    return ",".join(log)


@portable
def thread_local_data() -> object:
    local, log = threading.local(), []

    def work(name: str) -> None:
        local.name = name
        log.append(local.name)

    stress.parallel(lambda: work("a"), lambda: work("b"))
    return "".join(log)


# --- pools ------------------------------------------------------------------------------------------------------------


@portable
def an_executor() -> object:
    box = [0]

    def add() -> None:
        box[0] += 1

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(add) for _ in range(2)]:
            each.result()
    return box[0]


@portable
def an_executor_that_maps() -> object:
    box = [0]

    def add(number: int) -> int:
        box[0] += number
        return number

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return tuple(pool.map(add, [1, 2])), box[0]


@portable
def a_cached_function() -> object:
    calls = [0]

    @functools.cache
    def cached(number: int) -> int:
        calls[0] += 1
        return number

    twice(functools.partial(cached, 1))
    return calls[0]


@portable
def counts_from_itertools() -> object:
    numbers = itertools.count()
    return tuple(twice(lambda: next(numbers)))


# --- other failures ---------------------------------------------------------------------------------------------------


@portable
def a_leaked_lock() -> None:
    lock = threading.Lock()

    def forgets() -> None:
        if lock.acquire(timeout=1):
            pass

    stress.parallel(forgets)


@portable
def a_livelock() -> None:
    flag: list[int] = []

    def spins() -> None:
        while not flag:
            pass

    stress.parallel(spins)


@portable
def an_exception_in_one_of_them() -> object:
    box = [1]

    def work() -> None:
        box[0] = 10 // box[0] - 10

    twice(work)
    return box[0]


# --- operations of the standard library ------------------------------------------------------------------------------

SEARCHED: list[str] = []  # those in whose failures a walk hardly comes by: a search finds one, and makes it short


def searched(scenario: Callable[[], object]) -> Callable[[], object]:
    SEARCHED.append(scenario.__name__)
    return portable(scenario)


@searched
def an_executor_whose_tasks_race_fails() -> None:
    counter = Counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: counter.add(), range(3)))
    assert counter.value == 3


@searched
def a_callback_of_a_future_that_comes_late_fails() -> None:
    log = []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(int)
        future.add_done_callback(lambda _: log.append("called back"))
        future.result()
        log.append("had the result")
    assert log == ["called back", "had the result"]


@searched
def a_future_that_runs_fails() -> None:
    counter = Counter()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(counter.add)
        assert not future.running()


@searched
def a_future_that_is_there_too_soon_fails() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert not pool.submit(int).done()


@searched
def futures_as_they_are_completed_fails() -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(lambda number=number: number) for number in range(2)]
        assert [future.result() for future in concurrent.futures.as_completed(futures)] == [0, 1]


@searched
def a_task_that_is_done_too_early_fails() -> None:
    tasks: queue.Queue[int] = queue.Queue()
    counter = Counter()

    def work() -> None:
        tasks.get()
        tasks.task_done()
        counter.add()

    thread = threading.Thread(target=work)
    thread.start()
    tasks.put(1)
    tasks.join()
    seen = counter.value
    thread.join()
    assert seen == 1


@searched
def a_condition_for_which_two_wait_fails() -> None:
    condition = threading.Condition()
    log: list[int] = []
    ready: list[int] = []

    def waits(number: int) -> None:
        with condition:
            condition.wait_for(lambda: ready)
            log.append(number)

    def wakes() -> None:
        with condition:
            ready.append(1)
            condition.notify_all()

    stress.parallel(lambda: waits(0), lambda: waits(1), wakes)
    assert log == [0, 1]
