"""explore: what it takes, what it refuses, and what an Exploration says."""

from __future__ import annotations

import gc
import math
import random
import threading
import time
import unittest
import warnings
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from _pytest.outcomes import XFailed
from hypothesis import given, strategies as st
from hypothesis.errors import UnsatisfiedAssumption

import stress
from stress.control import EXECUTIONS, OPERATIONS


def passes() -> None:
    stress.parallel(lambda: None, lambda: None)


def fails() -> None:
    raise ValueError("always")


class Counter:
    """What two threads count with, and one of them for nothing if they meet."""

    def __init__(self) -> None:
        self.value = 0

    def up(self) -> None:
        self.value += 1


def counted() -> int:
    counter = Counter()
    stress.parallel(counter.up, counter.up)
    return counter.value


def loses_a_count() -> None:
    """Fails in one execution out of a few."""
    assert counted() == 2


@pytest.fixture(params=["native", "random"])
def way(request: pytest.FixtureRequest) -> str:
    """Both ways to run a scenario."""
    return str(request.param)


def test_a_hundred_executions_are_the_default_natively() -> None:
    assert stress.explore(passes, search="native").executions == 100


def test_executions_are_counted(way: str) -> None:
    assert stress.explore(passes, search=way, executions=7).executions == 7


def test_an_exploration_stops_at_the_first_failure(way: str) -> None:
    exploration = stress.explore(fails, search=way)
    assert exploration.executions == 1
    assert len(exploration.failures) == 1 and exploration.failure is exploration.failures[0]


def test_what_passes_has_no_failure_and_proves_nothing(way: str) -> None:
    exploration = stress.explore(passes, search=way, executions=3)
    assert exploration.failure is None and exploration.failures == ()
    assert exploration.exhausted is False
    exploration.raise_if_failed()


def test_auto_is_under_control_and_the_default() -> None:
    for exploration in (stress.explore(passes, executions=1), stress.explore(passes, search="auto", executions=1)):
        assert (exploration.search, exploration.model) == ("auto", "free-threaded")


def test_native_is_said_to_be_native() -> None:
    exploration = stress.explore(passes, search="native", executions=1)
    assert (exploration.search, exploration.model, exploration.assumptions) == ("native", None, ())


def test_an_unlocked_count_in_two_threads_fails_out_of_the_box() -> None:
    exploration = stress.explore(loses_a_count)
    failure = exploration.failure
    assert failure is not None and failure.kind == "error"
    assert failure.sites[0].text == "assert counted() == 2"
    assert failure.text.endswith(f"found in execution {exploration.executions} of search=auto, seed=0")
    assert str(failure).endswith(f"\nschedule: {failure.schedule}")


# The budget under control


def test_a_thousand_executions_are_the_default_under_control() -> None:
    assert EXECUTIONS == 1000
    assert stress.explore(passes, search="random").executions == EXECUTIONS


def counts_often() -> None:
    def count() -> None:
        for _ in range(50):
            counter.up()

    counter = Counter()
    stress.parallel(count, count)


def test_a_scenario_of_many_operations_gets_fewer_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert OPERATIONS == 200_000
    monkeypatch.setattr("stress.control.OPERATIONS", 10_000)
    exploration = stress.explore(counts_often, search="random")
    exploration.raise_if_failed()
    # A count is a read and a write, so that an execution has more than 200 operations; and fewer than 1,000.
    assert 10 <= exploration.executions <= 50
    assert (
        stress.explore(counts_often, search="random").executions == exploration.executions
    )  # a matter of counting, never of time


def test_executions_that_were_asked_for_are_run_however_long_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stress.control.OPERATIONS", 1_000)
    assert stress.explore(counts_often, search="random").executions < 6
    assert stress.explore(counts_often, executions=20).executions == 20
    assert stress.explore(counts_often, executions=2).executions == 2


# The seed


def verdict(seed: int | None) -> tuple[int, str | None]:
    """How many executions it took, and what they came to."""
    exploration = stress.explore(loses_rarely, search="random", seed=seed)
    failure = exploration.failure
    return exploration.executions, None if failure is None else f"{failure.kind} {failure.exception!r} {failure.sites}"


def loses_rarely() -> None:
    """Fails if a thread counts twice between the read and the write of another."""
    counter = Counter()

    def twice() -> None:
        counter.up()
        counter.up()

    stress.parallel(counter.up, twice)
    left = counter.value
    assert left > 1


