"""explore: a scenario run many times, and what came of it. The thin loop that ties the rooms together."""

from __future__ import annotations

import os
import random
import reprlib
import sys
import time
import types
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Final, TypedDict

from stress import _unread
from stress._arguments import check_callable, check_count, check_flag, check_seconds, names_in
from stress._lines import fitted
from stress.control import Controlled, explore_controlled
from stress.errors import StressFailure
from stress.failure import Failure
from stress.runtime import native
from stress.runtime.control.interrupts import Interrupts
from stress.runtime.stuck import deadlock, error
from stress.runtime.threads import name_of
from stress.schedule import Schedule
from stress.search import check_search

DEFAULT_EXECUTIONS: Final = 100  # natively, with neither executions= nor seconds=
DEFAULT_TIMEOUT: Final = 10.0  # seconds, for one execution

# The attribute by which a scenario of ours names the function that it calls: that one is to be controlled.
RUNS: Final = "__stress_runs__"
# The attribute in which a marked scenario has its own timeout=.
TIMEOUT: Final = "__stress_timeout__"

Names = str | types.ModuleType | Collection[str | types.ModuleType]
Progress = Callable[["Exploration"], object]


class Settings(TypedDict, total=False):
    """The keyword arguments of explore, as @interleave and @scenario take them."""

    search: str
    executions: int | None
    seconds: float | None
    seed: int | None
    model: str | None
    include: Names | None
    timeout: float | None
    keep_going: bool
    executor: object
    progress: Progress | None


def explore(
    scenario: Callable[[], object],
    *,
    search: str = "auto",
    executions: int | None = None,
    seconds: float | None = None,
    seed: int | None = 0,
    model: str | None = None,
    include: Names | None = None,
    timeout: float | None = None,
    keep_going: bool = False,
    executor: object = None,
    progress: Progress | None = None,
) -> Exploration:
    """Runs a scenario again and again: under control, one thread at a time, or natively, under forced switches.

    scenario: builds fresh state, runs threads, asserts; called without arguments, once per execution, in a thread of
        its own. What it returns is kept in `outcomes`.
    search: who runs next: "random" (at every operation each thread alike), "pct" or "pct:DEPTH" (few preemptions, at
        random places; "pct" is "pct:3"), "pos" (random priorities of operations, for the orders that matter), "surw"
        (each order of what was done to one thing alike), "dpor" (each order of operations that depend on each other,
        once, until the scenario is proved), or "auto" (the default: a few executions of some, then dpor if there look
        to be few orders, else several in turns); or "native" (real threads run free).
    executions: at most so many, a whole number from 1; no limit where `seconds` alone is given. None is 100 natively.
        Under control it is 1,000, or as many as have 200,000 operations together, ten times as many where "dpor" looks
        as if it came to an end: never a matter of time, so that the
        verdict of a seed is the same on every machine.
    seconds: starts no execution after so many real seconds; None is no limit. The verdict then depends on the machine.
    seed: of the random choices; recorded, and decides nothing natively; None draws one, which str() prints.
    model: "free-threaded" (None means the same): threads may be switched before any operation. "gil" raises
        NotImplementedError. A ValueError natively.
    include: names of modules, or modules, of the standard library or of test tools that are to be controlled too; NAME
        covers NAME.*. A ValueError natively.
    timeout: real seconds, 10 by default. Natively for one execution: threads that are alive then are a deadlock. Under
        control for one step to come back: one that doesn't is "uncontrolled blocking". Such threads are left behind:
        they hold neither the caller nor the interpreter's exit, and keep their locks.
    keep_going: goes on after a failure; `failures` then has one for each kind and place.
    executor: NotImplementedError, until explorations are distributed.
    progress: called with the Exploration so far, in the caller's thread: natively after each execution, under control
        ten times a second at most, and at the end.

    An exception that leaves the scenario, or a thread that it started through `threading`, is an error, but for
    SystemExit in a thread, for an exception that a threading.excepthook of the scenario's own was given, and for what
    test runners signal by exceptions (a skip, an expected failure, a Hypothesis assumption, KeyboardInterrupt), which
    are raised again here.

    Raises TypeError, ValueError or NotImplementedError for bad arguments, at once; RuntimeError if this process
    explores already; NothingInstrumented where a scenario has no source that could be controlled.
    """
    __tracebackhide__ = True
    check_settings(
        {
            "search": search,
            "executions": executions,
            "seconds": seconds,
            "seed": seed,
            "model": model,
            "include": include,
            "timeout": timeout,
            "keep_going": keep_going,
            "executor": executor,
            "progress": progress,
        }
    )
    check_callable("scenario=", scenario)
    exploration = Exploration(name_of(scenario), random.getrandbits(32) if seed is None else seed, search, _caller())
    exploration._seed_drawn = seed is None
    limit = timeout or DEFAULT_TIMEOUT
    try:
        with Interrupts() if search != "native" else nullcontext() as interrupts, _alone(exploration):
            if interrupts is None:
                _explore_natively(exploration, scenario, executions, seconds, limit, keep_going, progress)
            else:
                explore_controlled(
                    exploration,
                    scenario,
                    executions=executions,
                    seconds=seconds,
                    timeout=limit,
                    include=names_in("include", include) if include is not None else (),
                    keep_going=keep_going,
                    progress=progress,
                    runs=getattr(scenario, RUNS, scenario),
                    judge=_raise_signal,
                    interruptible=interrupts.during,
                )
    except BaseException:
        exploration.mark_read()  # nobody will ever have it in hand
        raise
    return exploration


