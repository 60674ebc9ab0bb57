"""Deadlock and livelock: threads that can't go on, or go on and get nowhere; told in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stress.events import Site, line_of
from stress.failure import Failure


@dataclass(frozen=True)
class Hold:
    """A lock that somebody holds: as the source names it, and where it was taken."""

    lock: str
    site: Site


@dataclass(frozen=True)
class Waiting:
    """A thread that can't go on.

    awaited: what it waits for, as the source names it, with its type; "" where that can't be told.
    owner: who holds the lock that it waits for, perhaps itself; None where it isn't a lock that somebody holds.
    taken: where the owner took it. owner_ended: it will never give it back.
    joins: the thread for whose end it waits.
    """

    thread: str
    site: Site
    awaited: str
    holds: Sequence[Hold] = ()
    owner: str | None = None
    owner_ended: bool = False
    taken: Site | None = None
    joins: str | None = None


def deadlock(threads: Sequence[Waiting]) -> Failure:
    """The failure of an execution in which no thread can go on."""
    lines = ["deadlock: no thread can run", *_story(threads)]
    for thread in threads:
        lines += _lines(thread)
    return Failure("deadlock", None, "\n".join(lines), sites=tuple(thread.site for thread in threads))


def livelock(threads: Sequence[Waiting], operations: int, endless: bool = False) -> Failure:
    """The failure of an execution in which threads run and nothing ever changes. endless: things change, without an
    end within so many operations."""
    lines = [f"livelock: threads run and get nowhere, {operations:,} operations long"]
    if endless:
        lines = [f"livelock: threads still run after {operations:,} operations, and were given up"]
        lines.append("whether they would come to an end isn't known: no execution may have more operations")
    for thread in threads:
        lines += _lines(thread)
    return Failure("livelock", None, "\n".join(lines), sites=tuple(thread.site for thread in threads))


def _lines(thread: Waiting) -> list[str]:
    lines = [f"  {thread.thread}"]
    if thread.joins is not None:
        lines.append(f"      waits for the end of {short(thread.joins)}")
    elif thread.awaited:
        lines.append(f"      waits for {thread.awaited}")
    lines += line_of(thread.site)
    if thread.owner is not None:
        if thread.owner == thread.thread:
            who = "which it holds itself"
        elif thread.owner_ended:
            who = f"which {short(thread.owner)} held when it ended"
        else:
            who = f"which {short(thread.owner)} holds"
        since = [] if thread.taken is None else line_of(thread.taken, f"      {who}, since ")
        lines += since or [f"      {who}"]
    for hold in thread.holds:
        # What it waits for another thread holds, so that this one is not the same, although it is called so.
        of_that_name = thread.awaited.startswith(f"{hold.lock} (") and thread.owner not in (None, thread.thread)
        where = f", since {hold.site}" if hold.site.line else ""
        lines.append(f"      holds {'another ' if of_that_name else ''}{hold.lock}{where}")
    return lines


def _story(threads: Sequence[Waiting]) -> list[str]:
    """One sentence about the threads of which each waits for the next, if there are any."""
    by_name = {thread.thread: thread for thread in threads}
    for start in threads:
        chain, here = [], start
        while here.owner in by_name and here.thread not in chain:
            chain.append(here.thread)
            here = by_name[here.owner]
        if here.thread != start.thread or not chain:
            continue
        if len(chain) == 1:
            return [f"{short(start.thread)} waits for a lock that it holds itself, and that can't be entered twice"]
        return [f"each holds what the next one waits for: {', '.join(map(short, reversed([*chain, chain[0]])))}"]
    for thread in threads:
        if thread.owner is not None and thread.owner_ended:
            return [f"{short(thread.owner)} ended without giving its lock back"]
    if any(thread.awaited and thread.owner is None and thread.joins is None for thread in threads):
        return ["nobody is left who could wake up those who wait"]
    return []


def short(thread: str) -> str:
    """The name without what the thread runs: `parallel-1` of `parallel-1 (transfer('alice', 'bob', 5))`."""
    return thread.partition(" (")[0]
