"""PCT, probabilistic concurrency testing: S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A Randomized
Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010.

Threads get random distinct priorities, and the highest one that is enabled runs. At depth - 1 positions, each drawn
from all k alike and independently, the thread that ran last drops below all that never dropped: at the i-th to the
i-th of depth - 1 places there, so that of two that dropped either may be the higher one. A bug of depth d (d ordering
constraints suffice for it) among n threads is found with probability 1 / (n * k**(d - 1)) or more an execution of
pct:d.

k counts choices, not operations: while one thread alone can go on there is nothing to decide, and a drop then does what
one at the next choice does (section 4 of the paper). Departs from the paper: k isn't known beforehand, but is that of
the longest execution so far, and the first one has no drops; and after every 1,000 choices the thread that ran last
drops below all others, since priorities alone would let it spin for ever while it waits for one below it. Executions of
up to 1,000 choices are the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence

from stress.events import Event, Pending
from stress.search.protocol import T
from stress.search.seeded import FIRST, Seeded, patience


class PCT(Seeded):
    """depth: how many ordering constraints a bug may need, from 1; 1 makes no drops."""

    def __init__(self, seed: int, depth: int = 3) -> None:
        super().__init__(seed)
        self._depth = depth
        self._longest = 0  # choices
        self._priorities: dict[int, float] = {}  # by the thread's number; the dropped ones have less than 0
        self._drops: dict[int, int] = {}  # position -> priority
        self._lowest = 0
        self._impatient = FIRST  # the position where patience ends

    def begin(self, execution: int) -> None:
        super().begin(execution)
        longest = self._longest
        drops = min(self._depth - 1, longest)  # no execution has more
        # Of two at one position the later one counts, which is as if the thread dropped twice.
        self._drops = {int(self.draw() * longest): -place for place in range(1, drops + 1)}
        self._priorities = {}
        self._lowest = -drops
        self._impatient = FIRST

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread to run next: of `enabled` the one with the highest priority."""
        priorities = self._priorities
        position = len(self._decisions)
        if position in self._drops:
            priorities[current.number] = self._drops[position]
        if position >= self._impatient:
            self._impatient = position + patience(len(enabled))
            self._lowest -= 1
            priorities[current.number] = self._lowest
        chosen = enabled[0]
        highest: float | None = None
        for thread in enabled:
            priority = priorities.get(thread.number)
            if priority is None:
                priority = priorities[thread.number] = self.draw()
            if highest is None or priority > highest:
                highest = priority
                chosen = thread
        return chosen

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        """The execution counts, and is learned from."""
        self._longest = max(self._longest, len(self._decisions))
        return True
