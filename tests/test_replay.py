"""A schedule is replayed: by hand, after changes that don't matter, as a regression; one that doesn't fit says so."""

from __future__ import annotations

import functools
import inspect
import io
import itertools
import linecache
import socket
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stress
from stress._lines import WIDTH, columns
from tests.controlled import explored, failure, side_by_side


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        self.value += 1


def loses() -> None:
    counter = Counter()
    stress.parallel(counter.add, counter.add)
    assert counter.value == 2


def two_locks() -> None:
    a, b = threading.Lock(), threading.Lock()

    def nested(first: Any, second: Any) -> None:
        with first, second:
            pass

    side_by_side(lambda: nested(a, b), lambda: nested(b, a))


def impatient() -> None:
    done = threading.Event()
    threading.Thread(target=done.set).start()
    assert done.wait(1)


@pytest.mark.parametrize("scenario", [loses, two_locks, impatient])
def test_a_failure_is_replayed_from_its_text(scenario: Callable[[], None]) -> None:
    found = explored(scenario).failure
    assert found is not None
    again = stress.replay(scenario, str(found.schedule))
    assert again.executions == 1 and again.search == "replay" and not again.exhausted
    assert again.failure is not None
    assert again.failure.schedule == found.schedule
    assert (again.failure.kind, again.failure.sites) == (found.kind, found.sites)


class Slotted:
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


def _turn(some: list[int]) -> None:
    some[0], some[1] = some[1], some[0]


def _renew(some: dict[str, int]) -> None:
    some["a"] = 2


def turns() -> int:
    some = [1, 2]
    _turn(some)
    return some[0]


def renews() -> int:
    some = {"a": 1}
    _renew(some)
    return some["a"]


@pytest.mark.parametrize("does", [lambda: Counter().value, lambda: Slotted().value, turns, renews])
def test_what_a_thread_wrote_to_is_its_own_in_a_replay_too(does: Callable[[], int]) -> None:
    def scenario() -> None:
        counter = Counter()

        def work() -> None:
            does()
            counter.add()

        side_by_side(work, work)
        assert counter.value == 2

    kinds = {explored(scenario, seed=seed).failures[0].kind for seed in range(8)}
    assert kinds == {"error"}


def waits_outside() -> None:
    one, other = socket.socketpair()
    with one, other:
        other.recv(1)


def spins_by_itself() -> None:
    done = [False]
    while not done[0]:
        pass


def runs_on() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("does", "kind"),
    [
        (waits_outside, "uncontrolled blocking"),
        (runs_on, "uncontrolled blocking"),
        (spins_by_itself, "livelock"),
    ],
)
def test_what_does_not_come_back_is_replayed(
    does: Callable[[], None], kind: str, livelocks_are_seen_soon: None
) -> None:
    @stress.scenario(timeout=0.3)
    def scenario() -> None:
        try:
            loses()
        except AssertionError:
            threading.Thread(target=does, name="lost").start()

    found = failure(scenario, kind, timeout=0.3)
    again = stress.replay(scenario, str(found.schedule)).failure
    assert found.schedule is not None and found.schedule.switches
    assert again is not None and (again.kind, str(again.schedule)) == (kind, str(found.schedule))
    assert kind == "livelock" or "a step did not come back within 0.3 s" in again.text
    assert "From here on threads go" in again.timeline or "In the end lost began a step that isn't" in again.timeline
    assert "Lost update: " in again.timeline


def test_each_outcome_has_a_schedule_that_gives_it() -> None:
    def scenario() -> str:
        log: list[str] = []
        side_by_side(lambda: log.append("a"), lambda: log.append("b"), lambda: log.append("c"))
        return "".join(log)

    outcomes = explored(scenario, 100).outcomes
    assert len(outcomes) > 2
    for value, schedule in outcomes.items():
        assert schedule is not None
        assert list(stress.replay(scenario, schedule).outcomes) == [value]


def test_of_the_schedules_that_give_a_value_the_one_with_the_fewest_switches_is_kept() -> None:
    def scenario() -> int:
        counter = Counter()
        side_by_side(counter.add, counter.add)
        return counter.value

    outcomes = explored(scenario, 1_000).outcomes
    switches = {value: len(schedule.switches) for value, schedule in outcomes.items() if schedule is not None}
    assert switches == {1: 1, 2: 1}, outcomes  # one that interrupts a thread, and one that says who runs first


def test_a_replay_that_passes_proves_nothing_and_says_so() -> None:
    assert "not proved: one schedule was replayed, which says nothing of others" in str(stress.replay(loses, "v1"))


