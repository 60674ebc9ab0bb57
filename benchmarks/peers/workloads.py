"""What throughput.py lets each tool explore: four programs, the same code for every tool. Knows no tool.

A workload is a class, its instance the state of one execution. Locks and queues are named by way of their modules while
an execution begins, so that a tool that replaces those names is met.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, TypeVar

Unit = TypeVar("Unit", bound=Callable[..., Any])


class Workload:
    """What they have in common.

    name: as printed. calls: of its units, the functions that do the work, in an execution. each: operations on shared
    state in one call (read, write, acquire, release, put, get and the like), however many steps a tool makes of them.
    right: the result of an execution in which nothing went wrong. racy: there are others.
    """

    name: ClassVar[str]
    calls: ClassVar[int]
    each: ClassVar[int]
    right: ClassVar[Hashable]
    racy: ClassVar[bool] = False

    def jobs(self) -> list[partial[Any]]:
        """What the threads do, one job each. Partials, not lambdas: their call is no bytecode that a tool would step
        through."""
        raise NotImplementedError

    def result(self) -> Hashable:
        """What came of it, asked when all threads have ended."""
        raise NotImplementedError

    def unit(self, function: Unit) -> Unit:
        """The function itself. Probed puts something around it."""
        return function


class Account:
    def __init__(self) -> None:
        self.balance = 100


def transfer(source: Account, target: Account, amount: int) -> None:
    source.balance -= amount
    target.balance += amount


class Bank(Workload):
    """Two threads, one transfer each, no lock. The amounts differ, so that every lost update shows in a balance."""

    name = "two-thread unsafe bank"
    calls, each = 2, 4
    right = 70, 130
    racy = True

    def __init__(self) -> None:
        self.source = Account()
        self.target = Account()

    def jobs(self) -> list[partial[Any]]:
        unit = self.unit(transfer)
        return [partial(unit, self.source, self.target, amount) for amount in (10, 20)]

    def result(self) -> Hashable:
        return self.source.balance, self.target.balance


class Counter(Workload):
    """Four threads, two increments each, under one lock: acquire, read, write, release."""

    name = "four-thread locked counter"
    calls, each = 4, 8
    right = 8

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value = 0

    def jobs(self) -> list[partial[Any]]:
        return [partial(self.unit(self.increment)) for _ in range(4)]

    def increment(self) -> None:
        for _ in range(2):
            with self.lock:
                self.value += 1

    def result(self) -> Hashable:
        return self.value


class Pipe(Workload):
    """A producer of four items and their consumer. The queue has room for two, so that either may have to wait."""

    name = "producer and consumer"
    calls, each = 2, 4
    right = 0, 1, 2, 3

    def __init__(self) -> None:
        self.items: queue.Queue[int] = queue.Queue(2)
        self.taken: list[int] = []

    def jobs(self) -> list[partial[Any]]:
        return [partial(self.unit(self.produce)), partial(self.unit(self.consume))]

    def produce(self) -> None:
        for item in range(4):
            self.items.put(item)

    def consume(self) -> None:
        for _ in range(4):
            self.taken.append(self.items.get())

    def result(self) -> Hashable:
        return tuple(self.taken)


def square(number: int) -> int:
    return number * number


class PoolMap(Workload):
    """Four squares by an executor of two workers. Each is submitted, taken, answered, and its answer read."""

    name = "ThreadPoolExecutor map"
    calls, each = 4, 4
    right = 0, 1, 4, 9

    def __init__(self) -> None:
        self.squares: tuple[int, ...] = ()

    def jobs(self) -> list[partial[Any]]:
        return [partial(self.map, self.unit(square))]

    def map(self, function: Callable[[int], int]) -> None:
        with ThreadPoolExecutor(2) as executor:
            self.squares = tuple(executor.map(function, range(4)))

    def result(self) -> Hashable:
        return self.squares


def in_threads(workload: type[Workload]) -> Hashable:
    """One execution, as a program by itself would do it: each job in a thread of its own. Returns its result."""
    state = workload()
    threads = [threading.Thread(target=job.func, args=job.args) for job in state.jobs()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return state.result()


WORKLOADS: dict[str, type[Workload]] = {workload.name: workload for workload in (Bank, Counter, Pipe, PoolMap)}


def probed(workload: type[Workload]) -> type[Workload]:
    """The same workload, but each call of a unit first makes an increment without a lock, and tells when it has ended.

    Its result is (the result, increments that weren't lost, calls that ended). With a GIL no switch that CPython makes
    by itself loses such an increment, so a lost one proves that the tool had the unit's thread in hand, also where a
    library started it. Read and write stand on two lines: a tool that switches between lines only can part them too.
    """

    class Probed(workload):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            self.seen = 0
            self.ended: list[None] = []

        def unit(self, function: Unit) -> Unit:
            def call(*arguments: Any) -> Any:
                seen = self.seen
                self.seen = seen + 1
                answer = function(*arguments)
                self.ended.append(None)
                return answer

            return call  # type: ignore[return-value]

        def result(self) -> Hashable:
            return super().result(), self.seen, len(self.ended)

    return Probed


def undone(workload: type[Workload], results: Collection[Any]) -> str | None:
    """Says which work wasn't done in some probed execution, None if all was."""
    ended = min(ended for _, _, ended in results)
    return f"{ended} of {workload.calls} units of work ended" if ended < workload.calls else None


def controlled(workload: type[Workload], results: Collection[Any]) -> bool:
    """Whether probed executions show that the threads were controlled, and interleaved in more ways than one."""
    counts = {seen for _, seen, _ in results}
    return len(counts) > 1 and min(counts) < workload.calls


def wrong(workload: type[Workload], results: Collection[Hashable]) -> str | None:
    """Says what is wrong with the results of plain executions, None if nothing is."""
    others = sorted(str(result) for result in results if result != workload.right)
    if others and not workload.racy:
        return f"wrong result: {others[0]}, not {workload.right}"
    return "finds no lost update" if workload.racy and not others else None