def test_the_same_seed_gives_the_same_verdict_in_the_same_execution() -> None:
    for seed in (0, 1, 2**40, -3):
        assert verdict(seed) == verdict(seed)


def test_another_seed_is_another_walk() -> None:
    first = verdict(0)[0]
    assert any(verdict(seed)[0] != first for seed in range(1, 4))
    assert verdict(5) != verdict(-5)


def test_a_walk_goes_on_where_a_shorter_one_ended() -> None:
    executions, found = verdict(0)
    assert found is not None and executions > 1
    assert stress.explore(loses_rarely, search="random", executions=executions - 1).failure is None
    assert stress.explore(loses_rarely, search="random", executions=executions).failure is not None


def test_a_failure_under_control_says_how_often_another_thread_went_on() -> None:
    lock = threading.Lock()

    def enter_twice() -> None:
        with lock, lock:
            pass

    alone = stress.explore(enter_twice, search="random").failure
    joined = stress.explore(lambda: stress.parallel(fails), search="random").failure
    assert alone is not None and alone.switches == 0
    assert joined is not None and joined.switches == 2  # to the thread, and back when it has ended


def test_a_native_failure_cannot_be_replayed() -> None:
    failure = stress.explore(fails, search="native").failure
    assert failure is not None
    assert (failure.schedule, failure.switches, failure.model, failure.timeline, failure.operations) == (
        None,
        None,
        None,
        "",
        (),
    )
    assert str(failure).endswith("found natively in execution 1; it can't be replayed")


def test_keep_going_has_one_failure_for_each_kind_and_place() -> None:
    turn = iter(range(100))

    def scenario() -> None:
        if next(turn) % 2:
            raise ValueError("odd")
        fails()

    exploration = stress.explore(scenario, search="native", executions=10, keep_going=True)
    assert exploration.executions == 10
    assert [str(failure.exception) for failure in exploration.failures] == ["always", "odd"]


def test_keep_going_counts_all_executions_under_control_too() -> None:
    def scenario() -> None:
        order: list[int] = []
        stress.parallel(lambda: order.append(1), lambda: order.append(2))
        if order == [2, 1]:
            raise KeyError("second first")
        fails()

    exploration = stress.explore(scenario, search="random", executions=50, keep_going=True)
    assert exploration.executions == 50
    assert {type(failure.exception) for failure in exploration.failures} == {KeyError, ValueError}
    assert len(exploration.failures) == 2


def test_what_fails_as_before_is_not_run_again() -> None:
    runs = 0

    def scenario() -> None:
        nonlocal runs
        runs += 1
        stress.parallel(lambda: None, lambda: None)
        fails()

    exploration = stress.explore(scenario, search="random", executions=50, keep_going=True)
    assert exploration.executions == 50 and len(exploration.failures) == 1
    assert runs < 2 * 50


@pytest.mark.parametrize("races", [True, False])
def test_a_failure_of_what_is_made_once_is_looked_for_again(races: bool) -> None:
    """The first execution does one thing more, and fails as others may; or as none does, and that is told."""
    made = [1]

    def scenario() -> None:
        count = [0]

        def work() -> None:
            count[0] += 1

        stress.parallel(work, work)
        if not made:
            made.append(1)
            count[0] = 0
        if count[0] == 0 or (races and count[0] == 1):
            raise ValueError

    # Else the first one is given up: it meets code without hooks.
    assert (stress.explore(scenario, search="dpor").failure is not None) == races
    made.clear()
    failure = stress.explore(scenario, search="dpor").failure
    assert failure is not None and failure.kind == ("error" if races else "nondeterministic")
    assert (failure.schedule is not None) == races


def sleeps() -> None:
    time.sleep(0.01)


def test_seconds_start_no_execution_after_them(way: str) -> None:
    exploration = stress.explore(lambda: stress.parallel(sleeps, sleeps), search=way, seconds=0.05)
    assert exploration.executions >= 1
    assert exploration.seconds >= 0.05
    assert "not proved: stopped after 0." in str(exploration)
    if way == "native":  # under control a sleep takes no time
        assert exploration.executions < 100


