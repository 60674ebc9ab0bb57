"""Every exception type of the project, and the one warning; imports nothing.

Three kinds of fault, never to be mixed up. A scenario that went wrong: StressFailure and its children, or the
scenario's own exception. A wrong call: TypeError, ValueError, NotImplementedError, StaleSchedule. A broken invariant
of ours: InternalError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stress.failure import Failure


class StressFailure(AssertionError):
    """A scenario failed, and raised no exception of its own that could be raised instead.

    `failure` is the Failure that tells what, who and where; str() of the exception is its report.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class Deadlock(StressFailure):
    """Threads wait for ever, or (natively) were still alive at the time limit."""


class Livelock(StressFailure):
    """Threads run for ever without getting anywhere, under a fair schedule."""


class LeakedLock(StressFailure):
    """A lock is still held by a thread that has ended, or by the scenario when it is over."""


class UncontrolledBlocking(StressFailure):
    """A step that isn't controlled (a file, a socket, C code) did not come back within `timeout`."""


class Nondeterministic(StressFailure):
    """The scenario did something else when the same schedule was repeated."""


class NotLinearizable(StressFailure):
    """No order of the operations, one after the other, explains their results."""


class DataRace(StressFailure):
    """Two threads accessed one location, at least one of them wrote, and nothing ordered the two."""


class StaleSchedule(ValueError):
    """A schedule that no longer fits its scenario."""


class NothingInstrumented(Exception):
    """Nothing that the scenario ran could be instrumented, so that nothing was controlled."""


class InternalError(Exception):
    """A bug in hypothesis-stress itself, never the scenario's fault."""


class UnreadFailureWarning(UserWarning):
    """An exploration that found a failure was dropped, and nobody had read it."""


# The kinds of failure (one word for one thing) and what is raised for each where the scenario raised nothing itself.
KINDS: Final[dict[str, type[StressFailure]]] = {
    "error": StressFailure,
    "deadlock": Deadlock,
    "livelock": Livelock,
    "leaked lock": LeakedLock,
    "uncontrolled blocking": UncontrolledBlocking,
    "nondeterministic": Nondeterministic,
    "not linearizable": NotLinearizable,
    "data race": DataRace,
}
