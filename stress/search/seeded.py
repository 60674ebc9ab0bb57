"""What strategies that draw have in common: numbers by seed and execution, early time-outs in every second execution.

Execution i of seed s draws from random.Random(s * 2**32 + i), so that none depends on what ran before it, and
`random()`, which is the same in every CPython, decides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

from stress.events import Event, Pending

# A strategy that isn't fair by itself lets somebody else run after so many choices; both numbers are arbitrary. With
# n threads in its way, each of which only spins, the last one is let run after MOST + FIRST choices: well before the
# 20,000 that make a livelock.
FIRST: Final = 1_000
MOST: Final = 10_000


def patience(enabled: int) -> int:
    """For how many choices a strategy may pass over one of so many threads, before it does something about it."""
    return min(FIRST, MOST // enabled)


class Seeded:
    """The beginning of a strategy that draws.

    draw: gives a number from 0 on, below 1; a test may put its own in its place.
    """

    early = sees = False
    exhausted = finishes = False
    traces = None
    stays_until = 0

    def __init__(self, seed: int) -> None:
        self._seed = abs(seed) * 2 + (seed < 0)
        numbers = random.Random()
        self.draw: Callable[[], float] = numbers.random
        # Of a number, random.Random.seed makes no more than the C class does, in Python.
        self._begin = super(random.Random, numbers).seed
        self._decisions: Sequence[int] = ()
        self._events: Sequence[Event] = ()

    def begin(self, execution: int) -> None:
        """Prepares for the execution of this number."""
        self.early = execution % 2 == 1
        self._begin(self._seed * 2**32 + execution)

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        """The execution runs now."""
        self._decisions = decisions
        self._events = events

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        """The execution is over, and counts."""
        return True