def replay(
    scenario: Callable[[], object],
    schedule: Schedule | str,
    *,
    model: str | None = None,
    include: Names | None = None,
) -> Exploration:
    """Runs a scenario under one schedule: the same switches at the same operations. The same failure, if it is still
    there.

    scenario, model, include: as explore takes them. schedule: `Failure.schedule`, a value of `Exploration.outcomes`, or
    the text of one.

    The scenario is run before the execution that counts, which alone is counted: what is made once in a process (a
    cache, a module's state) is there, or, where the schedule fits or fails only without it, is put back first.
    Warns (UserWarning) of one that passes where sets are walked in another order, since the hash seed is another.
    Raises StaleSchedule, a ValueError, where the schedule doesn't fit the scenario; ValueError for what isn't a
    schedule; and what explore raises. A step may take as many real seconds as the timeout= of @stress.scenario
    says, else 10.
    """
    __tracebackhide__ = True
    return replayed(scenario, schedule, getattr(scenario, TIMEOUT, None), model=model, include=include)


def replayed(
    scenario: Callable[[], object],
    schedule: Schedule | str,
    timeout: float | None,
    *,
    model: str | None = None,
    include: Names | None = None,
) -> Exploration:
    """The same. timeout: real seconds that one step may take; None is 10."""
    __tracebackhide__ = True
    check_settings({"model": model, "include": include})
    check_callable("scenario=", scenario)
    if not isinstance(schedule, Schedule):
        schedule = Schedule.parse(schedule)
    exploration = Exploration(name_of(scenario), 0, "replay", _caller())
    names = names_in("include", include) if include is not None else ()
    try:
        with Interrupts() as interrupts, _alone(exploration):
            limit = timeout or DEFAULT_TIMEOUT
            controlled = Controlled(exploration, scenario, limit, False, _raise_signal, interrupts.during)
            try:
                controlled.replay(schedule, names, getattr(scenario, RUNS, scenario))
            finally:
                controlled.let_go()
    except BaseException:
        exploration.mark_read()
        raise
    if not exploration.failed:
        for text in schedule.another_seed():
            warnings.warn_explicit(
                f"{exploration.name} passes in a replay, but {text}", UserWarning, *exploration._caller
            )
    return exploration


