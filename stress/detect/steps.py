"""What the scheduler has no hold on: a step that doesn't come back, and a scenario that is not deterministic."""

from __future__ import annotations

from typing import NamedTuple

from stress.events import Site, line_of
from stress.failure import Failure

NO_SCHEDULE = "What decides between them is no choice of who runs next: no schedule would give the same again."


class Came(NamedTuple):
    """What came in one of two runs, in words, and where, if that is known."""

    what: str
    site: Site | None = None

    def __str__(self) -> str:
        return self.what if self.site is None else f"{self.what} {self.site}"


def uncontrolled_blocking(thread: str, site: Site, awaited: str, runs: bool, seconds: float) -> Failure:
    """The failure of an execution in which one step did not come back within so many real seconds.

    runs: it executes Python code, so that it may be a loop in which no operation is done.
    """
    lines = [
        f"uncontrolled blocking: a step did not come back within {seconds:g} s",
        f"  {thread}",
        *([f"      waits for {awaited}"] if awaited else []),
        *(["      still running: a long computation, or a loop that touches nothing shared"] if runs else []),
        *line_of(site),
    ]
    return Failure("uncontrolled blocking", None, "\n".join(lines), sites=(site,))


def nondeterministic(same: int, one: Came, other: Came, clue: str) -> Failure:
    """The failure of a scenario that did something else when the same choices were made again.

    same: how many operations were the same. one, other: what came then in either run.
    """
    lines = [
        "nondeterministic: the same choices were made twice, and led to something else",
        f"  the first {same:,} operations were the same; then, in one run,",
        *_told(one),
        "  and in the other",
        *_told(other),
        f"  {clue}",
    ]
    sites = tuple(came.site for came in (one, other) if came.site is not None)
    return Failure("nondeterministic", None, "\n".join(lines), sites=sites)


def changing(times: int) -> Failure:
    """The failure of a scenario that did the same when the same choices were made again at once, and something else
    later, so many times."""
    lines = [
        "nondeterministic: the same choices were made twice, and led to something else",
        f"  {times} times: what was repeated at once did the same, and what was repeated later did not",
        "  perhaps state that outlives an execution (a global, a cache) and goes on changing",
    ]
    return Failure("nondeterministic", None, "\n".join(lines))


def _told(came: Came) -> list[str]:
    return [f"      {came.what}", *(line_of(came.site) if came.site else [])]