def test_two_threads_that_lose_an_update_need_one_switch() -> None:
    again = stress.replay(loses, "v1:1.2w-2")
    assert again.failure is not None and str(again.failure.schedule) == "v1:1.2w-2"


def test_many_operations_make_a_schedule_hardly_longer() -> None:
    def scenario() -> None:
        counter = Counter()

        def often() -> None:
            for _ in range(300):
                counter.add()

        side_by_side(often, often)
        assert counter.value == 600

    found = stress.replay(scenario, "v1:1.804w-2,2.301r-1,1.901r-2").failure
    assert found is not None and len(found.operations) > 2_000


SOURCE = """
import stress

class Counter:
    def __init__(self): self.value = 0
    def add(self): self.value += 1

def scenario():
    counter = Counter()
    stress.parallel(counter.add, counter.add)
    assert counter.value == 2
"""
CHANGED = """
import stress


class Counter:
    '''Counts.'''

    def __init__(self):
        self.value = 0  # nothing yet

    def add(self):
        # One more.
        self.value += (
            1
        )


def scenario():
    counter = Counter()
    stress.parallel(
        counter.add,
        counter.add,
    )

    assert counter.value == 2
"""


def loaded(source: str, file: Path) -> Callable[[], None]:
    file.write_text(source, encoding="utf-8")
    linecache.checkcache()
    names: dict[str, Any] = {"__name__": file.stem}
    exec(compile(source, str(file), "exec"), names)
    scenario: Callable[[], None] = names["scenario"]
    return scenario


def test_comments_lines_and_a_formatter_change_nothing(tmp_path: Path) -> None:
    found = failure(loaded(SOURCE, tmp_path / "before.py"), "error")
    assert found.schedule is not None
    again = stress.replay(loaded(CHANGED, tmp_path / "after.py"), found.schedule).failure
    assert again is not None and again.kind == "error"


def asks(it: Any) -> None:
    """Asserts, which pytest makes other statements of."""
    assert it.some
    assert it.some[0] == 1, f"{it.some}"
    assert it.number == 1 and it.some
    assert it.number == 2 or it.some
    assert not (it.some and it.empty)
    assert 0 < it.number < it.some[1]
    assert (one := it.number) == 1 and one == it.some[0]
    assert it.some == [1, 2] and it.empty == {}
    assert it.of(it.number)
    assert "a" not in it.empty and it.empty.get("a") is None
    assert it.number if it.some else it.empty
    assert [each + 0 for each in it.some] == it.some[:]
    assert it.some or it.empty, "either"
    assert it.some or (it.empty and it.some)
    assert (it.empty or it.some) and (it.some or it.empty)
    assert not (it.some and (it.empty or it.empty))
    assert (it.some or it.empty) == it.some
    assert it.of(it.some or it.empty)
    assert it.of(*[it.number])
    assert it.some + it.some and [it.some, it.empty]
    assert sorted(it.some) == sorted(it.some)
    assert all(each for each in it.some)
    assert all([each + 0 for each in it.some]) or any(it.some)  # noqa: C419
    for _ in range(2):
        assert it.empty or it.some or it.number
        it.number += 0


def test_what_pytest_makes_of_asserts_changes_nothing(tmp_path: Path) -> None:
    def scenario(asks: Callable[[Any], object]) -> None:
        it = types.SimpleNamespace(number=1, some=[1, 2], empty={}, of=lambda value: value, left=2)

        def work() -> None:
            asks(it)
            it.left -= 1

        side_by_side(work, work)
        if it.left:
            raise ValueError

    plainly = loaded(f"from typing import Any\n{inspect.getsource(asks)}\nscenario = asks", tmp_path / "plain.py")
    both = [functools.partial(scenario, each) for each in (asks, plainly)]
    rewritten, plain = (failure(each, "error") for each in both)
    assert rewritten.schedule == plain.schedule


def test_a_switch_inside_an_assert_is_the_same_with_and_without_pytest(tmp_path: Path) -> None:
    """Which is where most races are seen: what the other thread does comes between two looks of it."""

    def scenario(asks: Callable[[Any], object]) -> None:
        it = types.SimpleNamespace(some=[1], empty=[])
        side_by_side(functools.partial(asks, it), lambda: it.some.append(2))

    plainly = loaded(
        f"from typing import Any\n{inspect.getsource(looks_twice)}\nscenario = looks_twice", tmp_path / "plain.py"
    )
    both = [functools.partial(scenario, each) for each in (looks_twice, plainly)]
    for found_in, replayed_in in (both, reversed(both)):
        found = failure(found_in, "error")
        again = stress.replay(replayed_in, str(found.schedule)).failure
        assert again is not None and again.schedule == found.schedule