def _explore_natively(
    exploration: Exploration,
    scenario: Callable[[], object],
    executions: int | None,
    seconds: float | None,
    limit: float,
    keep_going: bool,
    progress: Progress | None,
) -> None:
    __tracebackhide__ = True
    if executions is None and seconds is None:
        executions = DEFAULT_EXECUTIONS
    started = time.monotonic()
    with native.session() as session:
        while executions is None or exploration.executions < executions:
            outcome = session.run(scenario, limit)
            found = _judge(outcome, limit)
            exploration.assume(
                f"a daemon that stood still {stand} when all others had ended was taken to wait for work"
                for stand in outcome.idle
            )
            exploration.note(
                outcome.value,
                outcome.several,
                found if keep_going else found[:1],
                closing=f"found natively in execution {exploration.executions + 1}; it can't be replayed",
            )
            exploration.seconds = time.monotonic() - started
            if progress is not None:
                progress(exploration)
            if exploration.failed and not keep_going:
                break
            if seconds is not None and exploration.seconds >= seconds:
                if executions is None or exploration.executions < executions:
                    exploration.cut()
                break


def check_settings(settings: Mapping[str, object]) -> None:
    """Raises for every argument of explore, but for the scenario, that is wrong or not built yet."""
    unknown = set(settings) - set(Settings.__annotations__)
    if unknown:
        raise TypeError(f"{min(unknown)}= is not an argument: there are {', '.join(Settings.__annotations__)}")
    search = check_search(settings.get("search", "auto"))
    for argument, check in (("executions", check_count), ("seconds", check_seconds), ("timeout", check_seconds)):
        if settings.get(argument) is not None:
            check(argument, settings[argument])
    seed = settings.get("seed")
    if isinstance(seed, bool) or not isinstance(seed, (int, types.NoneType)):
        raise TypeError(f"seed= takes a whole number or None, got {seed!r} ({type(seed).__name__})")
    check_flag("keep_going", settings.get("keep_going", False))
    progress = settings.get("progress")
    if progress is not None and not callable(progress):
        raise TypeError(f"progress= takes a callable or None, got {progress!r} ({type(progress).__name__})")
    model = settings.get("model")
    if model is not None and model not in ("free-threaded", "gil"):
        raise ValueError(f"model={model!r} is not a switch model: it takes free-threaded, gil or None")
    if settings.get("include") is not None:
        names_in("include", settings["include"])
    for argument in ("model", "include"):
        if settings.get(argument) is not None and search == "native":
            raise ValueError(f"{argument}={settings[argument]!r} with search='native': free threads aren't controlled")
    for argument in ("model", "executor"):
        if settings.get(argument) is not None and settings[argument] != "free-threaded":
            raise NotImplementedError(
                f"{argument}= is not built yet: this release takes None, got {settings[argument]!r}"
            )


# By process: what a fork inherits explores nothing.
_exploring: Final[dict[int, Exploration]] = {}


class AlreadyExploring(RuntimeError):
    """Raised where a second exploration is begun in a process. A wrong call, and no failure of any scenario."""


@contextmanager
def _alone(exploration: Exploration) -> Iterator[None]:
    """One exploration a process: it takes over how threads start and what their exceptions do."""
    process = os.getpid()
    if (first := _exploring.setdefault(process, exploration)) is not exploration:
        raise AlreadyExploring(
            f"explore({exploration.name}): this process explores {first.name} already, and can do one at a time"
        )
    try:
        yield
    finally:
        del _exploring[process]


def _caller() -> tuple[str, int]:
    """File and line of the innermost frame outside this package."""
    frame: types.FrameType | None = sys._getframe(1)
    ours = __name__.partition(".")[0]
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == ours:
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("<unknown>", 1)


