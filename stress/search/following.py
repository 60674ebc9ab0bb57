"""Follows the decisions of an execution that was: the same threads, wherever there is a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from stress.events import Event
from stress.schedule import Numbered, by_default


class Enabled(Numbered, Protocol):
    """A thread that may be chosen."""

    @property
    def would_time_out(self) -> bool: ...


T = TypeVar("T", bound=Enabled)


class Following:
    """A strategy for one execution.

    decisions: the number of the thread chosen, wherever there was a choice. early: whether time-outs could come early.
    `stale` is set where the decision names a thread that can't be chosen, or where there are no more decisions; from
    there on all is by default.
    """

    sees = False
    stays_until = 0

    def __init__(self, decisions: Sequence[int], early: bool) -> None:
        self.early = early
        self.stale = False
        self._decisions = decisions
        self._made: Sequence[int] = ()

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        self._made = decisions

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread that the schedule names."""
        position = len(self._made)
        if not self.stale and position < len(self._decisions):
            number = self._decisions[position]
            for thread in enabled:
                if not thread.number - number:  # `==` may be one call too many for a thread at the recursion limit
                    return thread
        self.stale = True
        can = [thread for thread in enabled if not thread.would_time_out]
        return by_default(can, current) if can else enabled[0]

    @property
    def unfit(self) -> bool:
        """Whether the execution, if it is over, wasn't the one of the decisions, or came to its end before."""
        return self.stale or len(self._made) < len(self._decisions)
