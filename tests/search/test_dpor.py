"""DPOR against every interleaving: each trace exactly once, on models; and the counts that are known."""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from stress.events import Event
from stress.search import dpor
from stress.search.dpor import REREADS, Dpor
from stress.search.protocol import T
from tests.effort import generated
from tests.search.model import Body, run, side_by_side, traces

PROGRAMS = generated(60, ci=200, thorough=2_000)
TIME_OUTS = (345, 421)  # seeds of programs in which a wait ends in vain since nobody gives back what it waits for
MOST = 100  # interleavings; a program with more is left out


class Asked(Dpor):
    """Asked at each choice, also where it has said that it need not be: it must choose as it has said then."""

    def choose(self, enabled: Sequence[T], current: T) -> T:
        can_stay = current in enabled and not (current.would_time_out or current.in_vain)
        stays = can_stay and len(self._events) < self.stays_until
        chosen = super().choose(enabled, current)
        assert chosen is current or not stays
        return chosen

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        self.stays_until = 0
        super().follow(decisions, events)


def executed(main: Body) -> list[Any]:
    """The trace of each execution."""
    strategy = Asked()
    found: list[Any] = []
    while not strategy.exhausted:
        strategy.begin(len(found))
        ran = run(main, strategy)
        assert strategy.end(ran.events, ran.pending(), ran.levels, True)
        found.append(ran.trace())
        assert len(found) < 10_000, "no end of it"
    return found


def counts(main: Body) -> int:
    found = executed(main)
    assert len(found) == len(set(found)), "a trace came twice"
    return len(found)


def increments() -> Generator[tuple[Any, ...], Any, None]:
    value = yield ("read", "x")
    yield ("write", "x", value + 1)


def locks(name: str, times: int) -> Body:
    def body() -> Generator[tuple[Any, ...], Any, None]:
        for _ in range(times):
            yield ("acquire", name)
            yield ("release", name)

    return body


def philosopher(left: str, right: str) -> Body:
    def body() -> Generator[tuple[Any, ...], Any, None]:
        yield ("acquire", left)
        yield ("acquire", right)
        yield ("release", right)
        yield ("release", left)

    return body


def test_unlocked_counters() -> None:
    assert counts(side_by_side(increments, increments)) == 4
    assert counts(side_by_side(increments, increments, increments)) == 36


@pytest.mark.parametrize(("threads", "times"), [(2, 2), (2, 3), (3, 2), (2, 5)])
def test_critical_sections_of_one_lock(threads: int, times: int) -> None:
    expected = math.factorial(threads * times) // math.factorial(times) ** threads
    assert counts(side_by_side(*[locks("l", times)] * threads)) == expected


@pytest.mark.parametrize(("number", "expected"), [(2, 3), (3, 7)])
def test_dining_philosophers(number: int, expected: int) -> None:
    forks = [f"l{i}" for i in range(number)]
    table = side_by_side(*(philosopher(forks[i], forks[(i + 1) % number]) for i in range(number)))
    assert counts(table) == expected


def test_reads_beside_two_writes() -> None:
    def reads() -> Generator[tuple[Any, ...], Any, None]:
        yield ("read", "x")

    def writes() -> Generator[tuple[Any, ...], Any, None]:
        yield ("write", "x", 1)
        yield ("write", "x", 2)

    assert counts(side_by_side(reads, reads, writes)) == 3 * 3


def tries(*then: tuple[Any, ...], otherwise: Sequence[tuple[Any, ...]] = ()) -> Body:
    def body() -> Generator[tuple[Any, ...], Any, None]:
        if (yield ("try", "l")):
            for step in then:
                yield step
            yield ("release", "l")
        else:
            for step in otherwise:
                yield step

    return body


def tries_twice() -> Generator[tuple[Any, ...], Any, None]:
    if (yield ("try", "l")) or (yield ("try", "l")):
        yield ("release", "l")


@pytest.mark.parametrize(
    "bodies",
    [
        [tries()] * 3,
        [tries(("try", "l"))] * 3,
        [tries(otherwise=[("write", "x", 1)])] * 3,
        [tries(("write", "x", 1), otherwise=[("write", "x", 2)]), tries(), locks("l", 1)],
        [tries(), tries(otherwise=[("read", "x")]), locks("l", 1)],
        [tries(otherwise=[("acquire", "l"), ("release", "l")]), tries_twice, locks("l", 1)],
    ],
)
def test_locks_that_are_tried(bodies: list[Body]) -> None:
    """Whether a try reads or writes hangs on what came before it."""
    main = side_by_side(*bodies)
    expected = traces(main)
    assert expected is not None
    found = executed(main)
    assert len(found) == len(set(found)) and set(found) == set(expected)