def test_executions_that_are_reached_first_are_not_said_to_be_cut(way: str) -> None:
    exploration = stress.explore(passes, search=way, seconds=1000, executions=2)
    assert exploration.executions == 2
    assert "stopped" not in str(exploration)


@pytest.mark.parametrize(("way", "default"), [("native", 100), ("random", EXECUTIONS)])
def test_seconds_alone_set_no_number_of_executions(way: str, default: int) -> None:
    def enough(so_far: stress.Exploration) -> None:
        if so_far.executions > default:
            raise StopIteration

    with pytest.raises(StopIteration):
        stress.explore(lambda: None, search=way, seconds=1000, progress=enough)


def test_a_seed_is_recorded(way: str) -> None:
    assert stress.explore(passes, search=way, executions=1).seed == 0
    assert stress.explore(passes, search=way, executions=1, seed=17).seed == 17


def test_a_seed_that_was_drawn_is_printed(way: str) -> None:
    exploration = stress.explore(passes, search=way, executions=1, seed=None)
    decides = "; it decides nothing natively" if way == "native" else ""
    assert f"seed {exploration.seed} (drawn{decides})" in str(exploration)
    assert "seed" not in str(stress.explore(passes, search=way, executions=1))


def test_a_seed_that_was_drawn_gives_the_same_walk_again() -> None:
    random.seed(1)
    drawn = stress.explore(loses_rarely, seed=None)
    again = stress.explore(loses_rarely, seed=drawn.seed)
    assert (drawn.executions, drawn.failure is None) == (again.executions, again.failure is None)


def test_progress_is_handed_the_exploration_so_far() -> None:
    seen: list[tuple[str, int]] = []
    exploration = stress.explore(
        passes,
        search="native",
        executions=3,
        progress=lambda so_far: seen.append((type(so_far).__name__, so_far.executions)),
    )
    assert seen == [("Exploration", 1), ("Exploration", 2), ("Exploration", 3)]
    assert exploration.executions == 3


def test_progress_under_control_is_told_now_and_then_and_at_the_end() -> None:
    seen: list[tuple[int, bool]] = []

    def progress(so_far: stress.Exploration) -> None:
        seen.append((so_far.executions, threading.current_thread() is caller))

    caller = threading.current_thread()
    exploration = stress.explore(passes, search="random", executions=30, progress=progress)
    assert seen[-1] == (30, True) and exploration.executions == 30
    assert len(seen) < 30  # ten times a second at most, and at the end
    assert sorted(seen) == seen and all(in_caller for _, in_caller in seen)


def test_outcomes_are_the_distinct_values() -> None:
    turn = iter([1, 2, 1, "x"])
    exploration = stress.explore(lambda: next(turn), search="native", executions=4)
    assert exploration.outcomes == {1: None, 2: None, "x": None}


def test_outcomes_under_control_are_what_the_schedules_make_of_it() -> None:
    # A count is lost with p = 1/2 an execution or so: 1,000 don't miss either.
    outcomes = stress.explore(counted).outcomes
    assert set(outcomes) == {1, 2}
    for value, schedule in outcomes.items():
        assert schedule is not None and list(stress.replay(counted, str(schedule)).outcomes) == [value]


def test_an_outcome_that_cannot_be_hashed_is_named_when_outcomes_are_read(way: str) -> None:
    exploration = stress.explore(lambda: [1], search=way, executions=1)
    exploration.raise_if_failed()
    with pytest.raises(TypeError, match=r"returned \[1\], and a list can't be hashed"):
        exploration.outcomes  # noqa: B018


def test_an_execution_that_failed_has_no_outcome(way: str) -> None:
    exploration = stress.explore(fails, search=way)
    assert exploration.outcomes == {}
    assert exploration.failure is not None


# Verdicts that can't be misread


@pytest.mark.parametrize("search", ["native", "random"])
def test_a_scenario_that_calls_exit_doesnt_end_who_asks_for_its_verdict(search: str) -> None:
    """And with status 0 at that."""

    def scenario() -> None:
        raise SystemExit

    exploration = stress.explore(scenario, search=search)
    with pytest.raises(stress.StressFailure, match="error: SystemExit") as raised:
        exploration.raise_if_failed()
    assert type(raised.value.__cause__) is SystemExit


