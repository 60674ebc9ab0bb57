"""The random walk: at every operation, each thread that can go on is as likely as any other.

Finds a bug that needs d given choices among n threads with probability n**-d an execution, and a bug that a run of k
equal choices needs with 2**-k: good for shallow bugs of small scenarios, and cheap. Every second execution lets
time-outs come early, as further choices.

Execution i of seed s draws from random.Random(s * 2**32 + i), so that none depends on what ran before it, and
`random()`, which is the same in every CPython, decides.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from stress.events import Event, Pending

T = TypeVar("T")


class RandomWalk:
    """A strategy for each execution of one exploration."""

    early = sees = False

    def __init__(self, seed: int) -> None:
        self._seed = abs(seed) * 2 + (seed < 0)
        walk = random.Random()
        self._draw = walk.random
        # Of a number, random.Random.seed makes no more than the C class does, in Python.
        self._begin = super(random.Random, walk).seed

    def begin(self, execution: int) -> None:
        """Prepares for the execution of this number, from 0."""
        self.early = execution % 2 == 1
        self._begin(self._seed * 2**32 + execution)

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None: ...

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread to run next, one of `enabled`, each as likely as any other."""
        return enabled[int(self._draw() * len(enabled))]

    exhausted = False

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        """Whether it began as planned: nothing is."""
        return True
