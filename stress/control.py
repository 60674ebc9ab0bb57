"""A controlled exploration: search decides, runtime runs, instrument shows what runs, detect says what went wrong.

Every execution that counts was controlled throughout: one that met code without hooks, or an import, is run again. A
failure counts once its schedule was run a second time and failed in the same way; else the scenario is not
deterministic, and that is told instead.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from stress._compat import HAS_MONITORING
from stress._lines import fitted
from stress.errors import InternalError, NothingInstrumented, StaleSchedule
from stress.events import OperationSite, Site
from stress.failure import Failure
from stress.fresh import FreshState
from stress.instrument import (
    announce_call,
    forget_instances,
    is_instrumented,
    listen,
    pause,
    resume,
    see_private,
    settle_first,
    tell_accesses,
)
from stress.instrument.finding import Finder, is_tool
from stress.instrument.lookup import value_at
from stress.instrument.settling import Settling
from stress.judging import (
    alike,
    difference,
    failures_of,
    kind_of,
    kinds_of,
    never_again,
    parting,
    replayable,
    same,
    shared_sites,
    written_sites,
)
from stress.minimize import Attempt, Shortest, Tried, shortest
from stress.runtime.control.execution import Chooser
from stress.runtime.control.outcome import Outcome
from stress.runtime.control.session import LONG_ENOUGH, Closer, Session, session
from stress.runtime.control.sight import Sight
from stress.runtime.control.values import UNKNOWN
from stress.runtime.stacks import is_machinery, relative
from stress.schedule import Schedule
from stress.search import strategy
from stress.search.dpor import REREADS, Dpor
from stress.search.following import Following
from stress.search.protocol import Strategy
from stress.search.replaying import Replaying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stress.exploration import Exploration

EXECUTIONS: Final = 1_000  # with neither executions= nor seconds=
OPERATIONS: Final = 200_000  # of all executions together, likewise: about as long
MORE: Final = 10  # times as much, as long as it looks as if all traces could be run
LONGER: Final = 3_000  # operations, by which a shorter execution may be longer than the one that failed
BETWEEN_SHOWS: Final = 0.1  # seconds
ANEW: Final = 10  # searches of traces, each begun since something was made once in a process
RESTARTS: Final = 1_000  # executions in a row that met code without hooks; each finds some, so that it is far away
FIRST_OF_ALL: Final = "found in an execution that did something else when it was run again, as all others did"
MADE_ONCE: Final = "what is made once in a process (a cache, a module's state) was there: its making was not explored"


T = TypeVar("T")
C = TypeVar("C", bound=Chooser)


class Judge(Protocol):
    """Raises what a test runner signals by an exception of the scenario."""

    def __call__(self, exception: BaseException) -> None: ...


def explore_controlled(
    exploration: Exploration,
    scenario: Callable[[], object],
    *,
    executions: int | None,
    seconds: float | None,
    timeout: float,
    include: Sequence[str],
    keep_going: bool,
    progress: Callable[[Exploration], object] | None,
    runs: object,
    judge: Judge,
    interruptible: Callable[..., Any],
) -> None:
    """Runs controlled executions of a scenario, and adds to the exploration what they come to.

    runs: the function that the scenario calls, if the scenario is code of ours; else the scenario itself.
    interruptible: calls a function with arguments, during which Ctrl-C may come.
    """
    controlled = Controlled(exploration, scenario, timeout, keep_going, judge, interruptible)
    try:
        controlled.run(executions, seconds, include, progress, runs)
    finally:
        controlled.let_go()


class Controlled:
    """One controlled exploration."""

    def __init__(
        self,
        exploration: Exploration,
        scenario: Callable[[], object],
        timeout: float,
        keep_going: bool,
        judge: Judge,
        interruptible: Callable[..., Any],
    ) -> None:
        # The one reference to it: a cycle through it would put off the warning that nobody read its failure.
        self._exploration = exploration
        self._scenario = scenario
        self._timeout = timeout
        self._keep_going = keep_going
        self._judge = judge
        self._interruptible = interruptible
        self._session: Session | None = None
        self._closer: Closer | None = None  # how executions are looked at
        self._strategy: Strategy
        self._incomplete = ""  # why something may matter that wasn't seen of an execution
        self._started_anew = 0
        self._started = time.monotonic()
        self._executions: int | None = None
        self._seconds: float | None = None
        self._operations = self._restarts = 0
        self._clock_read = False
        self._asked_weakly = False  # a weak reference for its object
        # Where something was written in the executions that were given up at first, and not in those that count.
        self._only_before: set[OperationSite] = set()
        self._fresh = FreshState(self._repeated, self._found)
        self._made_before: Site | None = None  # where the scenario made what was there in each execution that counts
        # An execution that failed, and did something else when it was repeated, where that does the same each time: it
        # made what is made once in a process, and another one may fail so. If none does, it is told after all.
        self._doubted: tuple[Outcome, list[Failure]] | None = None
        self._enough = False
        self._back = False  # to the caller's thread
        self._pending: list[tuple[Outcome, list[Failure]]] = []  # to be run again, before it counts
        self._show_at: float | None = None  # when to show how far it is

    def run(
        self,
        executions: int | None,
        seconds: float | None,
        include: Sequence[str],
        progress: Callable[[Exploration], object] | None,
        runs: object,
    ) -> None:
        self._executions, self._seconds = executions, seconds
        self._strategy = strategy(self._exploration.search, self._exploration.seed)
        self._show_at = None if progress is None else 0.0
        with self._prepared(include, runs) as running:
            while not self._enough or self._has_left_more():
                recording = self._exploration.executions == 0 or self._fresh.puts_back
                running.run(self._scenario, self._following, self._judged, recording=recording)
                if self._pending:
                    self._enough = self._count(*self._pending.pop()) or self._spent()
                self._exploration.seconds = time.monotonic() - self._started
                if progress is not None:
                    self._show_at = time.monotonic() + BETWEEN_SHOWS
                    self._show(progress)
        if self._doubted is not None and not self._exploration.failed:
            outcome, told = self._doubted
            self._exploration.executions -= 1  # it stands for one of those that passed
            self._exploration.note(outcome.value, outcome.several, told, FIRST_OF_ALL)
        if self._strategy.finishes and self._strategy.traces is not None and self._strategy.traces.executed:
            self._cover(self._strategy.traces, bool(running.outsiders))

    def _show(self, progress: Callable[[Exploration], object]) -> None:
        before = self._fresh.changed()
        self._interruptible(progress, self._exploration)
        if changed := self._fresh.changed() ^ before:
            self._fresh.leave_to_others(changed)

    def _has_left_more(self) -> bool:
        """Whether all executions that were wanted have run, and then have to once more."""
        late = self._seconds is not None and self._exploration.seconds >= self._seconds
        if late or self._exploration.failed or not self._fresh.may_have_mattered():
            return False
        self._begin_with_what_was_there()
        return True

    def _begin_with_what_was_there(self) -> None:
        exploration = self._exploration
        exploration.begin_anew()
        self._strategy = strategy(exploration.search, exploration.seed)
        self._only_before.clear()
        self._enough = False
        self._incomplete, self._operations, self._started_anew = "", 0, 0

    # --- a schedule ---------------------------------------------------------------------------------------------------

    def replay(self, schedule: Schedule, include: Sequence[str], runs: object) -> None:
        """Counts one execution, under this schedule: one for which what is made once in a process is there.

        Raises StaleSchedule where it doesn't fit."""
        exploration = self._exploration
        with self._prepared(include, runs) as running:
            before, outcome, following = self._twice(schedule)
            fails = not following.unfit and self._found(outcome)
            mattered = self._fresh.mattered_for(outcome, fails) if fails else self._fresh.put_back_from_now_on()
            if mattered:
                again = self._twice(schedule)
                if (not again[2].unfit and (not fails or self._found(again[1]))) or following.unfit:
                    before, outcome, following = again
            self._clock_read = outcome.clock_read
            for raised in outcome.raised:
                self._judge(raised.exception)
            if outcome.lost is not None and not outcome.lost_idle and not following.unfit:
                closely = self._closely(outcome, lambda: Replaying(schedule))
                outcome = closely if _spins(closely, outcome) else outcome
            exploration.assume(another := schedule.another_seed())
            if following.unfit:
                why = "\n".join([following.misfit(), *exploration.assumptions])
                raise StaleSchedule(fitted(f"{exploration.name}: the schedule {schedule} doesn't fit\n{why}"))
            found = [replayable(failure, schedule, outcome) for failure in self._found(outcome)]
            found = [replace(failure, text="\n".join([failure.text, *another])) for failure in found]
            if before.lost is None and parting(before, outcome) is not None:
                found = [difference(before, outcome, [], [], bool(running.outsiders))]
        exploration.seconds = time.monotonic() - self._started
        exploration.note(outcome.value, outcome.several, found[:1], "found in a replay", schedule)

    def _twice(self, schedule: Schedule) -> tuple[Outcome, Outcome, Replaying]:
        """The last two of the runs that it takes until one does what the one before did: three at most."""
        outcome, following = self._repeated(lambda: Replaying(schedule))
        before = outcome
        for _ in range(2):
            if outcome.lost is not None and not following.unfit:
                break
            before = outcome
            outcome, following = self._repeated(lambda: Replaying(schedule))
            if parting(before, outcome) is None:
                break
        return before, outcome, following

    @contextmanager
    def _prepared(self, include: Sequence[str], runs: object) -> Iterator[Session]:
        """The process is prepared for executions of the scenario, and put back."""
        finder = Finder(include, self._watched, self._begin_again, self._unseen, self._fresh.learn)
        settling = Settling()

        def new() -> None:
            if not HAS_MONITORING and settling.note():
                sys.setprofile(finder.profiled)  # for what the current thread is about to do

        def meet(thing: object) -> None:
            self._unseen(finder.meet, thing)
            new()

        sight = Sight(meet, finder.known, finder.is_step, settling.here, new)
        with finder, session(sight, self._timeout) as running, _listening(sight):
            self._session = running
            running.is_tool = is_tool
            running.pause, running.resume, running.let_go = pause, resume, forget_instances
            running.tell_accesses = tell_accesses
            running.see_private = see_private
            running.settle_first = settle_first
            sight.announce = announce_call
            sight.has_hooks = is_instrumented
            running.peek = functools.partial(value_at, unknown=UNKNOWN)
            running.watch.interruptible = self._interruptible
            if not HAS_MONITORING:
                running.profile = lambda: finder.profiled if settling.next() else None
                running.missed = settling.missed
            finder.meet(runs)
            self._fresh.serve(running)
            if not finder.has_hooks(runs):
                reasons = "; ".join(sorted(set(finder.instrumentation.reasons.values()))) or "it isn't Python code"
                raise NothingInstrumented(
                    f"{self._exploration.name}: nothing of it can be controlled: {reasons}. "
                    "Free threads need no source: search='native'"
                )
            try:
                yield running
            finally:
                self._fresh.put_back()
        self._exploration.assume(self._fresh.told())
        if self._fresh.not_anew:
            self._exploration.assume([MADE_ONCE])
        for site in self._only_before:
            self._was_made_before(site)
        if self._clock_read:
            self._exploration.assume(
                ["time was virtual: it began on 2026-01-01, 00:00 UTC, and moved only while all waited"]
            )
        if sight.drew:
            self._exploration.assume(["os.urandom gave the same bytes in each execution, and others were not tried"])
        if running.outsiders:
            self._exploration.assume(["threads that were there before, and that the scenario made use of, ran free"])
        self._exploration.assume(f"{name} ran as one step: {reason}" for name, reason in finder.named.items())
        self._asked_weakly = bool(finder.asked_weakly)
        if finder.ran_in_c:
            names = ", ".join(sorted(finder.ran_in_c))
            self._exploration.assume(
                [f"C code ran as one step each time, and touched nothing but what it was handed: {names}"]
            )
        if finder.standard:
            names = ", ".join(sorted(finder.standard))
            self._exploration.assume(
                [f"calls of the standard library ran as one step each, unless include= names it: {names}"]
            )

    def _cover(self, search: Dpor, outsiders: bool) -> None:
        """Says how much of all there is a search of traces has covered."""
        exploration = self._exploration
        if not search.exhausted:
            about = f"about {search.estimate:,.0f}" if search.estimate < 1e9 else "very many"
            exploration.cover(False, f"{search.executed:,} of {about} traces were run (an estimate)")
            return
        if outsiders:
            exploration.cover(False, "all traces were run, and beside them threads that aren't controlled")
        elif self._fresh.not_anew:
            exploration.cover(False, f"all traces were run, but this could not be made anew: {self._fresh.not_anew}")
        elif self._made_before is not None:
            exploration.cover(False, f"all traces were run, but what {self._made_before} makes once was made before")
        elif not search.complete:
            strayed = "in one others dropped an object last than was planned, and what comes of that was not tried"
            why = self._incomplete or (strayed if search.strayed else "one was too long, or didn't come back")
            exploration.cover(False, f"all traces that were found were run, but {why}")
        else:
            exploration.assume(
                [
                    "the order in which references are dropped doesn't matter (`__del__`, weakref callbacks)",
                    "nothing that matters is unseen (docs/instrumentation.md lists what is)",
                ]
            )
            if self._asked_weakly:
                exploration.assume(["it doesn't matter when objects die (a weak reference was asked for one)"])
            if search.unordered:
                exploration.assume(["the order in which keys came into a dict or a set doesn't matter"])
            if search.bounded:
                exploration.assume(
                    [f"it doesn't matter whether a loop that only reads goes round more than {REREADS} times in vain"]
                )
            s = "" if search.executed == 1 else "s"
            exploration.cover(True, f"each of the {search.executed:,} trace{s} was run")

    def let_go(self) -> None:
        """Of the exploration: what failed has a traceback, whose frames lead to all else that is here."""
        del self._exploration

    # --- one execution after the other --------------------------------------------------------------------------------

    def _following(self) -> Chooser | None:
        """The strategy of the next execution; None if it is enough, or it is the caller's thread's turn."""
        if self._enough or self._back:
            self._back = False
            return None
        self._strategy.begin(self._exploration.executions)
        return self._strategy

    def _judged(self, outcome: Outcome) -> None:
        if outcome.discarded:
            self._only_before |= written_sites(outcome)
            self._restarts += 1
            if self._restarts > RESTARTS:
                raise InternalError(f"{self._exploration.name}: code without hooks was met {RESTARTS:,} times in a row")
            return
        self._restarts = 0
        if self._only_before:
            self._only_before -= written_sites(outcome)
        self._operations += outcome.operations
        self._clock_read |= outcome.clock_read
        found = self._found(outcome)
        exploration = self._exploration
        exploration.seconds = time.monotonic() - self._started
        # What fails as one did before tells nothing more.
        new = not all(map(exploration.knows, found)) if found else exploration.wants(outcome.value, outcome.switches)
        if new or exploration.executions == 0 or not self._ended(outcome):
            self._back = True
            self._pending.append((outcome, found))
            return
        exploration.note(outcome.value, outcome.several, found)
        self._enough = self._spent()
        self._back = self._show_at is not None and time.monotonic() > self._show_at

    def _ended(self, outcome: Outcome) -> bool:
        """Tells the strategy of an execution that counts; whether it began as the strategy wanted."""
        self._incomplete = self._incomplete or outcome.incomplete
        return self._strategy.end(outcome.events, outcome.pending, outcome.levels, not outcome.incomplete)

    def _spent(self) -> bool:
        """Whether as much has run as was asked for, or there is."""
        if self._strategy.exhausted:
            return True
        unlimited = self._executions is None and self._seconds is None
        budget = self._executions
        more = MORE if self._strategy.finishes else 1
        if unlimited:
            budget = EXECUTIONS * more
        if budget is not None and self._exploration.executions >= budget:
            return True
        if unlimited and self._operations > OPERATIONS * more:
            return True
        if self._seconds is not None and self._exploration.seconds >= self._seconds:
            self._exploration.cut()
            return True
        return False

    # --- found by running ---------------------------------------------------------------------------------------------

    def _watched(self) -> bool:
        return self._session is not None and self._session.watches()

    def _unseen(self, function: Callable[..., T], *args: Any) -> T:
        assert self._session is not None
        return self._session.unseen(function, *args)

    def _begin_again(self) -> None:
        execution = self._session.here() if self._session is not None else None
        if execution is not None and not execution.over:
            execution.give_up()

    # --- what counts --------------------------------------------------------------------------------------------------

    def _count(self, outcome: Outcome, found: list[Failure]) -> bool:
        """Counts an execution that failed, or the first one, after it was run again; whether to stop."""
        exploration = self._exploration
        for raised in outcome.raised:
            self._judge(raised.exception)
        came_back = outcome.lost is None
        if outcome.endless:  # to make it again takes as long
            found = [replayable(failure, None, outcome) for failure in found]
            self._strategy.end((), (), {}, False)
        elif came_back:
            if self._fresh.mattered_for(outcome, found):
                self._begin_with_what_was_there()
                return False
            doubted = self._doubted
            outcome, found = self._verified(outcome, found)
            if self._doubted is not doubted:
                return False
            if not (found and found[0].kind == "nondeterministic") and not self._ended(outcome):
                # It did what it did when that was planned no more: something is made once in a process. From now on it
                # is there.
                self._started_anew += 1
                if self._started_anew > ANEW:
                    found = [never_again(outcome, ANEW)]
        else:
            outcome, found = self._lost(outcome, found)
            self._strategy.end((), (), {}, False)
        assert self._session is not None
        leaves_behind = not came_back or self._session.left_behind  # each try would leave some more
        if found and found[0].schedule is not None and not leaves_behind:
            outcome, found = self._shortened(outcome, found)
        if told := self._fresh.told():
            found = [replace(each, text="\n".join([each.text, *told])) for each in found]
        exploration.note(
            outcome.value,
            outcome.several,
            found if self._keep_going else found[:1],
            f"found in execution {exploration.executions + 1} of search={exploration.search}, seed={exploration.seed}",
            outcome.schedule,
            outcome.switches,
        )
        return bool(found) and (not self._keep_going or found[0].kind == "nondeterministic")

    def _verified(self, outcome: Outcome, found: list[Failure]) -> tuple[Outcome, list[Failure]]:
        """What counts of an execution, once its schedule was repeated: itself, if it did the same again.

        Where the second and the third run are the same, and the first one failed as they do, or did other operations
        and didn't fail, it made what is made once in a process, and the second one counts. Else the scenario is not
        deterministic.
        """
        second, stale, met = self._again(outcome)
        again = self._found(second)
        if met:  # code without hooks, in what was repeated: then it had run as one step
            return self._verified(second, again)
        if not stale and same(outcome, second, found, again):
            return second, [replayable(failure, second.schedule, second) for failure in again]
        third, stale, _ = self._again(second)
        last = self._found(third)
        repeats = not stale and same(second, third, again, last)
        as_they_do = [kind_of(failure) for failure in found] == [kind_of(failure) for failure in again]
        differs = parting(outcome, second)
        if repeats and (as_they_do or (not found and differs is not None)):
            self._was_made_before(outcome.events[differs].site if differs and differs < len(outcome.events) else None)
            return second, [replayable(failure, second.schedule, second) for failure in again]
        assert self._session is not None
        outsiders = bool(self._session.outsiders)
        if not repeats:
            return outcome, [difference(second, third, again, last, outsiders)]
        told = [difference(outcome, second, found, again, outsiders)]
        if found and self._doubted is None and differs is not None:
            self._doubted = outcome, told
        return outcome, told

    def _was_made_before(self, site: Site | None) -> None:
        self._exploration.assume([MADE_ONCE])
        if site is not None and site.line and not is_machinery(site.file):
            self._made_before = self._made_before or Site(relative(site.file), site.line, site.column)

    def _lost(self, outcome: Outcome, found: list[Failure]) -> tuple[Outcome, list[Failure]]:
        """What counts of an execution with a step that doesn't come back. A loop over what only its thread can reach is
        a livelock like any other, once that is seen. Of all else it is only known that the step doesn't come back, and,
        where the same choices were made again, that this is no accident. One that does nothing is not made again if it
        was recorded: it would leave one more thread behind."""
        if self._exploration.knows(found[0]):
            return outcome, found
        if outcome.lost_idle and outcome.recorded:
            return outcome, [replayable(failure, outcome.schedule, outcome) for failure in found]
        before, again, fits = outcome, outcome, False
        if not outcome.lost_idle:
            # Twice, if the first one made what is made once in a process, so that it has other operations.
            for _ in range(2):
                before = again
                again = self._closely(before, functools.partial(Following, before.decisions, before.could_be_early))
                fits = again.lost is not None and again.operations == before.operations
                if again.lost is None or again.operations >= before.operations:
                    break
            if _spins(again, before) and (schedule := again.schedule) is not None:
                replayed = self._closely(before, functools.partial(Replaying, schedule))
                if kinds_of(failures := self._found(replayed)) == kinds_of(self._found(again)):
                    return replayed, [replayable(failure, schedule, replayed) for failure in failures]
        for _ in range(2):
            if not fits:
                again, stale, _ = self._again(outcome)
                fits = not stale and again.lost is not None and again.operations == outcome.operations
            failures = self._found(again)
            if fits and kinds_of(failures) == kinds_of(found):
                return again, [replayable(failure, again.schedule, again) for failure in failures]
            fits = False
            if again.lost is not None:
                outcome, found = again, failures
        none = "no schedule: when the same choices were made again, they led to something else"
        return outcome, [
            replace(each, text=f"{each.text}\n{none}") for each in (replayable(each, None, outcome) for each in found)
        ]

    def _closely(self, outcome: Outcome, make: Callable[[], Chooser]) -> Outcome:
        """The execution again, with what only one thread can reach seen from the step on that didn't come back."""
        self._closer = Closer(outcome.operations, _walk)
        try:
            return self._repeated(make)[0]
        finally:
            self._closer = None

    def _shortened(self, outcome: Outcome, found: list[Failure]) -> tuple[Outcome, list[Failure]]:
        """The shortest execution that fails in the same way, as far as one was found, and its failures."""
        kind = alike(found[0])
        _, as_it_was = self._repeated(lambda: Attempt({}, outcome.could_be_early, outcome.decisions))
        search = shortest(as_it_was, outcome.operations, shared_sites(outcome))
        wanted: Attempt | None = None
        best: Shortest | None = None
        try:
            wanted = next(search)
        except StopIteration as end:
            best = end.value

        def following() -> Chooser | None:
            return wanted

        def judged(came: Outcome) -> None:
            nonlocal wanted, best
            if came.discarded:
                return
            failures = self._found(came)
            assert wanted is not None
            inside = sum(is_machinery(site.file) for site in wanted.deviates_at if site is not None and site.line)
            try:
                wanted = search.send(Tried(bool(failures) and alike(failures[0]) == kind, came.operations, inside))
            except StopIteration as end:
                wanted, best = None, end.value

        assert self._session is not None
        if found[0].kind != "livelock":
            self._session.most = outcome.operations + LONGER  # a loop may wait for who would have its turn much later
        try:
            self._session.run(self._scenario, following, judged)
        finally:
            self._session.most = None
        assert best is not None
        shorter = best
        if shorter.deviations is not as_it_was.deviations:
            again, _ = self._repeated(lambda: Attempt(shorter.deviations, shorter.early))
            failures = self._found(again)
            if failures and alike(failures[0]) == kind and again.schedule is not None:
                outcome = again
                found = [replayable(failure, again.schedule, again) for failure in failures]
        return outcome, [replace(each, text=f"{each.text}\n{shorter.told()}") for each in found]

    def _again(self, outcome: Outcome) -> tuple[Outcome, bool, bool]:
        """The same decisions once more, recorded; whether they didn't fit, and whether code without hooks was met."""
        made = 0

        def make() -> Following:
            nonlocal made
            made += 1
            return Following(outcome.decisions, outcome.could_be_early)

        again, following = self._repeated(make)
        return again, following.unfit, made > 1

    def _repeated(self, make: Callable[[], C]) -> tuple[Outcome, C]:
        """One execution that was controlled throughout, recorded, and the strategy of it."""
        outcomes: list[Outcome] = []
        choosers: list[C] = []

        def following() -> Chooser | None:
            if outcomes and (not outcomes[-1].discarded or len(outcomes) > RESTARTS):
                return None
            choosers.append(make())
            return choosers[-1]

        assert self._session is not None
        self._session.run(self._scenario, following, outcomes.append, recording=True, closer=self._closer)
        return outcomes[-1], choosers[-1]

    def _found(self, outcome: Outcome) -> list[Failure]:
        return failures_of(outcome, self._timeout)


def _spins(outcome: Outcome, before: Outcome) -> bool:
    """Whether it gets nowhere after the step of another run that didn't come back."""
    return outcome.spinning and outcome.operations <= before.operations + LONG_ENOUGH


def _walk() -> Chooser:
    """Who chooses then: the same in each replay."""
    walk = strategy("random", 0)
    walk.begin(0)
    return walk


@contextmanager
def _listening(sight: Sight) -> Iterator[None]:
    before = listen(sight)
    try:
        yield
    finally:
        listen(before)
