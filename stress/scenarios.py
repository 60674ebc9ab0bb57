"""What the user marks: @scenario, found by `python -m stress`, and @interleave, which makes a test an exploration."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, ParamSpec, TypeVar, Unpack, cast, overload

from stress import _given
from stress._arguments import check_callable
from stress.errors import KINDS, StaleSchedule
from stress.exploration import RUNS, TIMEOUT, Exploration, Settings, check_settings, explore, replayed
from stress.failure import Failure, raise_at
from stress.schedule import Schedule

P = ParamSpec("P")
R = TypeVar("R")
Function = TypeVar("Function", bound=Callable[..., object])

# The attributes in which a function carries its mark.
_SCENARIO: Final = "__stress_scenario__"
_INTERLEAVE: Final = "__stress_interleave__"
_REGRESSIONS: Final = "__stress_regressions__"

EXPECTATIONS: Final = ("passes", "fails", "deadlocks")
# What "fails" is met by.
_FAILS: Final = frozenset({"error", "leaked lock", "livelock", "not linearizable", "data race"})
# What no expectation is met by: nothing was found out.
_SAYS_NOTHING: Final = frozenset({"uncontrolled blocking", "nondeterministic"})


@dataclass(frozen=True)
class Marked:
    """A scenario's expectation and its own settings."""

    expect: str | type[BaseException] = "passes"
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def expected(self) -> str:
        return self.expect if isinstance(self.expect, str) else self.expect.__name__

    def met_by(self, failure: Failure | None) -> bool:
        """Whether this is what was expected of a scenario that failed so, or passed (None)."""
        if failure is None or self.expect == "passes":
            return failure is None and self.expect == "passes"
        if failure.kind in _SAYS_NOTHING:
            return False
        if isinstance(self.expect, type):
            raised = KINDS[failure.kind] if failure.exception is None else type(failure.exception)
            return issubclass(raised, self.expect)
        return failure.kind in _FAILS if self.expect == "fails" else failure.kind == "deadlock"


@overload
def scenario(function: Function, /) -> Function: ...
@overload
def scenario(
    *, expect: str | type[BaseException] = "passes", **settings: Unpack[Settings]
) -> Callable[[Function], Function]: ...
def scenario(
    function: Function | None = None, /, *, expect: str | type[BaseException] = "passes", **settings: Unpack[Settings]
) -> Function | Callable[[Function], Function]:
    """Marks a function as a scenario that `python -m stress` finds in its module. The function stays as it is.

    expect: "passes" (the default), "fails", "deadlocks", or the type of the exception that it raises.
    settings: this scenario's own defaults for arguments of explore: timeout=, executions=, ...

    Raises TypeError or ValueError for bad arguments, and TypeError for what explore can't run.
    """
    if isinstance(expect, type):
        if not issubclass(expect, BaseException):
            raise TypeError(f"expect= takes a type of exception, got {expect!r}")
    elif expect not in EXPECTATIONS:
        raise ValueError(f"expect={expect!r}: it takes passes, fails, deadlocks or a type of exception")
    check_settings(settings)
    marked = Marked(expect, dict(settings))

    def mark(function: Function) -> Function:
        check_callable("@stress.scenario", function)
        setattr(function, _SCENARIO, marked)
        setattr(function, TIMEOUT, settings.get("timeout"))
        if type(function) is staticmethod:
            mark(cast(Any, function).__func__)  # which its class gives
        return function

    return mark if function is None else mark(function)


def marked(function: object) -> Marked | None:
    """The mark of a scenario, None if it has none."""
    try:
        mark = getattr(function, _SCENARIO, None)
    except Exception:  # a proxy of what isn't there, say
        return None
    return mark if isinstance(mark, Marked) else None