class Exploration:
    """What came of exploring a scenario.

    name: of the scenario, for reports.
    executions: how many ran. exhausted: True if every execution there is was covered: never natively.
    seconds: real seconds that it took. seed: the seed, drawn or given. search: the strategy, "native" or "replay".
    model: the switch model, None natively. assumptions: what the verdict rests on, a sentence each.

    It has no truth value: `assert explore(f)` would say nothing. raise_if_failed() or `.failure` do.
    """

    _read = True  # until it is made: Ctrl-C may come sooner

    def __init__(self, name: str, seed: int, search: str, caller: tuple[str, int]) -> None:
        self.name = name
        self.executions = 0
        self.exhausted = False
        self.seconds = 0.0
        self.seed = seed
        self.search = search
        self.model: str | None = None if search == "native" else "free-threaded"
        self.assumptions: tuple[str, ...] = ()
        self._failures: list[Failure] = []
        self._values: dict[object, tuple[int, Schedule | None]] = {}  # the fewest switches that gave it, and how
        self._unhashable: list[tuple[object, Exception]] = []
        self._several = False  # at some time more than one thread could run
        self._seed_drawn = False
        self._cut = False  # by seconds=
        self._covered = ""  # what a search of traces says of how far it came
        self._caller = caller
        self._read = False

    @property
    def failure(self) -> Failure | None:
        """The first failure, None if nothing failed."""
        self.mark_read()
        return self._failures[0] if self._failures else None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All failures: one for each kind and place with keep_going=True, else at most one."""
        self.mark_read()
        return tuple(self._failures)

    @property
    def outcomes(self) -> dict[object, Schedule | None]:
        """Each distinct value that the scenario returned, with a schedule that gives it (None natively): of those that
        ran, one with the fewest switches.

        Raises TypeError if one of them can't be hashed.
        """
        if self._unhashable:
            value, error = self._unhashable[0]
            raise TypeError(
                f"outcomes: {self.name} returned {reprlib.repr(value)}, and a {type(value).__name__} can't be hashed"
            ) from error
        return {value: schedule for value, (_, schedule) in self._values.items()}

    def raise_if_failed(self) -> None:
        """Raises the first failure: the exception that the scenario raised, with the report as a note, else the
        StressFailure of its kind; from a SystemExit, which would end the process and tell nobody, a StressFailure.
        Returns None if nothing failed."""
        __tracebackhide__ = True
        if self.failure is not None:
            self.failure.throw()

    def __bool__(self) -> bool:
        raise TypeError("an Exploration is neither true nor false: call raise_if_failed(), or look at .failure")

    def __str__(self) -> str:
        self.mark_read()
        ran = f"{self.executions:,} execution{'s' if self.executions != 1 else ''} in {self.seconds:.2f} s"
        natively = self.search == "native"
        way = "natively" if natively else f"under search={self.search}"
        if self._failures:
            lines = [f"{self.name} fails {way}: {ran}", *(str(failure) for failure in self._failures)]
            if self.exhausted:
                lines.append(f"exhausted: {self._covered}")
        else:
            lines = [f"{self.name} passes {way}: {ran}, none failed", fitted(self._caveat())]
        if not self._proved:
            lines += [fitted(f"assumption: {text}") for text in self.assumptions]
        if self._seed_drawn:
            lines.append(f"seed {self.seed} (drawn{'; it decides nothing natively' if natively else ''})")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Exploration of {self.name}: {self.executions} executions, {len(self._failures)} failures>"

    def mark_read(self) -> None:
        """Nobody has to look at its failure any more: it may be dropped without a warning."""
        self._read = True
        _unread.pending.discard(self)

    def _caveat(self) -> str:
        if self.search == "replay":
            return "not proved: one schedule was replayed, which says nothing of others"
        if self._proved:
            return (
                f"proved for the {self.model} switch model, assuming that {'; that '.join(self.assumptions)}: "
                f"{self._covered}"
            )
        if not self._several:
            return "never more than one thread ran: nothing was put under stress"
        stopped = f"stopped after {self.seconds:.1f} s: " if self._cut else ""
        if self.search == "native":
            return f"not proved: {stopped}free threads show a bug only if the machine happens to hit it"
        if self._covered:
            return f"not proved: {stopped}{self._covered}"
        way = {"random": "a random walk", "auto": "this search"}.get(self.search, self.search)
        return f"not proved: {stopped}{way} shows a bug only if it happens to come by"

    @property
    def failed(self) -> bool:
        """Whether there is a failure; to ask is not to read it."""
        return bool(self._failures)

    def wants(self, value: object, switches: int) -> bool:
        """Whether no execution has given this value yet, or none with so few switches, so that its schedule is wanted.
        None, which says nothing, is wanted once."""
        try:
            known = self._values.get(value)
            return known is None or (value is not None and switches < known[0])
        except Exception:  # whatever its __hash__ or __eq__ raises: told when outcomes is read
            return False

    def knows(self, failure: Failure) -> bool:
        """Whether there is one of this kind and place."""
        return any(_place(failure) == _place(known) for known in self._failures)

    def note(
        self,
        value: object,
        several: bool,
        found: list[Failure],
        closing: str = "",
        schedule: Schedule | None = None,
        switches: int = 0,
    ) -> None:
        """Counts one execution.

        value: what the scenario returned. several: at some time more than one thread could run. found: its failures;
        those of a kind and place that is known already tell nothing. closing: the last line of their reports.
        schedule: of the execution, if it is known, and how many switches it has.
        """
        self.executions += 1
        self._several |= several
        for failure in found:
            if not self.knows(failure):
                self._read = False
                _unread.pending.add(self)
                text = "\n".join(filter(None, [failure.text, failure.timeline, closing]))
                self._failures.append(replace(failure, text=text))
        if not found:
            try:
                if value not in self._values or (schedule is not None and switches < self._values[value][0]):
                    self._values[value] = switches, schedule
            except Exception as error:  # whatever its __hash__ or __eq__ raises: told when outcomes is read
                self._unhashable.append((value, error))

    def begin_anew(self) -> None:
        """What has run doesn't count."""
        self.executions = 0
        self._values.clear()
        self._unhashable.clear()

    def assume(self, texts: Iterable[str]) -> None:
        """Adds to what the verdict rests on, once each."""
        self.assumptions += tuple(text for text in dict.fromkeys(texts) if text not in self.assumptions)

    @property
    def _proved(self) -> bool:
        return self.exhausted and self._several and not self._failures

    def cover(self, exhausted: bool, text: str) -> None:
        """How far a search of traces came: whether it ran all there are, and what it says of that."""
        self.exhausted = exhausted
        self._covered = text

    def cut(self) -> None:
        """seconds= has ended it."""
        self._cut = True

    def __del__(self) -> None:
        if self._read or not self._failures:
            return
        _unread.dropped(
            f"the exploration of {self.name} failed and nobody looked: call raise_if_failed(), or read .failure\n"
            f"{self._failures[0]}",
            *self._caller,
        )


