"""One controlled execution: its threads, who can go on, and whose turn it is.

Exactly one thread runs at any time: `current`. Before each of its operations it comes to `reach`, where the strategy
chooses who goes on; whoever was chosen does its operation and runs on to its next one. A thread that can't do its
operation now (`wait`) isn't enabled, until what it waits for becomes `available`.

An execution is over when every thread has ended, or none can go on, or somebody gave it up. Then the threads that are
left are unwound, one after the other, the scenario's own one last: each gets `Ended` where it stands, and what its
`finally` blocks do isn't scheduled any more. `run` returns after that. Nothing here waits for real time.
"""

from __future__ import annotations

import _thread
from bisect import insort
from collections.abc import Callable, Sequence
from operator import attrgetter
from types import CodeType
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from stress._compat import LOCALS_ARE_IN_THREAD_DICT
from stress.events import (
    DELETE,
    ITEMS,
    READ,
    SHAPE,
    STATE,
    UPDATE,
    VALUE,
    WHOLE,
    WORLD,
    Event,
    Location,
    OperationSite,
    Path,
    Touch,
    of_one_place,
    printable,
)
from stress.runtime.control.ages import by_age
from stress.runtime.control.names import Names
from stress.runtime.control.places import Place
from stress.runtime.control.positions import Counted
from stress.runtime.control.thread import Ended, Resource, Thread, Tried
from stress.runtime.control.values import Peek, Writing, seen
from stress.runtime.control.within import called_within, leave, looks_into_results, may_call_back
from stress.schedule import Schedule, Switch, by_default, hash_seed

# An execution in which no operation changed anything for so long gets nowhere: every enabled thread has had its turn
# many times over. (A strategy that isn't fair has to see to it itself.)
UNCHANGED: Final = 20_000  # operations
ONLY_LOCKS: Final = 100_000  # operations in which nothing was changed but locks, taken and given back
MOST: Final = 1_000_000  # operations of one execution; an arbitrary number, many seconds
BETWEEN_CHECKS: Final = 1_000  # operations
GETS_NOWHERE: Final = 2_000  # operations for each enabled thread, after which the time of those comes that wait for it
PASSES: Final = 100  # times that this happens in one execution
TURN: Final = 100  # operations, after which a thread is tired where for BETWEEN_CHECKS nothing was changed
NEVER: Final = 2 * MOST  # an operation that doesn't come
DAEMONS: Final = 10_000  # operations, that daemons have when all else has ended
# Virtual seconds. As for real a time-out comes after its instant: code that asks how long it has to go on waiting must
# not be told that there is nothing left, yet nothing over. More than a rounding error of time.time().
LATE: Final = 1e-6
LOOK: Final = 0.002  # real seconds, between two looks at what is outside
FAREWELL: Final = 10_000  # operations, that the `finally` blocks of an unwound thread have

TOUCHES_WORLD: Final = ((UPDATE, WORLD, STATE),)

# The hash seed: types whose hash doesn't hang on it; operations on a set to which its order makes no difference, and
# those to which it makes none if there is but one order of what is in it.
_NUMBERS: Final = frozenset({int, float, complex, bool, type(None)})
_ANY_ORDER: Final = frozenset({
    "any", "all", "len", "set", "frozenset", "append", "add", "copy", "clear", "union", "intersection", "difference",
    "symmetric_difference", "issubset", "issuperset", "isdisjoint", "intersection_update", "difference_update",
    "symmetric_difference_update", "==", "!=", "<", "<=", ">", ">=", "|", "&", "-", "^", "|=", "&=", "-=", "^=",
    "in", "not in", "__contains__", "index", "count", "get", "setdefault", "discard", "remove",
})  # fmt: skip
_SORTED: Final = frozenset({"sorted", "min", "max"})

_NUMBER: Final = attrgetter("number")
_get_ident = _thread.get_ident
_LOCAL: Final = _thread._local
_WITHOUT_KEY: Final = (STATE, VALUE, ITEMS, SHAPE)  # locations


class Chooser(Protocol):
    """What a strategy is to an execution."""

    @property
    def early(self) -> bool:
        """Whether time-outs may end early in this execution."""
        ...

    @property
    def sees(self) -> bool:
        """Whether it reads threads' `pending`, and the execution's `events`."""
        ...

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        """An execution begins. decisions: the numbers of the threads chosen so far. events: what was done so far, if
        `sees` is set. Both grow as it goes on."""
        ...

    def choose(self, enabled: Sequence[Thread], current: Thread) -> Thread:
        """The thread to run next: one of `enabled`, never empty, in order of creation."""
        ...

    @property
    def stays_until(self) -> int:
        """Read after `choose`, if `sees` is set: as long as `events` are fewer than this, it need not be asked whether
        the current thread goes on, where that can and isn't about to try something."""
        ...