def test_an_exploration_is_neither_true_nor_false() -> None:
    exploration = stress.explore(passes, executions=1)
    with pytest.raises(TypeError, match=r"raise_if_failed\(\).*\.failure"):
        assert exploration


def starts_a_thread() -> None:
    order: list[int] = []
    threading.Thread(target=order.append, args=(1,)).start()
    order.append(2)


def test_an_exploration_in_which_one_thread_ran_says_so(way: str) -> None:
    said = "never more than one thread ran"
    assert said in str(stress.explore(lambda: None, search=way, executions=2))
    assert said in str(stress.explore(lambda: stress.parallel(lambda: None), search=way, executions=2))
    assert said not in str(stress.explore(passes, search=way, executions=2))
    assert said not in str(stress.explore(starts_a_thread, search=way, executions=2))


@pytest.mark.parametrize(
    ("way", "how", "why"),
    [
        ("native", "natively", "free threads show a bug only if the machine happens to hit it"),
        ("random", "under search=random", "a random walk shows a bug only if it happens to come by"),
        ("pct:2", "under search=pct:2", "pct:2 shows a bug only if it happens to come by"),
    ],
)
def test_a_pass_is_not_printed_as_a_proof(way: str, how: str, why: str) -> None:
    text = str(stress.explore(passes, search=way, executions=2))
    assert text.startswith(f"passes passes {how}: 2 executions in ")
    assert f"not proved: {why}" in text and "proved" not in text.replace("not proved", "")


@pytest.mark.parametrize("scenario", [int, partial(time.sleep, 0), "".join], ids=["class", "partial", "method"])
def test_what_has_no_source_is_not_said_to_pass_under_control(scenario: Callable[..., object]) -> None:
    with pytest.raises(stress.NothingInstrumented) as raised:
        stress.explore(partial(scenario, "") if scenario == "".join else scenario)
    text = str(raised.value)
    assert "nothing of it can be controlled: it isn't Python code" in text
    assert text.endswith("Free threads need no source: search='native'")


def test_code_whose_source_is_not_at_hand_is_told_with_the_reason() -> None:
    made: dict[str, Callable[[], None]] = {}
    exec("def made(): items = []; items.append(1)", made)
    with pytest.raises(stress.NothingInstrumented, match=r"made: nothing of it can be controlled: .*source"):
        stress.explore(made["made"])
    assert stress.explore(made["made"], search="native", executions=1).failure is None


def warned(explore_and_drop: Callable[[], object]) -> list[warnings.WarningMessage]:
    from stress import _unread

    listeners, _unread.listeners[:] = list(_unread.listeners), []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            explore_and_drop()
            gc.collect()
    finally:
        _unread.listeners[:] = listeners
    return [each for each in caught if each.category is stress.UnreadFailureWarning]


def test_a_failure_that_nobody_read_is_warned_of() -> None:
    def drop() -> None:
        stress.explore(fails)

    (warning,) = warned(drop)
    assert "the exploration of fails failed and nobody looked: call raise_if_failed()" in str(warning.message)
    assert "ValueError: always" in str(warning.message)
    assert warning.filename == __file__


def waits_for_itself() -> None:
    lock = threading.Lock()
    with lock, lock:
        pass


@pytest.mark.parametrize("scenario", [passes, fails, loses_a_count, waits_for_itself])
def test_an_exploration_that_is_dropped_is_gone(scenario: Callable[[], object]) -> None:
    """Else the warning would come at some later collection, in the midst of something else."""
    gc.disable()
    try:
        exploration = stress.explore(scenario, executions=20, timeout=1)
        assert str(exploration)
        gone = weakref.ref(exploration)
        del exploration
        assert gone() is None
    finally:
        gc.enable()


def raise_and_catch(exploration: stress.Exploration) -> None:
    with pytest.raises(ValueError, match="always"):
        exploration.raise_if_failed()


@pytest.mark.parametrize(
    "read",
    [
        lambda exploration: exploration.failure,
        lambda exploration: exploration.failures,
        str,
        raise_and_catch,
    ],
    ids=["failure", "failures", "str", "raise_if_failed"],
)
def test_a_failure_that_was_read_is_not_warned_of(read: Callable[[Any], object]) -> None:
    assert warned(lambda: read(stress.explore(fails))) == []


