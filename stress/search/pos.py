"""POS, partial order sampling: X. Yuan, J. Yang, R. Gu, "Partial Order Aware Concurrency Sampling", CAV 2018.

Each operation that a thread is about to do gets a random priority of its own, and the highest one is done. Then those
that raced with it (pending ones of other threads that could have been done instead, and depend on it) get new
priorities: what an operation lost against one rival says nothing about the next. The others keep theirs, so that the
order of independent operations takes little from the orders that matter: that n of them pass one of another thread has
probability 1 / (n + 1), where a random walk has 2**-n.

Departs from the paper: it knows threads by their first operations, so one that has only just started is run up to its
first, which touches nothing; and all priorities are drawn anew after every 1,000 choices, since a low one could wait
longer than it takes to tell a livelock while another thread spins. Executions of up to 1,000 choices are the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence

from stress.events import depend
from stress.search.protocol import T
from stress.search.seeded import FIRST, Seeded, patience


class POS(Seeded):
    """A strategy for each execution of one exploration."""

    sees = True

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        # By the thread's number: for which of its operations, and the priority.
        self._priorities: dict[int, tuple[int, float]] = {}
        self._impatient = FIRST  # the position where patience ends

    def begin(self, execution: int) -> None:
        super().begin(execution)
        self._priorities = {}
        self._impatient = FIRST

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread to run next: of `enabled` the one whose operation has the highest priority."""
        priorities = self._priorities
        position = len(self._decisions)
        if position >= self._impatient:
            self._impatient = position + patience(len(enabled))
            priorities.clear()
        chosen = enabled[0]
        highest: float | None = None
        for thread in enabled:
            steps = thread.steps
            if not steps:
                return thread
            known = priorities.get(thread.number)
            if known is None or known[0] != steps:
                known = priorities[thread.number] = (steps, self.draw())
            if highest is None or known[1] > highest:
                highest = known[1]
                chosen = thread
        pending = chosen.pending
        for thread in enabled:
            if thread is not chosen and depend(pending, thread.pending):
                del priorities[thread.number]
        return chosen
