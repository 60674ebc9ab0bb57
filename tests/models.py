"""Threads without threads: models of programs, run by a strategy through its protocol, and all that chance can do.

A thread is a generator of operations: what stands behind a `yield` is done once the operation was. `run` is one
execution:

    def body(): yield touch("a1", WRITE); yield touch("a2", WRITE)
    run(RandomWalk(0), 0, together(body, body))

`distribution` runs something again and again, once for each way in which its draws can come out, and adds up the exact
probabilities of what comes of it. A draw is used as a fraction of a whole number (each part is as likely) or compared
with others (each rank among them is as likely); both are exact.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from stress.events import READ, UPDATE, Event, OperationSite, Path, Touch, attribute
from stress.search.protocol import Strategy

Body = Callable[[], "Iterator[Operation]"]


class Operation(NamedTuple):
    """One operation. can: whether it can be done now. starts: threads that it starts."""

    site: OperationSite
    accesses: tuple[Touch, ...] = ()
    can: Callable[[], bool] = lambda: True
    starts: tuple[Body, ...] = ()


@dataclass(eq=False)
class Thread:
    """As the protocol has it."""

    number: int
    path: Path
    rest: Iterator[Operation]
    steps: int = 0
    operation: Operation | None = None
    ended: bool = False
    would_time_out: bool = False
    children: list[Thread] = field(default_factory=list)

    @property
    def site(self) -> OperationSite | None:
        return None if self.operation is None else self.operation.site

    @property
    def pending(self) -> tuple[Touch, ...]:
        return () if self.operation is None else self.operation.accesses

    def go_on(self) -> None:
        """To its next operation."""
        self.operation = next(self.rest, None)
        self.steps += 1
        self.ended = self.operation is None


START = OperationSite("call", UPDATE, "start")
JOIN = OperationSite("call", READ, "join")


@functools.cache
def touch(name: str, mode: str, thing: int = 0, location: str = "x") -> Operation:
    """An access of an attribute of an object, in a place of the source that this name stands for."""
    return Operation(OperationSite("attribute", mode, name), ((mode, thing, attribute(location)),))


def steps(*operations: Operation) -> Body:
    """A thread that does these."""
    return lambda: iter(operations)


def together(*bodies: Body) -> Body:
    """A scenario that starts these in one step, as stress.parallel does, and waits for all."""

    def scenario() -> Iterator[Operation]:
        yield Operation(START, starts=bodies)
        yield Operation(JOIN, can=lambda: False)  # `run` ends when nobody can go on

    return scenario


class Lock:
    """A lock of a model, and the object of this number."""

    def __init__(self, thing: int) -> None:
        self.accesses: tuple[Touch, ...] = ((UPDATE, thing, ("state", None)),)
        self.held = False

    def held_for(self, name: str, *operations: Operation) -> Iterator[Operation]:
        yield Operation(_site(f"{name} acquires"), self.accesses, can=lambda: not self.held)
        self.held = True
        yield from operations
        yield Operation(_site(f"{name} releases"), self.accesses)
        self.held = False


@functools.cache
def _site(name: str) -> OperationSite:
    return OperationSite("call", UPDATE, name)


class Run(NamedTuple):
    """order: the names of the operations, START left out. threads: their paths. decisions: the numbers chosen."""

    order: tuple[str, ...]
    threads: tuple[Path, ...]
    decisions: tuple[int, ...]


def run(strategy: Strategy, execution: int, scenario: Body, most: int = 20_000, *, counts: bool = True) -> Run:
    """One execution, until nobody can go on or `most` operations are done. counts: it wasn't given up."""
    threads = [Thread(0, (), scenario())]
    decisions: list[int] = []
    events: list[Event] = []
    strategy.begin(execution)
    strategy.follow(decisions, events)
    current = threads[0]
    while len(events) < most:
        enabled = [
            thread for thread in threads if not thread.ended and (thread.operation is None or thread.operation.can())
        ]
        if not enabled:
            break
        if len(enabled) > 1:
            chosen = strategy.choose(list(enabled), current)
            assert any(thread is chosen for thread in enabled), "not enabled"
            current = chosen
            decisions.append(current.number)
        else:
            current = enabled[0]
        if current.operation is not None:
            site, accesses, _, starts = current.operation
            event = Event(current.number, current.path, len(events), site, site.mode, accesses)
            events.append(event)
            for body in starts:
                child = Thread(len(threads), (*current.path, len(current.children)), body())
                current.children.append(child)
                threads.append(child)
                event.starts += (child.path,)
        current.go_on()
    if counts:
        strategy.end(events, [], {}, len(events) < most)
    done = [event for event in events if event.site is not START]
    return Run(tuple(event.site.name for event in done), tuple(event.path for event in done), tuple(decisions))


# --- all that chance can do -------------------------------------------------------------------------------------------


class Chance:
    """One way in which draws come out: the branch taken at each, of so many that are equally likely."""

    def __init__(self, branches: list[list[int]]) -> None:
        self._branches = branches  # [taken, of how many]; those that aren't there yet begin with the first
        self._met = 0
        self.ranked: list[Draw] = []  # the draws that were compared, by size

    def draw(self) -> Any:
        return Draw(self)

    def branch(self, among: int) -> int:
        """Which of so many."""
        if self._met == len(self._branches):
            self._branches.append([0, among])
        taken, known = self._branches[self._met]
        assert known == among, "what the draws are used for isn't determined by the draws"
        self._met += 1
        return taken


class Draw:
    """A number from 0 on, below 1, as far as anybody asked."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def __mul__(self, number: int) -> int:
        return self._chance.branch(number)

    def _rank(self) -> int:
        ranked = self._chance.ranked
        if not any(other is self for other in ranked):
            ranked.insert(self._chance.branch(len(ranked) + 1), self)
        return next(rank for rank, other in enumerate(ranked) if other is self)

    def __gt__(self, other: Draw | float) -> bool:
        if not isinstance(other, Draw):
            assert other < 0
            return True
        self._rank()  # which may move the other
        other._rank()
        return self._rank() > other._rank()

    def __lt__(self, other: Draw | float) -> bool:
        return other > self if isinstance(other, Draw) else not self > other


def distribution(play: Callable[[Callable[[], Any]], Hashable]) -> dict[Any, Fraction]:
    """The exact probability of each value that `play`, which is handed what to draw with, can come to."""
    found: Counter[Any] = Counter()
    branches: list[list[int]] = []
    while True:
        value = play(Chance(branches).draw)
        probability = Fraction(1)
        for _, among in branches:
            probability /= among
        found[value] += probability  # type: ignore[assignment]
        while branches and branches[-1][0] + 1 == branches[-1][1]:
            branches.pop()
        if not branches:
            return dict(found)
        branches[-1][0] += 1
