"""Leaked locks: held when all is over, by a thread that has ended or by the scenario itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stress.events import Site, line_of
from stress.failure import Failure


@dataclass(frozen=True)
class Leak:
    """A lock that nobody will give back: who took it, and where."""

    thread: str
    lock: str
    site: Site


def leaked_lock(leaks: Sequence[Leak]) -> Failure:
    """The failure of an execution that left locks locked."""
    many = f"{len(leaks)} locks were" if len(leaks) > 1 else "1 lock was"
    lines = [f"leaked lock: {many} still held when all threads had ended"]
    for leak in leaks:
        lines += [f"  {leak.lock}", f"      taken by {leak.thread}", *line_of(leak.site)]
    return Failure("leaked lock", None, "\n".join(lines), sites=tuple(leak.site for leak in leaks))
