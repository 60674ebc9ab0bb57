"""Follows the decisions of an execution that was: the same threads, wherever there is a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Numbered(Protocol):
    """A thread, as far as a schedule knows it."""

    @property
    def number(self) -> int: ...


T = TypeVar("T", bound=Numbered)


class Strategy(Protocol):
    """Another strategy."""

    def choose(self, enabled: Sequence[T], current: T) -> T: ...


class Following:
    """A strategy for one execution.

    decisions: the number of the thread chosen, wherever there was a choice. early: whether time-outs could come early.
    after: chooses where there are no more decisions.
    `stale` is set where the decision names a thread that can't be chosen, or where there are no more decisions and
    nobody is to choose then; from there on it chooses the current thread, if it can go on, else the first.
    """

    def __init__(self, decisions: Sequence[int], early: bool, after: Strategy | None = None) -> None:
        self.early = early
        self.stale = False
        self._decisions = iter(decisions)
        self._after = after

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread that the schedule names."""
        if not self.stale:
            number = next(self._decisions, -1)
            if number < 0 and self._after is not None:
                return self._after.choose(enabled, current)
            for thread in enabled:
                if thread.number == number:
                    return thread
            self.stale = True
        return current if current in enabled else enabled[0]

    @property
    def left_over(self) -> bool:
        """Whether decisions are left over."""
        return next(self._decisions, None) is not None
