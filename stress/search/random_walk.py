"""The random walk: at every operation, each thread that can go on is as likely as any other.

Finds a bug that needs d given choices among n threads with probability n**-d an execution, and a bug that a run of k
equal choices needs with 2**-k: good for shallow bugs of small scenarios, and cheap. Every second execution lets
time-outs come early, as further choices.
"""

from __future__ import annotations

from collections.abc import Sequence

from stress.search.protocol import T
from stress.search.seeded import Seeded


class RandomWalk(Seeded):
    """A strategy for each execution of one exploration."""

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread to run next, one of `enabled`, each as likely as any other."""
        return enabled[int(self.draw() * len(enabled))]