_NO_THREAD: Final[Any] = None


class Outside(NamedTuple):
    """A wait for what only asking tells. deadline: virtual seconds."""

    ready: Callable[[], bool]
    deadline: float | None

    def over(self, now: float) -> bool:
        return (self.deadline is not None and now >= self.deadline) or self.ready()


def _first_in_time(thread: Thread) -> tuple[float, int]:
    assert thread.deadline is not None
    return thread.deadline, thread.number


def _no() -> bool:
    return False


def _is_hashed_by_seed(value: Any) -> bool:
    """Whether its hash may differ from one process to the next, and isn't its address or its age."""
    kind = type(value)
    if kind is tuple or kind is frozenset:
        return any(map(_is_hashed_by_seed, value))
    hashed = type.__getattribute__(kind, "__hash__")
    return kind not in _NUMBERS and hashed is not object.__hash__ and hashed is not by_age


def _nothing(ident: int) -> None: ...


class Execution:
    """The state of one execution."""

    __slots__ = (
        "_called",
        "_checkpoint",
        "_choose",
        "_due",
        "_early",
        "_early_allowed",
        "_farewells",
        "_known",
        "_locked",
        "_named",
        "_noted",
        "_noting",
        "_on_due",
        "_on_stuck",
        "_only_daemons",
        "_passed",
        "_peek",
        "_progressed",
        "_set_was_walked",
        "_stays_until",
        "_strategy",
        "_writing",
        "alone",
        "blind",
        "changed",
        "clock_read",
        "current",
        "cut_off",
        "decisions",
        "discarded",
        "early_timeouts",
        "enabled",
        "endless",
        "events",
        "ident",
        "levels",
        "listed",
        "live",
        "loaded",
        "look_again",
        "most",
        "names",
        "now",
        "operations",
        "outside",
        "over",
        "passed_at",
        "recording",
        "replaced",
        "sees",
        "spinning",
        "stranger",
        "stuck_at_end",
        "switches",
        "threads",
        "timed",
        "unseen",
        "waited_for_own",
    )

    def __init__(self, chooser: Chooser, on_stuck: Callable[[Execution], None], recording: Peek | None = None) -> None:
        self._strategy = chooser
        self._choose = chooser.choose
        self._early_allowed = chooser.early
        self.sees = chooser.sees or recording is not None  # accesses are told, and kept in `events`
        self.recording = recording is not None  # with the place of each, and what it reads or writes
        self._peek = recording
        self._stays_until = 0  # events, before which the current thread goes on, if it can, unasked
        self._writing: Writing | None = None
        # Called when threads are left and none can go on, while they stand where they stand: at the end, or before the
        # time-out of a join.
        self._on_stuck = on_stuck
        # Called when no thread can go on: whether one can after all, since C code did what nobody saw.
        self.look_again: Callable[[], bool] = _no
        self.stranger: Callable[[int], None] = _nothing  # another thread came to an operation
        self.threads: list[Thread] = []  # all that ever were
        self.live: list[Thread] = []  # those that haven't ended
        self.enabled: list[Thread] = []  # those that can go on, in order of creation
        self._early: list[Thread] = []  # those that wait, and may time out at any moment
        self.timed: list[Thread] = []  # those that wait with a time limit
        self.outside: dict[Thread, Outside] = {}  # those that wait for what is outside, and are enabled
        self.current: Thread = _NO_THREAD  # until `run` begins
        self.ident = 0  # of the OS thread that runs now; 0: operations aren't seen (a thread's life cycle, an import)
        self.now = 0.0  # virtual seconds
        self.operations = 0
        self.decisions: list[int] = []  # the thread chosen, wherever there was a choice
        self.switches = 0
        self.early_timeouts: list[Place] = []
        self.passed_at: list[Place] = []  # the waits that ended while threads ran that changed nothing
        self.clock_read = False
        self.events: list[Event] = []
        self.names = Names()
        self._named, self._known = self.names.named, self.names.known
        self._called = {"scenario"}  # the threads, up to a parenthesis
        self._noted: list[Switch] = []  # while it is recorded
        self._noting = self.recording
        self._set_was_walked = False  # whose order hangs on the hash seed
        chooser.follow(self.decisions, self.events)
        self.blind = False  # some operation is not in `events`, or some access is missing there
        self.waited_for_own = False  # with a time limit, for a plain lock that is tried: its holder
        self.replaced = False  # a special method or the like, while other threads were there
        self.loaded = False  # a module was imported, as another execution had before
        self.listed = False  # it was asked which threads there are
        self.unseen = False  # C code gave something back, or took it, and nobody saw that
        self.levels: dict[int, int] = {}  # what was there of a resource when it was met, by the number of its object
        self.over = False
        self.alone = False  # this is the child of a fork, where no other thread is
        self.stuck_at_end = False
        self.discarded = False  # given up, or a module was imported: to be done again
        self.cut_off = False  # it ended although threads could go on
        self.spinning = False  # livelock: given up because it got nowhere
        self.endless = False  # or because it had MOST operations: nobody knows whether it got somewhere
        self.changed = 0  # operation that last changed something
        self.most = MOST  # operations
        self._checkpoint = BETWEEN_CHECKS
        self._due = NEVER
        self._on_due: Callable[[], None] = lambda: None
        self._farewells = 0
        self._only_daemons = False
        self._locked = self._progressed = 0  # operation that last changed a lock; and anything else, before that one
        self._passed = 0  # how often time passed since all that could run only read

    # --- the turn -----------------------------------------------------------------------------------------------------

    def reach(self, site: OperationSite, mode: str, accesses: Sequence[Touch] = ()) -> bool:
        """The current thread is about to do an operation, and could. Returns when it is its turn.

        accesses: what the operation does; needed while they are seen. Returns whether `amend` wants to know of them
        again: another thread ran meanwhile."""
        thread = self.current
        self.operations = number = self.operations + 1
        if mode is not READ:
            self.changed = number
        if number >= self._checkpoint and self._check():
            return False
        thread.site = site
        sees = self.sees
        others_ran = False
        # A scenario's thread may be less deep than this is from the limit of recursion: it goes on as if nobody saw it.
        try:
            if sees:
                thread.steps += 1
                self._intends(thread, accesses)
                if self.recording:
                    self._will_record(thread, accesses)
            elif thread.entered or accesses:
                if thread.entered:
                    leave(thread.entered)
                if may_call_back(site, accesses):
                    thread.entered.append((site, ()))
        except RecursionError:
            self.blind = True
        if len(self.enabled) > 1 or self._early:
            if len(self.events) < self._stays_until and thread.tries is None:
                self.decisions.append(thread.number)
            elif (chosen := self._decide()) is not thread:
                self._hand_over(thread, chosen)
                others_ran = sees
        if sees:
            try:
                events = self.events
                events.append(Event(thread.number, thread.path, len(events), site, mode, thread.pending))
                if self.recording:
                    self._record(events[-1], thread)
            except RecursionError:
                self.blind = True
        return others_ran

    def amend(self, mode: str, accesses: Sequence[Touch]) -> None:
        """What the operation that was reached last does, now that others have run."""
        thread = self.current
        if self.blind:
            return
        try:
            self._intends(thread, accesses)
            event = self.events[-1]
            event.mode, event.accesses = mode, thread.pending
            if self.recording:
                event.own = event.accesses[: len(accesses)]
                event.objects = tuple([self.names.first_touched[number] for _, number, _ in event.accesses])
        except RecursionError:
            self.blind = True

    def reached(self, site: OperationSite, mode: str) -> bool:
        """The same, called by whoever comes to an operation of instrumented code: nearly always, and so all in one.
        Returns whether another thread ran meanwhile. Only while accesses aren't seen."""
        if _get_ident() != self.ident:
            if self.ident:
                self.stranger(_get_ident())
            return False
        self.operations = number = self.operations + 1
        if mode is not READ:
            self.changed = number
        if number >= self._checkpoint and self._check():
            return False
        thread = self.current
        thread.site = site
        if thread.entered:
            try:
                leave(thread.entered)
            except RecursionError:
                self.blind = True
        if len(self.enabled) > 1 or self._early:
            chosen = self._decide()
            if chosen is not thread:
                self._hand_over(thread, chosen)
                return True
        return False

    def accessed(self, site: OperationSite, mode: str, owner: Any, location: Location) -> bool:
        """The same for one access, while accesses are seen: nearly always, and so all in one."""
        if _get_ident() != self.ident:
            if self.ident:
                self.stranger(_get_ident())
            return False
        thread = self.current
        if self.recording or thread.entered or issubclass(type(owner), _LOCAL):
            # What a thread-local object has is another one in each thread.
            local = issubclass(type(owner), _LOCAL)
            thread.worker.stale |= local and not LOCALS_ARE_IN_THREAD_DICT
            return self.reach(site, mode, () if local else ((mode, owner, location),)) and not local
        self.operations = number = self.operations + 1
        if mode is not READ:
            self.changed = number
        if number >= self._checkpoint and self._check():
            return False
        thread.site = site
        others_ran = False
        try:
            thread.steps += 1
            known = self._known.get(id(owner))
            if known is None or location is not site.calm or (known[1] is not None and known[1]() is not owner):
                self._intends(thread, ((mode, owner, location),))
            else:
                thread.pending = ((mode, known[0], location),)
        except RecursionError:
            self.blind = True
        events = self.events
        if len(self.enabled) > 1 or self._early:
            if len(events) < self._stays_until:
                self.decisions.append(thread.number)
            elif (chosen := self._decide()) is not thread:
                self._hand_over(thread, chosen)
                others_ran = True
        try:
            events.append(Event(thread.number, thread.path, len(events), site, mode, thread.pending))
        except RecursionError:
            self.blind = True
        return others_ran

    def is_within(self, has_hooks: Callable[[CodeType], bool]) -> bool:
        """Whether C code that is not done has called the function that the current thread has entered."""
        try:
            return called_within(self.current.entered, has_hooks)
        except RecursionError:
            self.blind = True
            return False

    def gives_to_c(self, site: OperationSite, has_hooks: Callable[[CodeType], bool]) -> bool:
        """The same, and it may look into what that function gives at this site."""
        return self.is_within(has_hooks) and looks_into_results(self.current.entered, site)

    def gives(self, site: OperationSite, accesses: Sequence[Touch]) -> None:
        """The C code around looks into this, now or after other operations within it."""
        thread = self.current
        index = len(thread.entered) - 1
        self.reach(site, READ, accesses)
        if self.sees and not self.blind and 0 <= index < len(thread.entered):
            around, touches = thread.entered[index]
            own = thread.pending[: len(accesses)]
            thread.entered[index] = around, touches + tuple(each for each in own if each not in touches)

    def wait(
        self,
        resource: Resource,
        site: OperationSite,
        timeout: float | None = None,
        *,
        early: bool = True,
        ready: bool = False,
    ) -> bool:
        """The current thread can't go on until the resource is available, or `timeout` virtual seconds have passed.
        Returns whether it is available; then nothing has happened since.

        early: its time-out may come at any moment, if the strategy lets it; else only when no other thread can run.
        ready: the resource is available now, so that it could go on.
        """
        thread = self.current
        self.operations = number = self.operations + 1
        if ready:
            if resource.word == "lock":
                self.will_lock(number)
            self.changed = number
            if number >= self._checkpoint and self._check():
                return True
        elif self.over:
            self._after_the_end()
            raise Ended
        elif number >= self._due:
            self._do_what_is_due()
        thread.site = site
        thread.waits = resource
        resource.waiters.append(thread)
        if self.sees:
            thread.steps += 1
            self._intends(thread, resource.use)
            if self.recording:
                self._will_record(thread, resource.use)
            if resource.word:
                self.levels[thread.pending[0][1]] = resource.level
        if timeout is not None:
            thread.deadline = self.now + timeout
            thread.timed_at = Place(site)
            thread.may_be_early = early and self._early_allowed
            self.timed.append(thread)
        if not ready:
            if self.recording:
                thread.counted.waits()
            self.enabled.remove(thread)
            if thread.may_be_early:
                self._may_time_out([thread])
        chosen = thread if ready and len(self.enabled) == 1 and not self._early else self._next()
        if chosen is None:
            self._end_stuck()
            self._unwind()
        if chosen is not thread:
            self._hand_over(thread, chosen)
        resource.waiters.remove(thread)
        thread.waits = None
        timed_out = could_time_out = False
        if timeout is not None:
            self.timed.remove(thread)
            thread.deadline = None
            could_time_out, thread.may_be_early = thread.may_be_early, False
            timed_out, thread.timed_out = thread.timed_out, False
        if self.sees:
            events = self.events
            mode = UPDATE if resource.takes and not timed_out else READ
            event = Event(thread.number, thread.path, len(events), site, mode, thread.pending)
            events.append(event)
            event.needs = resource.word
            if mode is UPDATE:
                event.delta = -1
            if timed_out or could_time_out:
                event.timed_out = timed_out
                event.may_time_out = could_time_out
                event.forced = timed_out and not could_time_out
            if self.recording:
                self._record(event, thread)
        return not timed_out

    def will_lock(self, operation: int) -> None:
        """This operation, the next one, changes a lock. A thread that looks at something again and again under a lock
        gets nowhere by that."""
        if self.changed != self._locked:
            self._progressed = self.changed
        self._locked = operation

    def _intends(self, thread: Thread, accesses: Sequence[Touch]) -> None:
        """What the thread is about to do, at its `site`."""
        own = thread.pending = self._named(accesses, thread.number, thread.steps)
        if thread.entered:
            leave(thread.entered)
            for _, touches in thread.entered:
                thread.pending += touches
        site = thread.site
        if site is None or thread.waits is not None:
            return
        if own and own[0][2] is site.calm and (len(own) == 1 or (len(own) == 2 and own[1][2] is site.calm)):
            return  # nearly always: an attribute or a name, of an object and its class
        if may_call_back(site, own):
            thread.entered.append((site, own))
        elif len(own) == 1 and own[0][2] in _WITHOUT_KEY:
            site.calm = own[0][2]

    def _will_record(self, thread: Thread, accesses: Sequence[Touch]) -> None:
        self.has_written()
        if thread.site is not None:
            thread.counted.touches = accesses
            thread.counted.comes_to(thread.site)
            for _, thing, location in accesses:
                if issubclass(type(thing), (set, frozenset)) and location in (ITEMS, WHOLE):
                    self.walks(thing, thread.site)

    def _record(self, event: Event, thread: Thread) -> None:
        thread.counted.did = event
        event.place = thread.counted.place
        event.own = event.accesses[: len(thread.counted.touches)]
        event.objects = tuple([self.names.first_touched[number] for _, number, _ in event.accesses])
        held = [(self.names.known.get(id(lock.real)), place) for lock, place in thread.held.items()]
        event.held = tuple([(known[0] if known else -1, place) for known, place in held])
        accesses, thread.counted.touches = thread.counted.touches, ()
        if self._peek is not None and of_one_place(accesses):
            if accesses[0][0] is READ:
                event.value = seen(self._peek, accesses[0])
            elif accesses[0][0] is not DELETE:
                self._writing = Writing(event, accesses[0])

    def has_written(self) -> None:
        """What the last operation wrote is there."""
        writing, self._writing = self._writing, None
        if writing is not None and self._peek is not None:
            writing.done(self._peek)

    def settle(self) -> None:
        """The same, as the next operation is announced: nothing is held any more of what the last one wrote to, so that
        only what would be announced is, recorded or not."""
        try:
            self.has_written()
        except RecursionError:
            self.blind = True

    def note_start(self, parent: Thread, path: Path) -> None:
        """A thread is started by another one, by what that did last or, if it did nothing yet, by what started it."""
        for event in reversed(self.events):
            if event.path == parent.path or parent.path in event.starts:
                event.starts += (path,)
                return

    def tried(self, resource: Tried, site: OperationSite) -> bool:
        """The current thread takes the resource if it is there when its turn comes, and doesn't wait. Returns whether
        it is."""
        thread = self.current
        thread.tries = resource
        self.reach(site, READ, resource.use)
        thread.tries = None
        there = resource.owner is None
        if self.sees and self.events and not (self.over or self.blind):
            event = self.events[-1]
            event.tries = True
            self.levels[event.accesses[0][1]] = resource.level
            if there:
                event.delta = -1
            else:
                (_, thing, location), *further = event.accesses
                event.accesses = (READ, thing, location), *further
        return there

    def it_added(self, delta: int) -> None:
        """What was performed last changed what is there of its resource."""
        if self.sees and self.events and not self.over:
            self.events[-1].delta = delta

    def wait_outside(self, ready: Callable[[], bool], site: OperationSite, timeout: float | None) -> bool:
        """The current thread waits for what only asking tells. It stays enabled, and asks whenever it is its turn.

        Returns False when `timeout` virtual seconds have passed; else the wait is over, or nobody else can run, and
        what would end it can only come from outside.
        """
        thread = self.current
        deadline = None if timeout is None else self.now + timeout
        self.outside[thread] = Outside(ready, deadline)
        try:
            while not ready():
                if self.over:
                    raise Ended
                if deadline is not None and self.now >= deadline:
                    return False
                others = [other for other in (*self.enabled, *self._early) if other is not thread]
                if any(other not in self.outside or self.outside[other].over(self.now) for other in others):
                    self._ask_later(thread, site)
                elif self.timed or any(each.deadline is not None for each in self.outside.values()):
                    self._let_time_pass(self.timed)
                elif not others:
                    break
                else:
                    self._wait_for_real(thread)
        finally:
            self.outside.pop(thread, None)
        return True

    def _ask_later(self, thread: Thread, site: OperationSite) -> None:
        """It waits for what is outside, and others can go on."""
        thread.tired = True
        self.reach(site, READ, TOUCHES_WORLD)

    def _let_time_pass(self, waiting: list[Thread]) -> None:
        """Until the first time is up that one of these threads waits for, or one that waits for what is outside."""
        due = [each.deadline for each in self.outside.values() if each.deadline is not None]
        first = min(waiting, key=_first_in_time, default=None)
        if first is not None and all(_first_in_time(first)[0] < deadline for deadline in due):
            self._time_out(first)
        else:
            self.now = max(self.now, min(due))

    def _wait_for_real(self, thread: Thread) -> None:
        """Several wait for what is outside, and nobody else can go on. No operation comes meanwhile: whoever looks
        after the execution sees it, and may leave the thread behind."""
        if self._only_daemons:
            self.cut_off = True
            self._unwind()
        while True:
            over = self.discarded or any(each.ready() for each in self.outside.values())
            while thread.ended:  # asked after that: what it waits for may have come as the others were unwound
                thread.gate.acquire(timeout=LOOK)  # and no longer: then SystemExit may come through
            if over:
                break
            thread.gate.acquire(timeout=LOOK)
        if self.discarded:
            self._unwind()

    def available(self, resource: Resource) -> None:
        """Those who wait for the resource can go on; the first of them that runs may take it."""
        if not resource.waiters:
            return
        woken = [thread for thread in resource.waiters if not thread.timed_out]
        if any(thread.may_be_early for thread in woken):
            for thread in woken:
                thread.would_time_out = False
            self._early = [thread for thread in self._early if thread.would_time_out]
        self.enabled += woken
        self.enabled.sort(key=_NUMBER)

    def taken(self, resource: Resource) -> None:
        """They can't, since somebody took it."""
        # In one pass: a thousand threads may wait for it.
        current = self.current
        back = [
            thread
            for thread in self.enabled
            if thread.waits is resource and not thread.timed_out and thread is not current
        ]
        if back:
            self.enabled = [
                thread
                for thread in self.enabled
                if thread.waits is not resource or thread.timed_out or thread is current
            ]
            self._may_time_out([thread for thread in back if thread.may_be_early])

    def _may_time_out(self, threads: list[Thread]) -> None:
        for thread in threads:
            thread.would_time_out = True
        self._early += threads
        self._early.sort(key=_NUMBER)

    def at(self, operation: int, do: Callable[[], None]) -> None:
        """When the operation of this number comes, `do` is called first."""
        self._due, self._on_due = operation, do
        self._check_after(BETWEEN_CHECKS)

    def choose_by(self, chooser: Chooser) -> None:
        """From now on another strategy chooses, and the schedule says nothing of it."""
        chooser.follow(self.decisions, self.events)
        self._strategy, self._choose, self._stays_until = chooser, chooser.choose, 0
        self._noting = False

    def _decide(self) -> Thread:
        candidates: Sequence[Thread] = sorted(self.enabled + self._early, key=_NUMBER) if self._early else self.enabled
        try:
            chosen = self._choose(candidates, self.current)
            if self.sees and not self.recording:
                self._stays_until = self._strategy.stays_until
        except RecursionError:  # the scenario's thread is not as deep as this is
            chosen = candidates[0]
            self._stays_until = 0
        self.decisions.append(chosen.number)
        if not (chosen.would_time_out or self._noting):
            return chosen
        # It is not early if nobody else can run and its time is up first.
        early = chosen.would_time_out and (bool(self.enabled) or chosen is not self._first_due())
        if early and chosen.timed_at is not None:
            self.early_timeouts.append(chosen.timed_at)
        if self._noting:
            try:
                self._note(chosen, early)
            except RecursionError:
                self.blind = True
        self.current.tired = False
        if chosen.would_time_out:
            self._time_out(chosen)
        return chosen

    def _first_due(self) -> Thread:
        """Of those who wait with a time limit, the one whose time is up first."""
        return min(self.timed, key=_first_in_time)

    def _note(self, chosen: Thread, early: bool) -> None:
        """Notes a choice that isn't the one by default, as schedules have it."""
        current = self.current
        goes_on = current in self.enabled
        usual = current if goes_on and not current.tired else None
        if usual is None:
            usual = by_default(self.enabled, current) if self.enabled else self._first_due()
        if chosen is not usual:
            position = current.counted.position(goes_on, current.ended)
            self._noted.append(Switch(current.number, position, chosen.number, early))

    def schedule(self) -> Schedule | None:
        """What it did, if it was recorded and can be told."""
        if not self.recording or self.blind:
            return None
        return Schedule(tuple(self._noted), hash_seed() if self._set_was_walked else "")

    def walks(self, container: Any, site: OperationSite) -> None:
        """A set is about to be walked there, or the hashes of what is in a tuple are asked for."""
        if self.recording and not self._set_was_walked and site.name not in _ANY_ORDER:
            kind = next(kind for kind in (set, frozenset, tuple) if issubclass(type(container), kind))
            values = list(kind.__iter__(container))
            if site.name in _SORTED and "key" not in site.keywords and all(type(each) is str for each in values):
                return
            self._set_was_walked = any(map(_is_hashed_by_seed, values))

    def _next(self) -> Thread | None:
        """Who goes on, when the current thread can't. None: nobody ever will."""
        number = len(self.enabled) + len(self._early)
        if number > 1:
            return self._decide()
        if self.enabled:
            return self.enabled[0]
        if self.look_again():
            self.unseen = True
            return self._next()
        if not self.timed or self._only_daemons:
            return None
        # Time moves: nobody else can run.
        thread = self._first_due()
        if all(isinstance(other.waits, Thread) for other in self.timed):
            self._on_stuck(self)  # so far: a join with a time limit is a guard, and goes on now
        self._time_out(thread)
        return thread

    def _time_out(self, thread: Thread) -> None:
        if thread.would_time_out:
            thread.would_time_out = False
            self._early.remove(thread)
        assert thread.deadline is not None
        self.now = max(self.now, thread.deadline) + LATE
        thread.timed_out = True
        insort(self.enabled, thread, key=_NUMBER)

    def _hand_over(self, thread: Thread, chosen: Thread) -> None:
        self.current = chosen
        self.ident = chosen.ident
        try:
            chosen.gate.release()
        except RecursionError:  # that call was one too many: nobody was let run
            self.current = thread
            self.ident = thread.ident
            raise
        self.switches += 1
        thread.gate.acquire()
        if self.over:
            raise Ended

    def _let_run(self, chosen: Thread) -> None:
        self._turn_of(chosen).release()

    def _turn_of(self, chosen: Thread) -> _thread.LockType:
        self.current = chosen
        self.ident = chosen.ident
        return chosen.gate

    # --- begin and end ------------------------------------------------------------------------------------------------

    def told_apart(self, name: str, number: int) -> str:
        """What to call a new thread: by its name, with its number if another one is called so up to a parenthesis."""
        short, parenthesis, runs = printable(name).partition(" (")
        if short in self._called:
            short = f"{short} #{number}"
        self._called.add(short)
        return f"{short}{parenthesis}{runs}"

    def add(self, thread: Thread) -> None:
        """A thread starts: it can run from now on."""
        if self.over:
            raise Ended
        if self.recording:
            thread.counted = Counted()
        self.threads.append(thread)
        self.live.append(thread)
        self.enabled.append(thread)

    def run(self, scenario: Callable[[], None]) -> None:
        """On the worker of the scenario's own thread, which is the only one so far: runs it, and returns when every
        thread has ended."""
        (thread,) = self.threads
        self.current = thread
        self.ident = thread.ident
        scenario()
        if self.alone:
            return
        following = self.leave(thread)
        if following is not None:
            following.release()
            thread.gate.acquire()  # opened by the last one that ends

    def leave(self, thread: Thread) -> _thread.LockType | None:
        """The current thread has done all it does. Returns the gate of the one to go on, for the caller to open as the
        last that it does for this execution; None if there is nobody."""
        if self.alone or thread.ended:  # or left behind
            return None
        thread.ended = True
        thread.unwound = self.over
        self.live.remove(thread)
        if not self.over:
            self.enabled.remove(thread)
            self.available(thread)
            if self.live:
                self._only_daemons = self.live[-1].daemon and all(other.daemon for other in self.live)
                if self._only_daemons:
                    self._check_after(DAEMONS)
                chosen = self._next()
                if chosen is not None:
                    self.switches += 1
                    return self._turn_of(chosen)
                self._end_stuck()
            self.over = True
        following = self._unwound_next(thread)
        return None if following is None else self._turn_of(following)

    # --- the end before the end ---------------------------------------------------------------------------------------

    def stop(self) -> None:
        """From another thread: the execution ends at its next operation."""
        self.discarded = True
        self._checkpoint = 0

    def give_up(self) -> NoReturn:
        """The current thread ends the execution, which is to be done again."""
        self.discarded = True
        self._unwind()

    def _end_stuck(self) -> None:
        self.stuck_at_end = True
        self._on_stuck(self)

    def _unwind(self) -> NoReturn:
        """Ends the execution in the current thread."""
        thread = self.current
        self.over = True
        self._checkpoint = 0
        if thread is self.threads[0]:
            following = self._unwound_next(thread)
            if following is not None:
                self._let_run(following)
                thread.gate.acquire()
        raise Ended

    def _unwound_next(self, thread: Thread) -> Thread | None:
        self._checkpoint = 0
        for other in self.live:
            if other is not self.threads[0] and other is not thread:
                return other
        return self.threads[0] if thread is not self.threads[0] else None

    def unwind_without(self, lost: Thread) -> None:
        """From another thread, while `lost` is in a step that doesn't come back: the others are unwound, and last of
        all the scenario's own thread is let go, which may have done all it does."""
        self.over = True
        self._checkpoint = 0
        self.live.remove(lost)
        lost.ended = True
        following = self._unwound_next(lost)
        if following is not None:
            self._let_run(following)
        else:
            self.ident = 0

    def _after_the_end(self) -> None:
        """One more operation of a thread that is unwound. One that takes each Ended and goes on, however often, stays
        here: it is left behind, without a processor."""
        self._farewells += 1
        while self._farewells > 2 * FAREWELL:
            self.current.gate.acquire()

    def _check(self) -> bool:
        """Whether the operation is none that is scheduled. Once in a while, and at each operation after the end."""
        if self.over:
            self._after_the_end()
            if self._farewells > FAREWELL:
                raise Ended
            return True
        if self.discarded:
            self._unwind()
        if self.operations >= self._due:
            self._do_what_is_due()
            return False
        if self._only_daemons:
            self.cut_off = True
            self._unwind()
        idle = self.operations - self.changed
        still = self.operations - (self._progressed if self.changed == self._locked else self.changed)
        if still > self._patience() and self._passed < PASSES and self._time_passes():
            idle = 0
        nowhere = idle > UNCHANGED or still > ONLY_LOCKS
        if (nowhere and not self.clock_read) or self.operations > self.most:
            self.spinning = self.cut_off = True
            self.endless = self.operations > MOST
            self._end_stuck()
            self._unwind()
        self.current.tired = still >= BETWEEN_CHECKS
        self._check_after(TURN if self.current.tired or self._passed else BETWEEN_CHECKS)
        return False

    def _patience(self) -> int:
        """How many operations that change nothing are taken to take as long as others sleep: fewer each time."""
        return min(UNCHANGED // 2, max(GETS_NOWHERE >> self._passed, 2 * TURN) * len(self.enabled))

    def _time_passes(self) -> bool:
        """Ends the wait of the thread whose time is up first, as when no thread can run, if there is one."""
        waiting = [thread for thread in self.timed if not (thread.guards or thread in self.enabled)]
        if waiting or any(each.deadline is not None for each in self.outside.values()):
            self._let_time_pass(waiting)
            self.passed_at += [each.timed_at for each in waiting if each.timed_out and each.timed_at is not None]
            self._passed += 1
            self.changed = self._progressed = self.operations
            return True
        return False

    def _do_what_is_due(self) -> None:
        self._due = NEVER
        self._on_due()
        self._check_after(DAEMONS if self._only_daemons else BETWEEN_CHECKS)

    def _check_after(self, operations: int) -> None:
        self._checkpoint = min(self.operations + operations, self._due)