def _place(failure: Failure) -> tuple[object, ...]:
    return failure.kind, type(failure.exception), failure.sites


def _judge(outcome: native.Outcome, timeout: float) -> list[Failure]:
    """The failures of one execution, the first one first. Raises what a test runner signals by an exception."""
    __tracebackhide__ = True
    for raised in outcome.raised:
        _raise_signal(raised.exception)
    # What stress.parallel holds back left a thread as well, and its caller will never get it if others are stuck.
    errors = outcome.raised or (outcome.held_back if outcome.stuck else ())
    stuck = deadlock(outcome.stuck, timeout) if outcome.stuck else None
    found = [] if stuck is None else [stuck]
    if errors:
        first, *others = errors
        of_parallel = getattr(first.exception, "failure", None)  # from a stress.parallel(timeout=) in the scenario
        if isinstance(first.exception, StressFailure) and isinstance(of_parallel, Failure):
            found.insert(0, of_parallel)
        else:
            found.insert(0, error(first, others, stuck))
    return found


def _raise_signal(exception: BaseException) -> None:
    """Raises again what is no failure of the scenario: a wrong call of ours, or what a test runner signals."""
    __tracebackhide__ = True
    if isinstance(exception, AlreadyExploring) or is_signal(exception):
        raise exception


# What test runners say by exceptions, none of which means that the scenario went wrong: by name, so that nothing is
# imported. A module that isn't there has raised nothing.
_SIGNALS: Final = (
    ("builtins", "KeyboardInterrupt"),
    ("unittest", "SkipTest"),
    ("_pytest.outcomes", "Skipped"),
    ("_pytest.outcomes", "XFailed"),
    ("_pytest.outcomes", "Exit"),
    ("hypothesis.errors", "UnsatisfiedAssumption"),
    ("hypothesis.errors", "StopTest"),
)


def is_signal(exception: BaseException) -> bool:
    """Whether a test runner says something by this exception, and not the scenario that it went wrong."""
    kinds = [getattr(sys.modules.get(module), name, None) for module, name in _SIGNALS]
    return any(kind in kinds for kind in type(exception).__mro__)