@pytest.mark.parametrize(
    "look", [repr, lambda exploration: exploration.executions, lambda exploration: exploration.outcomes]
)
def test_looking_at_something_else_is_not_reading(look: Callable[[Any], object]) -> None:
    assert len(warned(lambda: look(stress.explore(fails)))) == 1


def test_a_pass_is_not_warned_of() -> None:
    assert warned(lambda: stress.explore(passes, executions=1)) == []


# What is raised


def test_the_scenarios_own_exception_is_raised_with_the_report_as_a_note(way: str) -> None:
    exploration = stress.explore(fails, search=way)
    with pytest.raises(ValueError, match="always") as raised:
        exploration.raise_if_failed()
    assert raised.value is exploration.failure.exception  # type: ignore[union-attr]
    assert raised.value.__notes__ == [str(exploration.failure)]
    assert raised.traceback[-1].name == "fails"


def test_raising_twice_adds_nothing(way: str) -> None:
    exploration = stress.explore(fails, search=way)
    depths = []
    for _ in range(2):
        with pytest.raises(ValueError, match="always") as raised:
            exploration.raise_if_failed()
        depths.append(len(raised.traceback))
        assert len(raised.value.__notes__) == 1
    assert depths[0] == depths[1]


def test_a_deadlock_raises_deadlock(way: str) -> None:
    lock = threading.Lock()
    lock.acquire()
    exploration = stress.explore(lambda: lock.acquire(), search=way, timeout=0.2)
    with pytest.raises(stress.Deadlock) as raised:
        exploration.raise_if_failed()
    assert raised.value.failure is exploration.failure
    assert isinstance(raised.value, stress.StressFailure) and isinstance(raised.value, AssertionError)
    assert str(raised.value) == str(exploration.failure)
    lock.release()


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def raise_unprintable() -> None:
    raise Unprintable


def test_an_exception_that_cannot_be_printed_is_named_by_its_type(way: str) -> None:
    failure = stress.explore(raise_unprintable, search=way).failure
    assert str(failure).startswith("error: Unprintable\n")


@pytest.mark.parametrize(
    "signal",
    [
        unittest.SkipTest("not here"),
        pytest.skip.Exception("not here"),
        XFailed("not yet"),
        pytest.exit.Exception("over"),
        KeyboardInterrupt(),
    ],
)
def test_what_a_test_runner_says_by_an_exception_is_no_failure(way: str, signal: BaseException) -> None:
    def scenario() -> None:
        raise signal

    with pytest.raises(type(signal)):
        stress.explore(scenario, search=way)


def test_a_hypothesis_assumption_is_no_failure(way: str) -> None:
    seen: list[int] = []

    @given(st.integers(0, 100))
    def test(number: int) -> None:
        def scenario() -> None:
            if number >= 50:
                raise UnsatisfiedAssumption

        stress.explore(scenario, search=way, executions=1)
        seen.append(number)

    test()
    assert seen and max(seen) < 50


# One at a time


@pytest.mark.parametrize("second", ["native", "random"])
def test_a_second_exploration_is_refused_and_names_the_first(way: str, second: str) -> None:
    def first() -> None:
        with pytest.raises(RuntimeError, match=r"explore\(passes\): this process explores .*first already"):
            stress.explore(passes, search=second)

    assert stress.explore(first, search=way, executions=1).failure is None
    assert stress.explore(passes, search=second, executions=1).failure is None


# What is refused


async def coroutine() -> None: ...


def generator() -> Any:
    yield


async def async_generator() -> Any:
    yield


