"""What the scheduler has no hold on: a step that doesn't come back, and a scenario that is not deterministic."""

from __future__ import annotations

from stress.events import Site
from stress.failure import Failure


def uncontrolled_blocking(thread: str, site: Site, awaited: str, runs: bool, seconds: float) -> Failure:
    """The failure of an execution in which one step did not come back within so many real seconds.

    runs: it executes Python code, so that it may be a loop in which no operation is done.
    """
    lines = [
        f"uncontrolled blocking: a step that isn't controlled did not come back within {seconds:g} s",
        f"  {thread}",
        *([f"      waits for {awaited}"] if awaited else []),
        *(["      still running: a long computation, or a loop that touches nothing shared"] if runs else []),
        f"      {site}  {site.text}".rstrip(),
    ]
    return Failure("uncontrolled blocking", None, "\n".join(lines), sites=(site,))


def nondeterministic(position: int, first: Site | None, second: Site | None, clue: str) -> Failure:
    """The failure of a scenario that did something else when the same schedule was repeated.

    position: how many operations were the same. first, second: what came then in either run; None: nothing did.
    """
    lines = [
        "nondeterministic: the same schedule was run twice, and the scenario did something else",
        f"  the first {position:,} operations were the same; then came",
        f"      in one run    {_told(first)}",
        f"      in the other  {_told(second)}",
        f"  {clue}",
    ]
    return Failure(
        "nondeterministic", None, "\n".join(lines), sites=tuple(site for site in (first, second) if site is not None)
    )


def _told(site: Site | None) -> str:
    return "the end" if site is None else f"{site}  {site.text}".rstrip()
