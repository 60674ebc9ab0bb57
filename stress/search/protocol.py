"""What a search strategy is, and what it may rely on.

An exploration has one strategy; for each execution it calls `begin`, the execution itself then `follow`, once, and
`choose` wherever more than one thread can go on, and the exploration `end`, if it counts. All are called one at a time,
but from different OS threads: `choose` in a thread of the scenario, which may be near the limit of recursion, so that
it is shallow and cheap. What it raises is a bug of ours, but for RecursionError: then the execution makes a choice of
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from stress.events import Event, OperationSite, Path, Pending, Touch

if TYPE_CHECKING:
    from stress.search.dpor import Dpor


class Thread(Protocol):
    """A thread of the scenario, as far as a strategy knows it. It lives for one execution."""

    @property
    def number(self) -> int:
        """In order of creation, from 0: differs between executions that start threads in another order."""
        ...

    @property
    def path(self) -> Path:
        """The same in every execution."""
        ...

    @property
    def site(self) -> OperationSite | None:
        """Where the operation stands that it is about to do; None if it has only just started."""
        ...

    @property
    def steps(self) -> int:
        """How many operations it has come to, the pending one among them: 0 if it has only just started. Only if
        `sees` is set."""
        ...

    @property
    def would_time_out(self) -> bool:
        """Whether it waits in vain, and to choose it ends its wait."""
        ...

    @property
    def in_vain(self) -> bool:
        """Whether it is about to try to take a lock that another thread holds. Only if `sees` is set."""
        ...

    @property
    def pending(self) -> Sequence[Touch]:
        """What the operation does that it is about to do, with the numbers of the objects, which hold for this
        execution; empty if it touches nothing, or the thread has only just started. Only if `sees` is set."""
        ...


T = TypeVar("T", bound=Thread)


class Strategy(Protocol):
    """Who runs next, in each execution of one exploration."""

    @property
    def early(self) -> bool:
        """Whether time-outs may end early in the execution that has begun: then threads that wait with a time limit
        are among the enabled ones, and to choose one ends its wait."""
        ...

    @property
    def sees(self) -> bool:
        """Whether it reads threads' `steps` and `pending`, and the execution's events, in the execution that has
        begun."""
        ...

    def begin(self, execution: int) -> None:
        """Prepares for the execution of this number, from 0, or later if others had the ones before. Numbers rise; one
        that comes again means that the run before it was given up, or is to be made anew, and counts for nothing.

        What it does with the seed and this number is the same on every Python. It may learn from executions that
        counted (`end`), and from nothing else.
        """
        ...

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        """The execution that has begun runs now. decisions: the number of the thread chosen, wherever there was a
        choice; events: what was done, in order, if `sees` is set. Both are empty, and grow as it goes on."""
        ...

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread to run next.

        enabled: those that can go on, two or more, in order of creation. current: the one that ran last; it is at its
        next operation, or waits, or has ended. The chosen one does its pending operation and goes on to the next; one
        that has only just started runs to its first. An execution in which for 20,000 operations nothing changed is a
        livelock: so that it is none of the strategy's making, each enabled thread is chosen long before that.
        """
        ...

    @property
    def stays_until(self) -> int:
        """Asked after `choose`, if `sees` is set: as long as fewer events than this were done, it would choose the
        thread that runs, where that can go on and isn't about to try something in vain; so it isn't asked."""
        ...

    @property
    def finishes(self) -> bool:
        """Whether it is about to run all that there is, and looks as if it could."""
        ...

    @property
    def traces(self) -> Dpor | None:
        """The search of traces that it is or has; None if it has none."""
        ...

    @property
    def exhausted(self) -> bool:
        """Whether every trace was executed: there is nothing left to begin."""
        ...

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        """The execution is over, and counts. Returns whether it began as the strategy wanted; if not, the scenario does
        not do the same again.

        events: what it did, if `sees` is set. blocked: what the threads were about to do that could not go on. levels:
        how much there was of a resource at first, by the number of its object. complete: no thread could go on, and
        `events` has all that was done.
        """
        ...