def program(seed: int) -> Body:
    """A random program, which does one thing or another by what it reads."""
    draw = random.Random(seed)
    words = draw.choice(
        (
            ["read", "write", "swap"],
            ["read", "write", "swap", "section", "section"],
            ["read", "swap", "section", "try", "timed"],
            ["section", "nested", "try", "read", "write"],
            ["put", "get", "read", "write"],
            ["put", "get", "section", "timed"],
        )
    )

    def some(depth: int, most: int) -> list[Any]:
        return [one(depth) for _ in range(draw.randint(1, most))]

    def one(depth: int) -> Any:
        word = draw.choice(words)
        if word in ("read", "try", "timed") and depth < 2 and draw.random() < 0.5:
            return (word, draw.randint(0, 1), some(depth + 1, 1), some(depth + 1, 1))
        return (word, draw.randint(0, 1), some(depth + 1, 1) if word in ("section", "nested") and depth < 1 else [], [])

    bodies = [some(0, 3) for _ in range(draw.choice((2, 2, 3)))]

    def play(steps: list[Any], me: int) -> Generator[tuple[Any, ...], Any, None]:
        for word, which, then, otherwise in steps:
            name = (
                "xy"[which]
                if word in ("read", "write", "swap")
                else f"q{which}"
                if word in ("put", "get")
                else f"l{which}"
            )
            if word in ("section", "nested"):
                yield ("acquire", name)
                if word == "nested":
                    yield ("acquire", f"l{1 - which}")
                yield from play(then, me)
                if word == "nested":
                    yield ("release", f"l{1 - which}")
                yield ("release", name)
            elif word in ("try", "timed"):
                if (yield (word, name)):
                    yield from play(then, me)
                    yield ("release", name)
                else:
                    yield from play(otherwise, me)
            elif word == "read":
                yield from play(then if (yield ("read", name)) else otherwise, me)
            elif word in ("write", "swap"):
                yield (word, name, me)
            else:
                yield (word, name)

    return side_by_side(*((lambda steps=steps, me=me: play(steps, me + 1)) for me, steps in enumerate(bodies)))


def test_generated_programs() -> None:
    """Each trace of each program comes once, and no other: found by listing all interleavings."""
    compared = 0
    for seed in (*range(PROGRAMS), *TIME_OUTS):
        main = program(seed)
        expected = traces(main, MOST)
        if expected is None:
            continue
        compared += 1
        found = executed(main)
        assert len(found) == len(set(found)), f"seed {seed}: {len(found)} executions of {len(set(found))} traces"
        assert set(found) == set(expected), f"seed {seed}: {len(set(found))} traces of {len(expected)}"
    assert compared > PROGRAMS // 4


def spins(name: str) -> Body:
    def body() -> Generator[tuple[Any, ...], Any, None]:
        while not (yield ("read", name)):
            pass

    return body


def sets(name: str) -> Body:
    def body() -> Generator[tuple[Any, ...], Any, None]:
        yield ("write", name, 1)

    return body


def test_a_loop_that_only_reads_is_cut_and_that_is_said() -> None:
    strategy = Dpor()
    found = set()
    while not strategy.exhausted:
        strategy.begin(len(found))
        ran = run(side_by_side(spins("x"), sets("x")), strategy)
        assert strategy.end(ran.events, ran.pending(), ran.levels, True)
        assert ran.trace() not in found
        found.add(ran.trace())
    assert strategy.bounded
    assert REREADS < len(found) <= 2 * REREADS + 2


def test_the_estimate_is_the_number_in_the_end_and_of_its_size_before() -> None:
    main = side_by_side(*[locks("l", 2)] * 3)  # 90 traces
    halfway = []
    for seed in range(20):
        strategy = Dpor(seed)
        while not strategy.exhausted:
            strategy.begin(strategy.executed)
            ran = run(main, strategy)
            assert strategy.end(ran.events, ran.pending(), ran.levels, True)
            if strategy.executed == 30:
                halfway.append(strategy.estimate)
        assert strategy.estimate == pytest.approx(90)
    # Each is right on average only; the mean of 20 seeds, which are fixed, is within half of it.
    assert 45 < statistics.mean(halfway) < 180


def test_what_does_something_else_the_next_time_is_noticed() -> None:
    times = itertools.count()

    def main() -> Generator[tuple[Any, ...], Any, None]:
        yield ("start", *([increments] * (2 if next(times) < 2 else 1)))

    strategy = Dpor()
    as_planned = []
    while not strategy.exhausted:
        strategy.begin(len(as_planned))
        ran = run(main, strategy)
        as_planned.append(strategy.end(ran.events, ran.pending(), ran.levels, True))
    assert as_planned == [True, True, False, True]  # begun anew: there is one thread, and one trace


def test_what_hangs_on_no_operation_is_left_out_and_nothing_is_proved_then() -> None:
    def main() -> Generator[tuple[Any, ...], Any, None]:
        users = [2]

        def leaves(*steps: tuple[Any, ...]) -> Body:
            def body() -> Generator[tuple[Any, ...], Any, None]:
                yield steps[0]
                users[0] -= 1
                if not users[0]:  # whoever leaves last cleans up
                    yield ("swap", "cleaned", True)
                if steps[1:]:
                    yield steps[1]

            return body

        yield ("start", leaves(("write", "x", 1)), leaves(("write", "y", 1), ("write", "x", 2)))

    strategy = Dpor()
    as_planned = []
    while not strategy.exhausted:
        strategy.begin(len(as_planned))
        ran = run(main, strategy)
        as_planned.append(strategy.end(ran.events, ran.pending(), ran.levels, True))
        assert len(as_planned) < 100, "no end of it"
    assert as_planned == [True, False, True, True]  # begun anew once, and then as it was: so it is left out
    assert strategy.strayed and not strategy.complete


def test_a_thread_is_passed_over_for_what_it_did_in_a_row_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpor, "PATIENCE", 3)

    def writes(variable: str) -> Body:
        def body() -> Generator[tuple[Any, ...], Any, None]:
            for number in range(4):
                yield ("write", variable, number)

        return body

    strategy = Dpor()
    strategy.begin(0)
    ran = run(side_by_side(writes("x"), writes("y")), strategy)
    assert "".join(variable for _, word, variable, *_ in ran.what if word == "write") == "xxxyyyxy"