def test_what_pytest_shows_a_failed_assertion_by_changes_nothing(tmp_path: Path) -> None:
    """It calls the `__repr__` of what was compared, which nobody calls without it."""

    def scenario(asks: Callable[[Any], object]) -> None:
        it = Compared()

        def work() -> None:
            for _ in range(2):
                try:  # noqa: SIM105  (nothing of the standard library's)
                    asks(it)
                except AssertionError:
                    pass
            it.number += 1

        side_by_side(work, work)
        if it.number != 2:
            raise ValueError(it.number)

    plainly = loaded(
        f"from typing import Any\n{inspect.getsource(asks_for_99)}\nscenario = asks_for_99", tmp_path / "plain.py"
    )
    rewritten, plain = (failure(functools.partial(scenario, each), "error") for each in (asks_for_99, plainly))
    assert str(rewritten.schedule) == str(plain.schedule)


class Compared:
    def __init__(self) -> None:
        self.number = self.shown = 0

    def __repr__(self) -> str:
        self.shown += 1
        return f"Compared({self.number})"

    def __eq__(self, other: object) -> bool:
        return self.number == other

    __hash__ = None  # type: ignore[assignment]


def asks_for_99(it: Any) -> None:
    assert it == 99


def looks_twice(it: Any) -> None:
    assert it.some or it.empty
    assert len(it.some) == len(it.some), f"{it.some}"


cache: dict[str, int] = {}


def test_what_is_made_once_in_a_process_doesnt_matter() -> None:
    def scenario() -> None:
        if "made" not in cache:
            cache["made"] = 1
            cache["more"] = 2
        loses()

    found = failure(scenario, "error")
    assert found.schedule is not None
    cache.clear()
    assert stress.replay(scenario, found.schedule).failure is not None


made: list[int] = []


def appends_unlocked() -> None:
    def make() -> int:
        number = len(made)
        made.append(number)
        return number

    one, other = stress.parallel(make, make)
    assert one != other, f"both got {one}"


total = 0


def counts_in_a_module_and_fails() -> None:
    def add() -> None:
        global total
        total += 1

    stress.parallel(add, add)
    raise ValueError  # the same, whatever there was before


@pytest.mark.parametrize("scenario", [appends_unlocked, counts_in_a_module_and_fails])
def test_a_replay_has_the_values_of_what_was_found(scenario: Callable[[], None]) -> None:
    found = failure(scenario, "error")
    again = stress.replay(scenario, str(found.schedule)).failure
    assert again is not None and again.timeline == found.timeline
    assert str(again.exception) == str(found.exception)


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ("v1:1.2r-2", ["at switch 1 of 1, 1.2r-2", "expected\n      thread 1 about to do its operation 2, a read,",
                       "found\n      thread 1, parallel-1 (Counter.add), was about to do its operation 2, a\n",
                       "tests/test_replay.py:29  self.value += 1"]),
        ("v1:1.2w-2,2.9w-1", ["at switch 2 of 2", "found\n      thread 2, parallel-2 (Counter.add), was about to end"]),
        ("v1:1.2w-7", ["found\n      that thread 7 couldn't, when"]),
        ("v1:7.1r-1", ["found\n      the end: thread 7 didn't get there"]),
        ("v1:1.2w-0", ["found\n      that thread 0 couldn't, when"]),
        ("v1:1.0+3l2-0", ["thread 1 about to do operation 2 of the standard library since use 3 of a\n"]),
        ("v1:1.99+1-2", ["found\n      thread 1, parallel-1 (Counter.add), was about to end"]),
        ("v1:1.2w-0t", ["and then thread 0 timing out early"]),
    ],
)  # fmt: skip
def test_a_schedule_that_does_not_fit_says_where(schedule: str, says: list[str]) -> None:
    with pytest.raises(stress.StaleSchedule) as raised:
        stress.replay(loses, schedule)
    for text in [f"the schedule {schedule} doesn't fit", *says]:
        assert text in str(raised.value), str(raised.value)
    assert all(columns(line) <= WIDTH for line in str(raised.value).splitlines())