@overload
def interleave(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def interleave(**settings: Unpack[Settings]) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def interleave(
    function: Callable[P, R] | None = None, /, **settings: Unpack[Settings]
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Turns a test into an exploration of it: each call explores the test with the arguments of the call, and raises
    the failure. Used bare or with the arguments of explore.

    Arguments (pytest's fixtures, say) are made once a call, and shared by its executions: what a fixture holds is state
    that outlives one. Of a Hypothesis test, below
    or above @given, each example is explored. Returns what the last execution returned.

    Raises TypeError for an async or generator function and for a class, and what explore raises for bad arguments.
    """
    check_settings(settings)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if isinstance(function, (staticmethod, classmethod)):
            method = cast(Any, function)
            return cast(Callable[P, R], type(method)(decorate(method.__func__)))
        if isinstance(function, type):
            raise TypeError(
                f"@stress.interleave takes a function, got the class {function.__qualname__}: mark its tests"
            )
        hypothesis_test = getattr(function, "hypothesis", None)
        if hasattr(
            hypothesis_test, "inner_test"
        ):  # Hypothesis keeps it there to be replaced by those who run it otherwise
            cast(Any, hypothesis_test).inner_test = decorate(cast(Any, hypothesis_test).inner_test)
            return function
        check_callable("@stress.interleave", function, parameters=True)

        @functools.wraps(function)
        def explored(*args: P.args, **kwargs: P.kwargs) -> R:
            __tracebackhide__ = True
            results: list[R] = []

            @functools.wraps(function)
            def execution() -> None:
                results[:] = [function(*args, **kwargs)]

            del cast(Any, execution).__wrapped__  # its own signature: it has its arguments
            setattr(execution, RUNS, function)
            try:
                for exploration in _explorations(execution, settings, getattr(explored, _REGRESSIONS, ())):
                    failure = exploration.failure
                    if failure is not None and failure.kind == "nondeterministic" and (args or kwargs):
                        failure = dataclasses.replace(failure, text=f"{failure.text}\n{_SHARED}")
                    if failure is not None:
                        failure.throw(function)
            except StaleSchedule as error:
                raise_at(function, error.with_traceback(None))
            return results[0]

        setattr(explored, _INTERLEAVE, settings)
        return explored

    return decorate if function is None else decorate(function)


_SHARED: Final = "the test's arguments (fixtures) were made once, and are shared by all its executions"


def _explorations(
    execution: Callable[[], None], settings: Settings, regressions: Sequence[Schedule]
) -> Iterator[Exploration]:
    """What one call of a test under @interleave comes to, one after the other."""
    model, include = settings.get("model"), settings.get("include")
    timeout = settings.get("timeout")
    if _given.replay:
        yield replayed(execution, _given.replay[0], timeout, model=model, include=include)
        return
    for schedule in regressions:
        try:
            yield replayed(execution, schedule, timeout, model=model, include=include)
        except StaleSchedule as error:
            raise StaleSchedule(f"of @stress.regression: take it out, or put a new one there.\n{error}") from None
    yield explore(execution, **{**settings, **_given.settings})


def regression(schedule: Schedule | str) -> Callable[[Function], Function]:
    """Replays a schedule first, whenever the test under @stress.interleave is run: what @example is to @given.

    Stacked above or below @stress.interleave, once for each schedule. The test raises StaleSchedule where the schedule
    doesn't fit it any more.

    schedule: `Failure.schedule`, or its text. Raises ValueError for what isn't one.
    """
    if not isinstance(schedule, Schedule):
        schedule = Schedule.parse(schedule)

    def mark(function: Function) -> Function:
        if isinstance(function, type) or not callable(function):
            raise TypeError(f"@stress.regression takes a function, got {function!r} ({type(function).__name__})")
        inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
        setattr(inner, _REGRESSIONS, [schedule, *getattr(inner, _REGRESSIONS, ())])
        return function

    return mark


def interleaved(function: object) -> tuple[Callable[..., object], Settings] | None:
    """The test under @interleave and its settings, None if it isn't one."""
    settings = getattr(function, _INTERLEAVE, None)
    return None if settings is None else (cast(Any, function).__wrapped__, settings)
