"""SURW against what its paper promises (Zhao et al., ASPLOS 2025), on small models, exactly: where the counts are right
and nobody waits, every order of the interesting operations is as likely as any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from fractions import Fraction
from typing import Any

import pytest

import stress
from stress.events import READ, UPDATE, WRITE, Event
from stress.search.random_walk import RandomWalk
from stress.search.surw import SURW, shared
from tests.models import Body, Lock, Operation, Run, distribution, run, steps, together, touch


def probabilities(scenario: Callable[[], Body], what: Callable[[Run], Hashable]) -> dict[Any, Fraction]:
    """Of each thing that the second execution can come to; the first one counts."""

    def play(draw: Callable[[], float]) -> Hashable:
        strategy = SURW(0)
        run(strategy, 0, scenario())
        strategy.draw = draw
        return what(run(strategy, 1, scenario()))

    return distribution(play)


def interesting(ran: Run) -> tuple[str, ...]:
    """What was done to x; the models call everything else small."""
    return tuple(name for name in ran.order if name.isupper())


def uniform(number: int) -> Counter[Fraction]:
    return Counter({Fraction(1, number): number})


def of(name: str, interesting: int, others: int = 0) -> Body:
    """A thread that does so many operations on x, after each so many on an object of its own."""
    return steps(
        *(
            operation
            for number in range(interesting)
            for operation in (
                touch(f"{name}{number}".upper(), WRITE),
                *(touch(f"{name}{number}.{more}", WRITE, ord(name)) for more in range(others)),
            )
        )
    )


@pytest.mark.parametrize(
    ("lengths", "orders"),
    [
        ((1, 1), 2),
        ((2, 2), 6),  # 4! / (2! 2!)
        ((1, 4), 5),
        ((3, 2), 10),
        ((2, 1, 1), 12),
    ],
)
def test_each_order_is_as_likely_as_any_other(lengths: tuple[int, ...], orders: int) -> None:
    threads = [of(name, length) for name, length in zip("abcd", lengths, strict=False)]
    assert Counter(probabilities(lambda: together(*threads), interesting).values()) == uniform(orders)


@pytest.mark.parametrize(("lengths", "orders"), [(((1, 2), (2, 0)), 3), (((2, 1), (1, 3)), 3), (((2, 1), (2, 0)), 6)])
def test_what_is_not_interesting_changes_nothing(lengths: tuple[tuple[int, int], ...], orders: int) -> None:
    threads = [of(name, *length) for name, length in zip("ab", lengths, strict=True)]
    assert Counter(probabilities(lambda: together(*threads), interesting).values()) == uniform(orders)


def test_a_random_walk_is_not_uniform() -> None:
    # So that the tests above can fail: of 6 orders, a0 a1 b0 b1 takes two choices, the others three.
    def play(draw: Callable[[], float]) -> tuple[str, ...]:
        strategy = RandomWalk(0)
        strategy.draw = draw
        return interesting(run(strategy, 0, together(of("a", 2), of("b", 2))))

    assert len(set(distribution(play).values())) > 1


def starts(body: Body) -> Operation:
    return Operation(touch("starts", UPDATE, 7).site, starts=(body,))


@pytest.mark.parametrize(
    ("before", "after", "orders"),
    [
        # Of the thread that starts another one (C), and one beside it (B). Their operations in an order that keeps
        # A0 before C0 if it comes before the start: counted by hand.
        (("A0",), ("A1",), 8),  # A0 first: 3! of A1, C0, B0; B0 first: A0, and then 2
        ((), ("A0", "A1"), 12),  # 4! / 2!
        (("A0", "A1"), (), 4),  # B0 in one of 4 places
    ],
)
def test_a_thread_that_is_started_on_the_way_changes_nothing(
    before: tuple[str, ...], after: tuple[str, ...], orders: int
) -> None:
    def a() -> Iterator[Operation]:
        yield from (touch(name, WRITE) for name in before)
        yield starts(of("c", 1))
        yield from (touch(name, WRITE) for name in after)

    assert Counter(probabilities(lambda: together(a, of("b", 1)), interesting).values()) == uniform(orders)


def test_no_order_of_all_operations_is_left_out() -> None:
    # 6 operations, three of each thread: 20 orders.
    threads = [of("a", 1, 2), of("b", 1, 2)]
    assert len(probabilities(lambda: together(*threads), lambda ran: ran.order)) == 20


def test_each_thing_that_threads_share_is_as_likely_to_be_of_interest() -> None:
    # Both threads touch x and y. One alone touches z, nobody changes w, and v is changed before there are threads.
    one, other = touch("X", WRITE, 0, "x"), touch("Y", WRITE, 0, "y")
    alone, unchanged = touch("z", WRITE, 0, "z"), touch("w", READ, 0, "w")
    strategy = SURW(0)
    before, after = touch("v =", WRITE, 0, "v"), touch("v", READ, 0, "v")

    def scenario() -> Iterator[Operation]:
        yield before
        yield from together(steps(one, other, alone, unchanged, after), steps(one, other, unchanged, after))()

    run(strategy, 0, scenario)

    def play(draw: Callable[[], float]) -> frozenset[str]:
        strategy.draw = draw
        strategy.begin(1)
        return frozenset(site.name for site in strategy._interesting)

    assert distribution(play) == {frozenset({"X"}): Fraction(1, 2), frozenset({"Y"}): Fraction(1, 2)}


def test_the_end_of_a_thread_and_its_join_are_of_no_interest() -> None:
    # They are done to one thing by two threads, but in no other order.
    start, other_start = touch("start", UPDATE, 5), touch("other start", UPDATE, 6)
    end, join = touch("end", UPDATE, 5), touch("join", READ, 5)

    def event(path: tuple[int, ...], operation: Operation, starts: int = 0, needs: str = "") -> Event:
        made = Event(len(path), path, 0, operation.site, operation.site.mode, operation.accesses)
        made.starts, made.needs = ((0,),) * starts, needs
        return made

    ends = event((0,), end)
    assert list(shared([event((), other_start, 1), ends, event((), join)])) == [{end.site, join.site}]
    assert list(shared([event((), other_start, 1), ends, event((), join, needs="thread")])) == []
    assert list(shared([event((), start, 1), ends, event((), join)])) == []


def test_a_lock_that_the_drawn_thread_waits_for_stops_nobody() -> None:
    # Nobody's order is lost: each of the two sections first, by symmetry with the same probability.
    def scenario() -> Body:
        lock = Lock(3)
        return together(lambda: lock.held_for("a", touch("A", WRITE)), lambda: lock.held_for("b", touch("B", WRITE)))

    assert probabilities(scenario, interesting) == {("A", "B"): Fraction(1, 2), ("B", "A"): Fraction(1, 2)}


def test_real_threads_come_to_all_orders_alike() -> None:
    # Two threads append twice each: 6 orders, of which 300 executions have 50 each, with a deviation of 6.5: one of
    # them has less than 27 with p < 6 * 2.3e-4. A random walk has the rarest of them in 83 of 1,000.
    found: Counter[str] = Counter()

    def scenario() -> str:
        order: list[str] = []

        def twice(name: str) -> None:
            order.append(name)
            order.append(name)

        stress.parallel(lambda: twice("a"), lambda: twice("b"))
        found["".join(order)] += 1
        return ""

    assert stress.explore(scenario, search="surw", executions=300).failure is None
    assert len(found) == 6 and min(found.values()) >= 27
