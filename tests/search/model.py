"""Threads without threads: small programs whose every interleaving can be listed.

A thread is a generator: it yields what it does next, and is sent what came of it.

    ("read", x) gives the value, ("write", x, value), ("swap", x, value) gives the value before
    ("acquire", l), ("release", l), ("try", l) gives whether it got it, ("timed", l) likewise, after a wait
    ("put", q), ("get", q) waits for an item; ("start", function, ...), ("join", path)

`run` runs one interleaving under a strategy; `traces` lists the traces of all, by trying each choice everywhere: what a
strategy finds is compared with it. Nothing of stress is used but the words of events.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Generator, Sequence
from typing import Any

from stress.events import READ, STATE, UPDATE, WRITE, Event, OperationSite, Path, Pending, Touch

Body = Callable[[], Generator[tuple[Any, ...], Any, None]]
_MODES = {"read": READ, "write": WRITE, "swap": UPDATE}


@dataclasses.dataclass
class Thread:
    path: Path
    number: int
    steps: Generator[tuple[Any, ...], Any, None]
    next: tuple[Any, ...] | None = None
    begun: bool = False
    started: int = 0
    results: list[Any] = dataclasses.field(default_factory=list)
    would_time_out: bool = False
    in_vain: bool = False
    pending: tuple[Touch, ...] = ()


@dataclasses.dataclass
class Ran:
    """One execution. stuck: the threads that could not go on."""

    events: list[Event]
    what: list[tuple[Any, ...]]
    results: dict[Path, tuple[Any, ...]]
    stuck: list[Thread]
    levels: dict[int, int]
    values: dict[Any, Any]

    def pending(self) -> list[Pending]:
        """What the threads were about to do that could not go on."""
        return [
            Pending(each.path, "queue" if each.next[0] == "get" else "lock", each.pending)
            for each in self.stuck
            if each.next is not None and each.next[0] != "join"
        ]

    def trace(self) -> Any:
        """The same for each execution of a trace, and for no other."""
        count: dict[Path, int] = {}
        labels, order = set(), set()
        before: dict[int, list[tuple[Any, str]]] = {}  # by thing: who touched it, and how
        for event in self.events:
            count[event.path] = count.get(event.path, 0) + 1
            label = event.path, count[event.path], event.timed_out
            labels.add(label)
            for mode, thing, _ in event.accesses:
                for other, how in before.setdefault(thing, []):
                    if other[0] != event.path and (mode != READ or how != READ):
                        order.add((other, label))
                before[thing].append((label, mode))
        return (
            frozenset(labels),
            frozenset(order),
            tuple(sorted(self.results.items())),
            frozenset(each.path for each in self.stuck),
        )


@functools.cache
def _site(word: str, mode: str) -> OperationSite:
    return OperationSite(word, mode, word)


def run(main: Body, strategy: Any) -> Ran:
    """One execution: `main` is thread (), `strategy` chooses wherever there is a choice."""
    threads = [Thread((), 0, main())]
    values: dict[Any, Any] = {}
    numbers: dict[Any, int] = {}
    ended: set[Path] = set()
    events: list[Event] = []
    what: list[tuple[Any, ...]] = []
    levels: dict[int, int] = {}
    decisions: list[int] = []
    current = threads[0]

    def number(thing: Any) -> int:
        if thing not in numbers:
            numbers[thing] = len(numbers)
            levels[numbers[thing]] = 1 if str(thing).startswith("l") else 0
        return numbers[thing]

    def touches(thread: Thread) -> tuple[Touch, ...]:
        assert thread.next is not None
        word, *rest = thread.next
        if word in _MODES:
            return ((_MODES[word], number(rest[0]), ("attribute", "x")),)
        if word in ("acquire", "release", "try", "timed", "put", "get"):
            return ((UPDATE, number(rest[0]), STATE),)
        if word == "join":
            return ((READ, number(("end", rest[0])), STATE),)
        if word == "start":
            started = range(thread.started, thread.started + len(rest))
            return tuple((UPDATE, number(("end", (*thread.path, each))), STATE) for each in started)
        assert word == "end"
        return ((UPDATE, number(("end", thread.path)), STATE),)

    def advance(thread: Thread, result: Any) -> None:
        try:
            thread.next = thread.steps.send(result) if thread.begun else next(thread.steps)
        except StopIteration:
            thread.next = ("end",)
        thread.begun = True
        thread.pending = touches(thread)

    def possible(thread: Thread) -> bool:
        thread.would_time_out = thread.in_vain = False
        if thread.path in ended:
            return False
        assert thread.next is not None
        word, *rest = thread.next
        if word in ("acquire", "timed") and values.get(rest[0]):
            thread.would_time_out = word == "timed"
            return thread.would_time_out
        if word == "try":
            thread.in_vain = values.get(rest[0], 0) not in (0, (thread.path,))
        if word == "get":
            return bool(values.get(rest[0]))
        return word != "join" or rest[0] in ended

    advance(threads[0], None)
    strategy.follow(decisions, events)
    while enabled := [thread for thread in threads if possible(thread)]:
        chosen = current = strategy.choose(enabled, current) if len(enabled) > 1 else enabled[0]
        if len(enabled) > 1:
            decisions.append(chosen.number)
        assert chosen.next is not None
        word, *rest = chosen.next
        mode = _MODES.get(word, UPDATE)
        event = Event(chosen.number, chosen.path, len(events), _site(word, mode), mode, chosen.pending)
        result: Any = None
        if word in _MODES:
            result = values.get(rest[0], 0)
            if word != "read":
                values[rest[0]] = rest[1]
        elif word in ("acquire", "timed", "try"):
            result = not values.get(rest[0])
            if word == "try":
                event.tries = True
            else:
                event.needs = "lock"
                event.may_time_out = word == "timed"
                event.timed_out = not result
            if result:
                values[rest[0]] = (chosen.path,)
                event.delta = -1
            else:
                event.mode = READ
                event.accesses = tuple((READ, thing, location) for _, thing, location in event.accesses)
        elif word == "release":
            values[rest[0]] = 0
            event.delta = 1
        elif word == "put":
            values[rest[0]] = values.get(rest[0], 0) + 1
            event.delta = 1
        elif word == "get":
            values[rest[0]] -= 1
            event.needs, event.delta = "queue", -1
        elif word == "start":
            for body in rest:
                path = (*chosen.path, chosen.started)
                chosen.started += 1
                threads.append(Thread(path, len(threads), body()))
                advance(threads[-1], None)
                event.starts += (path,)
        elif word == "join":
            event.needs, event.mode = "thread", READ
        else:
            ended.add(chosen.path)
            event.delta = 1
        events.append(event)
        what.append((chosen.path, *chosen.next, result))
        chosen.results.append(result)
        if word != "end":
            advance(chosen, result)
    return Ran(
        events,
        what,
        {thread.path: tuple(thread.results) for thread in threads},
        [thread for thread in threads if thread.path not in ended],
        levels,
        values,
    )


class _Script:
    """Takes the first thread, but where it was told which one; notes how many there were. One that has nothing left to
    do ends at once: only a join hangs on that, which can't come before it."""

    def __init__(self, script: Sequence[int]) -> None:
        self.script = script
        self.choices: list[int] = []

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None: ...

    def choose(self, enabled: Sequence[Thread], current: Thread) -> Thread:
        for thread in enabled:
            if thread.next == ("end",):
                return thread
        here = len(self.choices)
        self.choices.append(len(enabled))
        return enabled[self.script[here] if here < len(self.script) else 0]


def traces(main: Body, most: int = 10**9) -> dict[Any, Ran] | None:
    """Every trace of a program, by trying each interleaving; None if there are more interleavings than `most`."""
    found: dict[Any, Ran] = {}
    waiting: list[list[int]] = [[]]
    tried = 0
    while waiting:
        script = waiting.pop()
        tried += 1
        if tried > most:
            return None
        chooser = _Script(script)
        ran = run(main, chooser)
        found.setdefault(ran.trace(), ran)
        for position in range(len(script), len(chooser.choices)):
            for choice in range(1, chooser.choices[position]):
                waiting.append([*script, *([0] * (position - len(script))), choice])
    return found


def side_by_side(*bodies: Body) -> Body:
    """Starts them in one step, and ends."""

    def main() -> Generator[tuple[Any, ...], Any, None]:
        yield ("start", *bodies)

    return main
