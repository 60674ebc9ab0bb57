"""Optimal dynamic partial order reduction: each trace exactly once, and then it is proved.

Two executions are the same trace if each thread performs the same operations and dependent ones come in the same order
(Mazurkiewicz). Starts with any execution. Wherever two dependent operations `e ... a` of different threads could have
come the other way round, a further execution begins as this one did before `e`, goes on with what `a` needs of what
came after `e`, does `a`, and then goes on with `e`'s thread. That is done for all executions so found.

Each trace comes once, since it has one way by which it is reached (the idea of Parsimonious-OPtimal DPOR, Abdulla,
Atig, Das, Jonsson, Sagonas, CAV 2024, and of TruSt, Kokologiannakis, Marmanis, Gladstein, Vafeiadis, POPL 2022; what is
checked here is a form of our own). Whoever stands before `e`, and is to have `a` before it, may say:

- nothing that is thrown away was itself put there by a reversal (then the same one is made from where that began);
- of several operations that could be the first one before `e`, it is that of the first thread, in order of `path`.

Memory: the executions that are still to come, each a list of threads; they are found depth first, and never more than
the races of one execution for each of its reversals. Nothing is kept of those that were.

Where `a` needs a resource (a lock that must be free, an item that must be there) it can only be put where the resource
is there. A time-out that may come early is an operation that needs it not to be there, and reads it. So is a try in
vain to take a lock: nobody tries what another thread holds, but where that is planned, or nobody else could run. (If it
were done wherever it comes, whether it writes would hang on what came before, and traces would come twice, or never.)
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

from stress.events import READ, UPDATE, Event, OperationSite, Path, Pending, Touch, depend
from stress.search.order import Order
from stress.search.protocol import T

# How often a thread may do the same reading operation while it changes nothing, before another one goes on; and how
# often it is made to do so once more.
REREADS: Final = 10
LONGEST: Final = 20_000  # events of an execution whose races are looked for; their order takes the square of it in bits
PATIENCE: Final = 1_000  # operations in a row of a thread, while others can go on
STRAYS: Final = (
    5  # ways in which executions went otherwise than planned, each of which begins the search anew; arbitrary
)


_path: Final = attrgetter("path")
_site: Final = attrgetter("site")


class Slot(NamedTuple):
    """Where a reversal was made: after `at` events `thread` was about to do its next one, and the last of the events up
    to `until`, of thread `instead`, was put before it."""

    at: int
    until: int
    thread: Path
    instead: Path


Step = tuple[Path, OperationSite | None]
Stray = tuple[Step, Step | None]


@dataclass(frozen=True)
class Plan:
    """How an execution begins: who performs each of the first events, which of these were put there by a reversal, and
    who goes on then."""

    threads: tuple[Path, ...] = ()
    sites: tuple[OperationSite, ...] = ()  # where they stand, but for the last one, where that isn't known
    put: int = 0  # these, as bits
    slots: tuple[Slot, ...] = ()
    # Who goes on then: if another thread wrote what this one is about to read, before it does, two reversals of that
    # write would come to the same trace.
    then: Path | None = None
    chance: float = 1.0  # that somebody comes here who goes, from execution to execution, to one that comes of it

    def strays(self, events: Sequence[Event]) -> Stray | None:
        """Where an execution began otherwise: what was to come, and what came instead. None if it began so."""
        began = events[: len(self.threads)]
        if tuple(map(_path, began)) == self.threads and tuple(map(_site, began[:-1])) == self.sites:
            return None
        for index, (path, site) in enumerate(zip(self.threads, (*self.sites, None), strict=True)):
            if index == len(events):
                return (path, site), None
            event = events[index]
            if event.path != path or site not in (None, event.site):
                return (path, site), (event.path, event.site)
        return None


class Dpor:
    """A strategy for each execution of one exploration.

    `exhausted`: every trace was executed. `bounded`: a loop that only reads was not made to go round more often than
    REREADS times. `unordered`: several keys came into a container, and it was not tried in which order. `complete`: no
    execution was cut off, or longer than LONGEST, or strayed. `strayed`: one went otherwise than it was planned, though
    the scenario does the same again: something decides that is no operation (who drops an object last, and so runs its
    finalizer). What comes of it is left out.
    """

    early = True
    sees = True
    finishes = True

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._waiting: list[Plan] = [Plan()]
        self._done = 0.0  # the chances of those that ended a way
        self.executed = 0
        self._plan = Plan()
        self.bounded = False
        self.complete = True
        self.strayed = False
        self._first: list[Step] = []  # what the first execution did, when the search began last
        self._settled = False  # it did the same as when the search had begun before: all is there that is made once
        self._strays: set[Stray] = set()
        self._order = Order()
        self._events: Sequence[Event] = ()
        # How far its events were looked at; since when nothing has changed; up to where `_rereads` counts what was read
        # since then; who does something now, and since when.
        self._seen = self._quiet = self._counted = self._row = 0
        self._runner: Path | None = None
        self._rereads: dict[Any, int] = {}
        self.stays_until = 0
        self._turns: list[int] = []  # where those of the plan end

    @property
    def traces(self) -> Dpor:
        """What searches traces."""
        return self

    @property
    def unordered(self) -> bool:
        return self._order.unordered

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to execute."""
        return not self._waiting

    def begin(self, execution: int) -> None:
        """Prepares for the next execution, whatever its number."""
        self._plan = self._waiting[-1]

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        self._events = events
        self._seen = self._quiet = self._counted = self._row = 0
        self._runner = None
        self._rereads.clear()
        self._turns = [*accumulate([len([*turn]) for _, turn in groupby(self._plan.threads)])]

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread of the plan; behind it the current one, as long as it gets somewhere."""
        done = len(self._events)
        plan = self._plan.threads
        self.stays_until = 0
        if done < len(plan):
            for thread in enabled:
                if thread.path == plan[done]:
                    self.stays_until = self._turns[bisect(self._turns, done)]
                    return thread
        elif done == len(plan) and self._plan.then is not None:
            for thread in enabled:
                if thread.path == self._plan.then and not (thread.would_time_out or thread.in_vain):
                    return thread
        usual = current
        goes_on = current in enabled and not (current.would_time_out or current.in_vain)
        # Each is less, once all was looked at.
        long = done - self._quiet >= REREADS or done - self._row >= PATIENCE
        if not goes_on or (long and self._gets_nowhere(current.path)):
            ready = [thread for thread in enabled if not (thread.would_time_out or thread.in_vain)] or list(enabled)
            usual = ready[0]
            if goes_on or self._gets_nowhere(usual.path):
                later = [thread for thread in ready if thread.path > (current if goes_on else usual).path]
                return (later or ready)[0]
        if done >= len(plan):
            self.stays_until = min(self._quiet + REREADS, self._row + PATIENCE)
        return usual

    def _gets_nowhere(self, path: Path) -> bool:
        """Whether this thread has only read the same again and again, or has run for long."""
        events = self._events
        new = events[self._seen :]
        self._seen = done = len(events)
        for event in reversed(new):
            if event.mode is not READ:
                self._quiet = event.position + 1
                break
        if new and (runner := new[-1].path) != self._runner:
            self._runner, self._row = runner, new[0].position
        for event in reversed(new):
            if event.path != self._runner:
                self._row = event.position + 1
                break
        if self._runner != path or not (done - self._row >= PATIENCE or self._rereads_the_same()):
            return False
        self._quiet = self._row = self._counted = done
        self._rereads.clear()
        return True

    def _rereads_the_same(self) -> bool:
        """Whether what was done last was done again and again, by the same thread, while nothing changed."""
        events, rereads = self._events, self._rereads
        if len(events) - self._quiet < REREADS:
            return False
        if self._counted < self._quiet:
            rereads.clear()
            self._counted = self._quiet
        for event in events[self._counted :]:
            key = event.path, event.site, event.accesses
            rereads[key] = rereads.get(key, 0) + 1
        self._counted = len(events)
        return rereads[events[-1].path, events[-1].site, events[-1].accesses] >= REREADS

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        """The execution is over, and counts: it did these things. False if it didn't begin as planned, since something
        was made once in a process, as it seems, and the search has begun anew.

        blocked: what the threads were about to do that could not go on. levels: what there was of a resource at first,
        by the number of its object. complete: no thread could go on.
        """
        plan = self._plan
        if not (events or complete):  # it didn't come back, and nothing is known of it
            self._waiting.pop()
            self.complete = False
            return True
        if (stray := plan.strays(events)) is not None:
            if not self._settled or (stray not in self._strays and len(self._strays) < STRAYS):
                self._strays.add(stray)
                self._begin_anew()
                return False
            self._waiting.pop()
            self.complete, self.strayed = False, True
            self.executed += 1
            self._done += plan.chance
            return True
        if not plan.threads:
            first: list[Step] = [(event.path, event.site) for event in events]
            self._settled = first == self._first
            self._first = first
        self._waiting.pop()
        self.complete &= complete and len(events) <= LONGEST
        self.executed += 1
        found = Reversals(plan, events[:LONGEST], blocked, levels, self._order)
        plans = found.plans()
        if plans:
            self._random.shuffle(plans)  # so that what was executed says something of what is left
            self._waiting += [replace(each, chance=plan.chance / len(plans)) for each in plans]
        else:
            self._done += plan.chance
        self.bounded |= found.bounded
        return True

    def _begin_anew(self) -> None:
        """What was found of what the scenario did before says nothing any more."""
        self._waiting = [Plan()]
        self._done, self.executed = 0.0, 0
        self.bounded, self.complete, self.strayed = False, True, False
        self._settled = False
        self._order = Order()

    @property
    def estimate(self) -> float:
        """How many traces there are, as far as can be told: those executed over the share of the ways from execution
        to execution that were gone to their end (Knuth, "Estimating the efficiency of backtrack programs", 1975). The
        number itself in the end."""
        return self.executed / self._done if self._done else math.inf


class Reversals:
    """Which further executions come of one that began as planned.

    order: what came before what in the one before; afterwards, in this one.
    """

    def __init__(
        self,
        plan: Plan,
        events: Sequence[Event],
        blocked: Sequence[Pending],
        levels: dict[int, int],
        order: Order,
    ) -> None:
        self._plan = plan
        self._events = events
        self._blocked = blocked
        self._levels = levels
        self._put = plan.put
        self._order = order
        self._before = order.before
        self.bounded = False

    def plans(self) -> list[Plan]:
        """The executions to come, in the order of the races that they reverse."""
        found: list[Plan] = []
        order = self._order
        first = len(self._plan.threads) - 1
        last_of = order.last_of
        kept = order.keep(self._events, first)
        for here, event in enumerate(self._events[kept:], kept):
            own = last_of.get(event.path, 0)
            others = order.depends_on(event.accesses, own)
            vain = event.timed_out or event.may_time_out or event.tries
            if here >= first and (others or event.needs or vain) and not event.forced:
                # To try in vain is as a wait whose time-out comes at once.
                needs = event.needs or ("lock" if event.tries else "")
                in_vain = event.timed_out or (event.tries and not event.delta)
                if others or needs:
                    plans = self._races(here, event.path, event.accesses, own, others, needs, in_vain)
                    if plans and self._goes_round(here):
                        self.bounded = True
                    else:
                        found += plans
                if in_vain and not self._put >> here & 1:  # nobody else could run; else the wait, in vain, has a race
                    touches = tuple((UPDATE, thing, location) for _, thing, location in event.accesses)
                    found += self._races(here, event.path, touches, own, others, needs, False)
                elif (event.may_time_out or event.tries) and not in_vain:
                    touches = tuple((READ, thing, location) for _, thing, location in event.accesses)
                    plans = self._races(here, event.path, touches, own, others, needs, True)
                    if plans and self._goes_round(here):
                        self.bounded = True
                    else:
                        found += plans
            order.note(event, own, others)
        for path, needs, accesses, _ in self._blocked:
            own = last_of.get(path, 0)
            others = order.depends_on(accesses, own)
            found += self._races(len(self._events), path, accesses, own, others, needs, False)
        return found

    def _goes_round(self, here: int) -> bool:
        """Whether the thread of this event has done nothing but read for so long that it read the same, or tried the
        same in vain, again and again."""
        event = self._events[here]
        if event.mode is not READ and not (event.tries or event.may_time_out):
            return False
        times = 1
        for each in reversed(self._events[:here]):
            if each.path == event.path:
                if each.mode is not READ:
                    return False
                times += each.site is event.site and [touch[1:] for touch in each.accesses] == [
                    touch[1:] for touch in event.accesses
                ]
                if times > 2 * REREADS:
                    return True
        return False

    # --- which way round else -----------------------------------------------------------------------------------------

    def _races(
        self,
        here: int,
        path: Path,
        touches: Sequence[Touch],
        own: int,
        others: list[int],
        needs: str,
        timed_out: bool,
    ) -> list[Plan]:
        """The reversals of an event (it need not have happened) with those before it that it races with."""
        plans: list[Plan] = []
        if needs:
            others = self._where_possible(touches, own, timed_out)
        for other in others:
            needed = own
            if not needs:
                rest = [each for each in others if each != other]
                if any(self._before[each] >> other & 1 for each in rest):
                    continue
                for each in rest:
                    needed |= self._before[each] | 1 << each
            plan = self._reversed(here, path, touches, other, needed)
            if plan is not None:
                plans.append(plan)
        return plans

    def _where_possible(self, touches: Sequence[Touch], own: int, timed_out: bool) -> list[int]:
        """The last event before which the resource is there; [] if there is none. (timed_out: the last one, if the
        resource isn't there before it.)"""
        thing = touches[0][1]
        written = self._order.written.get(thing, ())
        for other in reversed(written):
            if own >> other & 1:
                break
            level = self._levels.get(thing, 0)
            for i in written:
                event = self._events[i]
                if event.delta and (i < other or own >> i & 1) and event.accesses[0][1] == thing:
                    level += event.delta
            if (level > 0) != timed_out:
                return [other]
            if timed_out:  # one that comes still earlier is found where the wait doesn't end in vain, earlier
                break
        return []

    def _reversed(self, here: int, path: Path, touches: Sequence[Touch], other: int, needed: int) -> Plan | None:
        """The execution in which an event at `here` comes before the one at `other`, if it comes of this one."""
        kept = list(_bits(needed, other))
        if self._put >> other << other & ((1 << here) - 1) & ~needed:
            return None
        first = self._events[other]
        order = [*range(other), *kept]
        slots = tuple(slot for slot in self._plan.slots if slot.until <= other)
        if any(self._belongs_elsewhere(slot, order, path, touches, needed) for slot in slots):
            return None
        events = [*self._events[:other], *[self._events[i] for i in kept]]
        threads = (*map(_path, events), path)
        sites = tuple(map(_site, events))
        put = self._put & ((1 << other) - 1) | ((1 << len(threads)) - (1 << other))
        return Plan(threads, sites, put, (*slots, Slot(other, len(threads), first.path, path)), first.path)

    def _belongs_elsewhere(
        self, slot: Slot, order: list[int], path: Path, touches: Sequence[Touch], needed: int
    ) -> bool:
        """Whether an operation of a thread before `slot.instead` would be first before that of `slot.thread`, too: then
        it is from there that this execution comes."""
        if path == slot.thread or any(self._events[i].path == slot.thread for i in order[slot.at :]):
            return False  # what comes before it is settled
        about_to = self._next_of(slot.thread, slot.at)
        first: list[int] = []  # those before it that it depends on, so far
        for i in order[slot.at :]:
            if depend(self._events[i].accesses, about_to):
                if self._events[i].path < slot.instead and not any(self._before[i] >> each & 1 for each in first):
                    return True
                first.append(i)
        if not (path < slot.instead and depend(touches, about_to)):
            return False
        for i in order[slot.at :]:
            if depend(self._events[i].accesses, touches):
                needed |= self._before[i] | 1 << i
        return not any(needed >> each & 1 for each in first)

    def _next_of(self, path: Path, at: int) -> Sequence[Touch]:
        for event in self._events[at:]:
            if event.path == path:
                return event.accesses
        for blocked in self._blocked:
            if blocked.path == path:
                return blocked.accesses
        return ()


def _bits(number: int, above: int) -> Iterator[int]:
    """The positions above this one of the bits that are set, in order."""
    number >>= above + 1
    position = above + 1
    while number:
        zeros = (number & -number).bit_length() - 1
        position += zeros
        yield position
        number >>= zeros + 1
        position += 1
