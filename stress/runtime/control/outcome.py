"""What one execution came to, and who couldn't go on in it: plain facts, of which others make failures."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from stress.events import NAMELESS, Event, OperationSite, Pending, Site
from stress.runtime.control.execution import Execution
from stress.runtime.control.locks import Lock
from stress.runtime.control.places import lock_of
from stress.runtime.control.thread import Thread
from stress.runtime.stacks import Stand, is_machinery, stands
from stress.runtime.stuck import Raised
from stress.schedule import Schedule


@dataclass(frozen=True)
class Held:
    """A lock that a thread holds, and the line where it took it."""

    where: Site
    name: str  # as that line names it


@dataclass(frozen=True)
class Blocked:
    """A thread that can't go on, or (spinning) doesn't get anywhere."""

    thread: str
    stand: Stand
    holds: tuple[Held, ...]
    owner: str | None  # who holds the lock that it waits for
    owner_ended: bool
    taken: Site | None  # where the owner took it
    joins: str | None  # the thread for whose end it waits


@dataclass
class Outcome:
    """What one execution came to.

    raised: what left the scenario and its threads, in this order.
    in_parallel: what the threads of stress.parallel raised, by id(). held_back: what of that its caller hasn't got.
    blocked: the threads that were left and couldn't go on; spinning: they could, and got nowhere; endless: that isn't
    known, they had more operations than an execution may have.
    guarded: those who couldn't go on when a join timed out.
    lost: where a thread stood in a step that didn't come back; lost_idle: it did nothing there, that is known.
    leaked: locks that were held when all was over by a thread that had ended, or by the scenario itself.
    early: sites of time-outs that came early; could_be_early: the strategy let them. passed: of those that came while
    others ran and changed nothing.
    pending: what the threads that couldn't go on were about to do. levels: what there was of a resource at first, by
    the number of its object. incomplete: why `events` isn't all that matters; "" if it is, and no thread could go on.
    schedule: what an execution that was recorded did. threads: the name of each, by number.
    """

    value: Any = None
    raised: list[Raised] = field(default_factory=list)
    in_parallel: dict[int, Raised] = field(default_factory=dict)
    held_back: dict[int, Raised] = field(default_factory=dict)
    blocked: tuple[Blocked, ...] = ()
    guarded: tuple[Blocked, ...] = ()
    spinning: bool = False
    endless: bool = False
    lost: Stand | None = None
    lost_idle: bool = False
    lost_thread: str = ""
    leaked: tuple[tuple[str, Held], ...] = ()
    early: tuple[Site, ...] = ()
    passed: tuple[Site, ...] = ()
    could_be_early: bool = False
    decisions: tuple[int, ...] = ()
    operations: int = 0
    switches: int = 0
    several: bool = False
    clock_read: bool = False
    discarded: bool = False
    events: list[Event] = field(default_factory=list)
    pending: tuple[Pending, ...] = ()
    levels: dict[int, int] = field(default_factory=dict)
    incomplete: str = ""
    recorded: bool = False
    schedule: Schedule | None = None
    threads: tuple[str, ...] = ()

    def tell(self, execution: Execution) -> None:
        """What the execution did, now that it is over."""
        execution.has_written()
        self.decisions = tuple(execution.decisions)
        self.operations = execution.operations
        self.switches = execution.switches
        self.several = bool(execution.decisions)
        self.clock_read = execution.clock_read
        self.events, self.recorded, self.levels = execution.events, execution.recording, execution.levels
        self.schedule = execution.schedule()
        self.threads = tuple(each.name for each in execution.threads)
        self.incomplete = incomplete(execution)
        if execution.sees:
            self.pending = tuple(
                Pending(each.path, each.waits.word, each.pending, each.site)
                for each in execution.threads
                if each.waits is not None and each.waits.word
            )
        if execution.early_timeouts:
            self.early = tuple(dict.fromkeys(place.shown() for place in execution.early_timeouts))
        if execution.passed_at:
            self.passed = tuple(dict.fromkeys(place.shown() for place in execution.passed_at))


def blocked_in(execution: Execution) -> tuple[Blocked, ...]:
    """The threads that are left while none can go on, or none gets anywhere; asked while they stand there. But for
    those of which nobody expects that they end: daemons and idle workers of executors, unless in the midst of locks, or
    another thread waits for their end."""
    joined = {thread.waits for thread in execution.live if isinstance(thread.waits, Thread)}
    where = stands({thread.ident: thread.name for thread in execution.live})
    return tuple(
        Blocked(
            thread=thread.name,
            stand=replace(where[thread.ident], awaited=_awaited(thread, where[thread.ident])),
            holds=_holds(thread),
            **_owner_of(thread),
            joins=thread.waits.name if isinstance(thread.waits, Thread) else None,
        )
        for thread in execution.live
        if not (thread.daemon or _is_idle_worker(thread))
        or thread in joined
        or _waits_for_a_holder(thread)
        or execution.spinning
    )


def incomplete(execution: Execution) -> str:
    """Why something may matter of an execution that its events don't tell; "" if nothing does."""
    if execution.cut_off or execution.discarded:
        return "one was cut off, and threads could have gone on"
    if execution.blind:
        return "in one an operation at the limit of recursion was not seen"
    if execution.unseen:
        return "in one C code gave back or took what threads wait for, and nobody saw when"
    if execution.clock_read and execution.now:
        return "in one the time was read, and at which times was not tried"
    if execution.loaded:
        return "in one a module was imported once more, which is one step, and when was not tried"
    if execution.replaced:
        return "in one what calls or operators go by was replaced, and which of them came before was not seen"
    if execution.waited_for_own:  # then traces may be missed
        return "in one a thread waited, with a time limit, for a lock that it held itself, and that was tried"
    if execution.listed:  # starts and ends of threads don't depend on each other
        return "in one it was asked which threads there are, and when was not tried"
    return ""