def test_the_hash_seed_is_recorded_where_a_set_was_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario() -> None:
        names = {"a", "b"}
        for _ in names:
            loses()

    monkeypatch.setenv("PYTHONHASHSEED", "7")
    found = failure(scenario, "error")
    assert str(found.schedule).endswith("+h7")
    monkeypatch.setenv("PYTHONHASHSEED", "8")
    another = "the order of a set hangs on the hash seed, and the schedule was found under PYTHONHASHSEED=7"
    failed = stress.replay(scenario, str(found.schedule)).failure
    assert failed is not None and another in " ".join(failed.text.split())
    with pytest.warns(UserWarning, match=f"scenario passes in a replay, but {another}"):
        stress.replay(scenario, "v1+h7")
    with pytest.raises(stress.StaleSchedule, match=another.replace(" ", r"\s+")):
        stress.replay(scenario, "v1:7.1r-2+h7")


class Named:
    """Hashed by its name, as members of an Enum are, and what a frozen dataclass makes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)


class Names(set[str]):
    pass


kept = {"a", "b"}
frozen = frozenset(kept)


@pytest.mark.parametrize(
    ("walks", "hangs"),
    [
        (lambda: [repr(each) for each in {"a", "b"}], True),
        (lambda: [repr(each) for each in {name.upper() for name in "ab"}], True),
        (lambda: [*{name.upper() for name in "ab"}], True),
        (lambda: list({name.upper() for name in "ab"}), True),
        (lambda: "".join({name.upper() for name in "ab"}), True),
        (lambda: set("ab").pop(), True),
        (lambda: kept.copy().pop(), True),
        (lambda: sorted(kept, key=len), True),
        (lambda: [repr(each) for each in {Named("a")}], True),
        (lambda: [repr(each) for each in Names("ab")], True),
        (lambda: [repr(each) for each in frozenset("ab")], True),
        (lambda: [repr(each) for each in {(1, "a")}], True),
        (lambda: list(frozen), True),
        (lambda: "".join(frozenset("ab")), True),
        (lambda: dict.fromkeys(frozen), True),
        (lambda: [1].extend(frozenset("ab")), True),
        (lambda: min(frozen, key=len), True),
        (lambda: list(enumerate(frozen)), True),
        (lambda: next(itertools.chain(frozen)), True),
        (lambda: print(*frozen, file=io.StringIO()), True),
        (lambda: hash("a"), True),
        (lambda: hash((1, "a")), True),
        (lambda: [repr(each) for each in {1, 2}], False),
        (lambda: [repr(each) for each in {(1, 2)}], False),
        (lambda: [repr(each) for each in {object(), threading.Thread()}], False),
        (lambda: sorted(kept), False),
        (lambda: max(kept), False),
        (lambda: sorted(frozen), False),
        (lambda: (isinstance(frozen, set), [frozen].append(frozen), frozen | kept, {}.get(frozen)), False),
        (lambda: (hash(3), {Named("a"): 1}[Named("b")] if {}.get(Named("a")) else None), False),
        (lambda: (len(kept), "a" in kept, kept == {"a"}, kept | {"b"}, kept.copy()), False),
    ],
)
def test_a_set_needs_a_seed_where_its_order_shows(walks: Callable[[], object], hangs: bool) -> None:
    def scenario() -> None:
        walks()
        loses()

    assert ("+h" in str(failure(scenario, "error").schedule)) == hangs


def test_what_cannot_be_replayed_has_no_schedule() -> None:
    ran: list[int] = []

    def scenario() -> None:
        ran.append(1)
        if len(ran) % 2:
            side_by_side(lambda: None)

    assert failure(scenario, "nondeterministic").schedule is None


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="not a schedule"):
        stress.replay(loses, "nonsense")
    with pytest.raises(TypeError, match="scenario= takes a callable"):
        stress.replay(None, "v1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not a schedule"):
        stress.regression("nonsense")
    with pytest.raises(TypeError, match=r"@stress.regression takes a function, got <class .*Counter'> \(type\)"):
        stress.regression("v1")(Counter)


@pytest.mark.parametrize("above", [True, False])
def test_a_regression_is_replayed_first(above: bool) -> None:
    def seldom() -> None:
        loses()

    if above:
        test = stress.regression("v1:1.2w-2")(stress.interleave(executions=1, seed=1)(seldom))
    else:
        test = stress.interleave(executions=1, seed=1)(stress.regression("v1:1.2w-2")(seldom))
    with pytest.raises(AssertionError) as raised:
        test()
    assert "found in a replay\nschedule: v1:1.2w-2" in raised.value.__notes__[0]


def test_a_regression_that_no_longer_fits_is_an_error() -> None:
    @stress.regression("v1:1.2r-2")
    @stress.interleave
    def test() -> None:
        stress.parallel(lambda: None)

    with pytest.raises(stress.StaleSchedule, match=r"of @stress.regression: take it out, or put a new one there.\nt"):
        test()
