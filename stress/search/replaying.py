"""Follows a schedule: the choices that it names, and at all others the one by default.

Notices at once when the execution isn't the one that the schedule was taken from, and can say at which of its switches,
what was expected and what was found. What it can't notice is another execution that fits all the same. Operations
inside the standard library differ from one version of Python to the next: a switch in a call that has fewer of them
comes when that call is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from stress.events import Event, printable
from stress.schedule import ABOUT, ENDED, ENDING, WAITS, Position, Schedule, by_default


class Placed(Protocol):
    """A thread, as far as a schedule knows it."""

    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def ended(self) -> bool: ...
    @property
    def tired(self) -> bool: ...
    @property
    def would_time_out(self) -> bool: ...
    @property
    def deadline(self) -> float | None: ...
    @property
    def counted(self) -> Any: ...


T = TypeVar("T", bound=Placed)

BEFORE, HERE, PAST = "before", "here", "past"


class Replaying:
    """A strategy for one execution, which has to be recorded.

    `stale` is set where the schedule doesn't fit; from there on all is by default.
    """

    sees = True
    stays_until = 0

    def __init__(self, schedule: Schedule) -> None:
        self.early = any(switch.early for switch in schedule.switches)
        self.stale = False
        self._switches = schedule.switches
        self._next = 0
        self._found: tuple[Placed, Position, Any] | None = None  # the thread, where it was, and the place of that
        self._missing = False  # it was there, and the thread to follow couldn't go on

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None: ...

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread that the schedule names, if it names one here."""
        can = [thread for thread in enabled if not thread.would_time_out]
        usual = current if current in can and not current.tired else None
        if usual is None:
            usual = by_default(can, current) if can else min(enabled, key=_due)
        if self.stale or self._next == len(self._switches):
            return usual
        switch = self._switches[self._next]
        if current.number != switch.thread:
            return usual
        position = current.counted.position(current in can, current.ended, not switch.position.taken)
        where = _where(position, switch.position, current.counted.operation)
        if where == BEFORE:
            return usual
        if where == HERE:
            for thread in enabled:
                if thread.number == switch.following and thread.would_time_out == switch.early:
                    self._next += 1
                    return thread
            self._missing = True
        self.stale = True
        self._found = current, position, current.counted.place
        return usual

    @property
    def unfit(self) -> bool:
        """Whether the execution, if it is over, wasn't the one of the schedule, or came to its end before."""
        return self.stale or self._next < len(self._switches)

    def misfit(self) -> str:
        """Where it doesn't fit, once the execution is over: at which switch, what was expected, what was found."""
        switch = self._switches[self._next]
        lines = [
            f"at switch {self._next + 1} of {len(self._switches)}, {switch}",
            "  expected",
            f"      thread {switch.thread} {switch.position.told},",
            f"      and then thread {switch.following} {'timing out early' if switch.early else 'to go on'}",
            "  found",
        ]
        if self._found is None:
            lines.append(f"      the end: thread {switch.thread} didn't get there")
            return "\n".join(lines)
        thread, position, place = self._found
        if self._missing:
            lines.append(f"      that thread {switch.following} couldn't, when")
        lines.append(f"      thread {thread.number}, {thread.name}, was {position.told}")
        if place is not None and position.state in (ABOUT, WAITS):
            site = place.shown()
            lines.append(printable(f"      {site}  {site.text}".rstrip()))
        if switch.position.inner:
            lines.append("  the standard library of another version of Python does other operations")
        return "\n".join(lines)


def _due(thread: Placed) -> tuple[float, int]:
    assert thread.deadline is not None
    return thread.deadline, thread.number


def _where(here: Position, expected: Position, operation: int) -> str:
    """Whether a thread is where it is expected, or before, or past that. operation: how many of the user's code it has
    come to."""
    if here == expected:
        return HERE
    if expected.state == ENDED:
        return BEFORE
    if expected.state == ENDING:
        return PAST if here.state == ENDED else BEFORE
    over = here.state in (ENDING, ENDED) or here.operation > expected.operation
    if expected.inner:
        if over and operation < expected.operation:
            return PAST
        over = over or (here.operation == expected.operation and here[3:6] > expected[3:6])
        return HERE if over else BEFORE
    if expected.state == WAITS and here.operation == expected.operation:
        over = over or here.waits > expected.waits
    elif here.operation == expected.operation:
        over = True
    return PAST if over else BEFORE