def leaked_of(locks: Iterable[Lock]) -> Iterator[tuple[str, Held]]:
    """The locks that nobody will give back, when all is over: those of a thread that has ended, or of the scenario's
    own; and the name of that thread."""
    for lock in locks:
        owner = lock.owner
        if not isinstance(owner, Thread) or lock.waiters or lock.was_given_back_unseen():
            continue
        taken = owner.held.get(lock)
        ended = (owner.ended and not owner.unwound) or owner.number == 0
        if taken is not None and ended and not _of_a_wait(taken.site):
            yield owner.name, Held(taken.shown(), taken.lock())


def _awaited(thread: Thread, stand: Stand) -> str:
    """What it waits for; where looking didn't tell, the lock as its operation names it: `locks[n + 1]`."""
    lock, site = thread.waits, thread.site
    if lock is None:
        return ""
    if stand.awaited or not isinstance(lock, Lock) or site is None or _of_a_wait(site):
        return stand.awaited
    name = NAMELESS if is_machinery(site.file) else lock_of(site)
    return name if name == NAMELESS else f"{name} (threading.{'RLock' if lock.reentrant else 'Lock'})"


def _owner_of(thread: Thread) -> Any:
    """Who holds the lock that a thread waits for, as fields of Blocked."""
    lock = thread.waits
    if not isinstance(lock, Lock) or lock.owner is None or (thread.site is not None and _of_a_wait(thread.site)):
        return {"owner": None, "owner_ended": False, "taken": None}
    at = lock.owner.held.get(lock)
    return {"owner": lock.owner.name, "owner_ended": lock.owner.ended, "taken": None if at is None else at.shown()}


def _holds(owner: Any) -> tuple[Held, ...]:
    """The locks that a thread holds, but for the inner one of Condition.wait."""
    taken = owner.held.values() if isinstance(owner, Thread) else ()
    return tuple(Held(at.shown(), at.lock()) for at in taken if not _of_a_wait(at.site))


def _is_idle_worker(thread: Thread) -> bool:
    """A worker of an executor that waits for work: CPython ends it at exit."""
    queues = vars(sys.modules["concurrent.futures.thread"])["_threads_queues"]
    return any(worker is thread.python for worker in queues) and not isinstance(thread.waits, Lock)


def _waits_for_a_holder(thread: Thread) -> bool:
    """Whether it waits for a lock that a thread holds, and not in a Condition."""
    return isinstance(thread.waits, Lock) and thread.site is not None and not _of_a_wait(thread.site)


def _of_a_wait(site: Site) -> bool:
    """Whether a lock was taken, or is waited for, as the inner lock of Condition.wait (Lib/threading.py), which takes
    the condition's RLock again by another method."""
    if not isinstance(site, OperationSite) or site.file != threading.__file__:
        return False
    return site.name == "acquire" and site.function.endswith("wait")
