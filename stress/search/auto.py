"""The default: a few executions of each kind, then all traces if they aren't too many, else some of each kind again.

Random walk, POS and PCT find between them most shallow bugs within a few executions, whatever the scenario's size. If
none is there, DPOR goes through the traces, as long as the estimate of their number says that it will come to an end
soon; then the scenario is proved. Else random walk, POS, PCT and SURW take turns, for as long as the budget lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stress.events import Event, Pending
from stress.search.dpor import Dpor
from stress.search.pct import PCT
from stress.search.pos import POS
from stress.search.protocol import Strategy, T
from stress.search.random_walk import RandomWalk
from stress.search.surw import SURW

# Arbitrary numbers: three are done in a few milliseconds, and 3,000 in seconds.
FIRST: Final = 12  # executions, before traces are searched
BETWEEN_LOOKS: Final = 50  # traces, between two looks at the estimate
MOST: Final = 3_000  # traces


class Auto:
    """A strategy for each execution of one exploration: that of another strategy."""

    def __init__(self, seed: int) -> None:
        self.traces = Dpor(seed)
        walks = RandomWalk(seed), POS(seed), PCT(seed)
        self._first: Sequence[Strategy] = walks
        self._portfolio: Sequence[Strategy] = (*walks, SURW(seed))
        self._now: Strategy = walks[0]
        self.finishes = True

    @property
    def early(self) -> bool:
        """As the strategy has it whose turn it is; so are the others."""
        return self._now.early

    @property
    def sees(self) -> bool:
        return self._now.sees

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to execute. Where an execution strayed, so that something was left out, there is."""
        return self.traces.exhausted and not self.traces.strayed

    def begin(self, execution: int) -> None:
        """Prepares for the execution of this number: decides whose turn it is."""
        if execution < FIRST:
            self._now = self._first[execution % len(self._first)]
        elif self.finishes:
            self._now = self.traces
        else:
            self._now = self._portfolio[execution % len(self._portfolio)]
        self._now.begin(execution)

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        self._now.follow(decisions, events)

    def choose(self, enabled: Sequence[T], current: T) -> T:
        return self._now.choose(enabled, current)

    @property
    def stays_until(self) -> int:
        return self._now.stays_until

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        """The execution is over, and counts. Gives the search of traces up once they look too many."""
        as_planned = self._now.end(events, blocked, levels, complete)
        traces = self.traces
        # Not when it has just begun anew: nothing is known then of how many there are.
        look = as_planned and self._now is traces and traces.executed % BETWEEN_LOOKS == 0
        if (look and traces.estimate > MOST) or (traces.exhausted and traces.strayed):
            self.finishes = False
        return as_planned