class CoroutineObject:
    async def __call__(self) -> None: ...


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"scenario": None}, TypeError, r"scenario= takes a callable, got None \(NoneType\).*uncalled"),
    ({"scenario": coroutine}, TypeError, "got coroutine, which is async"),
    ({"scenario": partial(coroutine)}, TypeError, "which is async"),
    ({"scenario": CoroutineObject()}, TypeError, "which is async"),
    ({"scenario": generator}, TypeError, "got generator, which is a generator"),
    ({"scenario": async_generator}, TypeError, "which is an async generator"),
    ({"scenario": lambda argument: argument}, TypeError, "without required parameters, got .*argument"),
    (
        {"search": "ptc"},
        ValueError,
        r"search='ptc' .* auto, native, random, pct, pos, surw or dpor. Did you mean 'pct'\?",
    ),
    ({"search": "native:3"}, ValueError, "is not a strategy"),
    ({"search": "pct:0"}, ValueError, "pct:DEPTH takes a depth"),
    ({"search": "pct:x"}, ValueError, "pct:DEPTH takes a depth"),
    ({"search": "pct:"}, ValueError, "pct:DEPTH takes a depth"),
    ({"search": None}, TypeError, r"search= takes a str, got None"),
    ({"executions": 0}, ValueError, "executions=0: it takes a whole number from 1"),
    ({"executions": -1}, ValueError, "executions=-1"),
    ({"executions": 1.5}, TypeError, "executions= takes a whole number, got 1.5"),
    ({"executions": True}, TypeError, "executions= takes a whole number, got True"),
    ({"seconds": 0}, ValueError, "seconds=0"),
    ({"seconds": -1}, ValueError, "seconds=-1"),
    ({"seconds": math.nan}, ValueError, "seconds=nan"),
    ({"seconds": 10**400}, ValueError, "seconds=1000"),
    ({"seconds": "1"}, TypeError, "seconds= takes a number of seconds, got '1'"),
    ({"timeout": 0}, ValueError, "timeout=0"),
    ({"timeout": math.inf}, ValueError, "timeout=inf"),
    ({"timeout": False}, TypeError, "timeout= takes a number of seconds, got False"),
    ({"seed": "x"}, TypeError, "seed= takes a whole number or None, got 'x'"),
    ({"seed": True}, TypeError, "seed="),
    ({"keep_going": 1}, TypeError, "keep_going= takes True or False, got 1"),
    ({"progress": 3}, TypeError, "progress= takes a callable or None, got 3"),
    ({"model": "GIL"}, ValueError, "model='GIL' is not a switch model: it takes free-threaded, gil or None"),
    ({"model": "gil", "search": "native"}, ValueError, "model='gil' with search='native'"),
    ({"model": "free-threaded", "search": "native"}, ValueError, "model='free-threaded' with search='native'"),
    ({"model": "gil"}, NotImplementedError, "model= is not built yet"),
    ({"include": "bank", "search": "native"}, ValueError, "include='bank' with search='native'"),
    ({"include": 3}, TypeError, "include= takes names of modules, or modules, got 3"),
    ({"include": "not a name"}, ValueError, "include='not a name'"),
    ({"executor": object()}, NotImplementedError, "executor= is not built yet"),
]


@pytest.mark.parametrize(
    ("arguments", "error", "text"), BAD, ids=[f"{n}: {text[:40]}" for n, (_, _, text) in enumerate(BAD)]
)
def test_a_bad_argument_is_refused_at_once(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    ran: list[int] = []
    given = {"scenario": lambda: ran.append(1), **arguments}
    with pytest.raises(error, match=text):
        stress.explore(given.pop("scenario"), **given)
    assert not ran


@pytest.mark.parametrize(
    ("arguments", "error", "text"), BAD, ids=[f"{n}: {text[:40]}" for n, (_, _, text) in enumerate(BAD)]
)
def test_a_decorator_refuses_the_same(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    given = {"scenario": lambda: None, **arguments}
    function = given.pop("scenario")
    if function is None or (getattr(function, "__code__", None) and function.__code__.co_argcount):
        return  # a test takes fixtures; None is no bad argument of a decorator's
    for decorator in (stress.interleave, stress.scenario):
        with pytest.raises(error, match=text if given else None):
            decorator(**given)(function)


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'wrong'"):
        stress.explore(passes, wrong=1)  # type: ignore[call-arg]
    for decorator in (stress.interleave, stress.scenario):
        with pytest.raises(TypeError, match="wrong= is not an argument: there are search, executions"):
            decorator(wrong=1)  # type: ignore[call-overload]


# --- state that outlives an execution ---------------------------------------------------------------------------------


def test_a_failure_by_what_earlier_executions_left_is_no_failure_of_this_one() -> None:
    counter = Counter()
    lock = threading.Lock()

    def up() -> None:
        with lock:
            counter.up()

    def scenario() -> None:
        stress.parallel(up, up)
        assert counter.value == 2, f"{counter.value} is not 2"

    failure = stress.explore(scenario).failure
    assert failure is not None and failure.kind == "nondeterministic" and failure.schedule is None
    assert "perhaps state that outlives an execution" in failure.text and " met " in failure.text
