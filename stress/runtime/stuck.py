"""What free threads can go wrong by: still alive at a time limit, or ended by an exception; and the Failure of each."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stress._compat import processor_time
from stress.events import line_of
from stress.failure import Failure, describe
from stress.runtime.stacks import NOWHERE, Position, Stand, positions, raised_at, stands
from stress.runtime.threads import ident_of, label_of, native_id_of

LOOKS: Final = 5
BETWEEN_LOOKS: Final = 0.02  # seconds; a guess: thousands of switch intervals, and little beside a time limit
NOBODY: Final = Stand(NOWHERE, "", on_lock=False, runs=True)  # of a thread that nobody saw


@dataclass(frozen=True)
class Stuck:
    """A thread that was still alive at the time limit."""

    thread: str
    stand: Stand
    runs: bool  # it moved or used the processor between two looks, or executes Python code: it may not be stuck


def signs_of_life(threads: Sequence[threading.Thread]) -> dict[int, tuple[Position, int | None]]:
    """Of each of these threads that has begun and is alive, by identifier, what changes while it runs: its position,
    and how long it has used the processor. (One that sleeps often may stand at the same sleep whenever it is seen.)"""
    at = positions(map(ident_of, threads))
    return {
        ident: (at[ident], processor_time(native_id_of(thread)))
        for thread in threads
        if (ident := ident_of(thread)) in at
    }


def look_at(threads: Sequence[threading.Thread], patience: float = 0.0) -> list[Stuck]:
    """These threads, which are alive at the time limit, after a few looks at each. One that ends meanwhile, or has
    ended before the first look, runs.

    patience: so many seconds they are looked at, if neither one that runs is seen, nor one that waits for a lock.
    """
    if not threads:
        return []
    names = {ident_of(thread): label_of(thread) for thread in threads}
    first, where = signs_of_life(threads), stands(names)
    running = {ident for ident, stand in where.items() if stand.runs}
    decided = any(stand.on_lock for stand in where.values())
    until = time.monotonic() + patience
    for looks in itertools.count(2):
        time.sleep(BETWEEN_LOOKS)
        now = signs_of_life(threads)
        running.update(ident for ident in where if now.get(ident) != first.get(ident))
        if looks >= LOOKS and (running or decided or time.monotonic() >= until):
            break
    where |= stands(names)
    running.update(ident for ident, stand in where.items() if stand.runs)
    found = []
    for thread in threads:
        stand = where.get(ident_of(thread), NOBODY)
        found.append(Stuck(label_of(thread), stand, ident_of(thread) in running or stand is NOBODY))
    return found


@dataclass(frozen=True)
class Raised:
    """An exception that left a thread, or that stress.parallel holds back until its other threads have ended."""

    thread: str
    exception: BaseException


def deadlock(stuck: Sequence[Stuck], seconds: float, raised: Sequence[Raised] = ()) -> Failure:
    """The failure of an execution, or of a stress.parallel, whose threads were alive after so many seconds.

    raised: what other threads raised before that: it may be why these wait.
    """
    many = f"{len(stuck)} threads were" if len(stuck) > 1 else "1 thread was"
    lines = [f"deadlock: {many} still alive after {seconds:g} s"]
    for thread in stuck:
        if thread.runs:
            state = "still running, not shown to be stuck"
        elif thread.stand.awaited:
            state = f"waits for {thread.stand.awaited}"
        else:
            state = "was in a call at each look"
        lines += [f"  {thread.thread}", f"      {state}", *line_of(thread.stand.site)]
    for before in raised:
        lines += [f"  {before.thread}", f"      ended before that: {describe(before.exception)}"]
        lines += [line for site in raised_at(before.exception) for line in line_of(site)]
    return Failure("deadlock", None, "\n".join(lines), sites=tuple(thread.stand.site for thread in stuck))


def error(raised: Raised, others: Sequence[Raised] = (), stuck: Failure | None = None) -> Failure:
    """The failure of an execution in which an exception left a thread.

    others: what other threads raised after that. stuck: the deadlock that the execution ended in, if it did.
    """
    sites = raised_at(raised.exception)
    lines = [f"error: {describe(raised.exception)}", f"  in {raised.thread}"]
    lines += [line for site in sites for line in line_of(site)]
    lines += [f"  {other.thread} raised too: {describe(other.exception)}" for other in others]
    if stuck is not None:
        lines += ["after that:", str(stuck)]
    return Failure("error", raised.exception, "\n".join(lines), sites=sites)
