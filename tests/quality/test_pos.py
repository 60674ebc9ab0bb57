"""POS against the probabilities of its paper's algorithm (Yuan, Yang, Gu, CAV 2018), on small models, exactly."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

import stress
from stress.events import READ, WRITE, depend
from stress.search.pos import POS
from tests.models import Operation, distribution, run, steps, together, touch

Threads = tuple[tuple[Operation, ...], ...]


def probabilities(*threads: tuple[Operation, ...]) -> dict[tuple[str, ...], Fraction]:
    """Of each order."""

    def play(draw: Callable[[], float]) -> tuple[str, ...]:
        strategy = POS(0)
        strategy.draw = draw
        return run(strategy, 0, together(*(steps(*operations) for operations in threads))).order

    return distribution(play)


def by_the_book(*threads: tuple[Operation, ...]) -> dict[tuple[str, ...], Fraction]:
    """The same from the paper's algorithm: each operation has a priority; the highest of the next ones is done; those
    of the others that race with it have another one from then on. Every permutation of all the priorities there may be
    is as likely as any other."""
    most = sum(map(len, threads))
    needed = [
        (thread, number, again)
        for thread, operations in enumerate(threads)
        for number, operation in enumerate(operations)
        for again in range(1 + sum(depend(operation.accesses, other.accesses)
                                   for rival in threads if rival is not operations for other in rival))
    ]  # fmt: skip
    found: Counter[tuple[str, ...]] = Counter()
    ways = 0
    for ranks in itertools.permutations(range(len(needed))):
        ways += 1
        priority = dict(zip(needed, ranks, strict=True))
        done = [0] * len(threads)
        again = [0] * len(threads)
        order = []
        for _ in range(most):
            left = [thread for thread, operations in enumerate(threads) if done[thread] < len(operations)]
            first = max(left, key=lambda thread: priority[thread, done[thread], again[thread]])
            operation = threads[first][done[first]]
            for other in left:
                if other != first and depend(operation.accesses, threads[other][done[other]].accesses):
                    again[other] += 1
            order.append(operation.site.name)
            done[first] += 1
            again[first] = 0
        found[tuple(order)] += 1
    return {order: Fraction(times, ways) for order, times in found.items()}


a_writes_x, a_writes_y = touch("a: x =", WRITE, 0, "x"), touch("a: y =", WRITE, 0, "y")
b_writes_x, b_writes_y = touch("b: x =", WRITE, 0, "x"), touch("b: y =", WRITE, 0, "y")
a_reads_x, b_reads_x = touch("a: x", READ, 0, "x"), touch("b: x", READ, 0, "x")
b_reads_z = touch("b: z", READ, 0, "z")
c_writes_x, c_reads_y = touch("c: x =", WRITE, 0, "x"), touch("c: y", READ, 0, "y")

MODELS: list[Threads] = [
    ((a_writes_x, a_writes_y), (b_writes_x,)),
    ((a_writes_y, a_writes_x), (b_writes_x,)),
    ((a_reads_x, a_writes_x), (b_reads_x, b_writes_y)),
    ((a_writes_x, a_writes_y), (b_writes_x, b_reads_z)),
    ((a_reads_x,), (b_reads_x,), (c_writes_x,)),
    ((a_writes_x,), (b_writes_y,), (c_reads_y,)),
]


@pytest.mark.parametrize("threads", MODELS, ids=range(len(MODELS)))
def test_it_draws_each_order_as_often_as_the_paper_s_algorithm_does(threads: Threads) -> None:
    assert probabilities(*threads) == by_the_book(*threads)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_one_operation_is_passed_by_n_that_do_not_depend_on_it_with_1_in_n_plus_1(n: int) -> None:
    # It is the lowest of n + 1 priorities. In a random walk it would lose n times in a row, 2**-n.
    a = tuple(touch(f"a{number}", WRITE, 1) for number in range(n))
    last = {order: p for order, p in probabilities(a, (b_writes_x,)).items() if order[-1] == "b: x ="}
    assert sum(last.values()) == Fraction(1, n + 1)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_one_operation_is_passed_by_n_rivals_with_2_to_the_minus_n(n: int) -> None:
    # It gets a new priority each time it has lost: as in a random walk.
    a = tuple(touch(f"a{number}", WRITE, 0) for number in range(n))
    last = {order: p for order, p in probabilities(a, (b_writes_x,)).items() if order[-1] == "b: x ="}
    assert sum(last.values()) == Fraction(1, 2**n)


def test_what_a_thread_does_while_it_is_alone_is_not_taken_for_what_it_lost_with() -> None:
    # Thread b waits for thread a's last operation but one: b's operation and a's last are then both new, so that each
    # is as likely to be first, although a's first one won against nobody.
    done: list[str] = []

    def a() -> object:
        done.clear()
        yield touch("a1", WRITE, 1)
        yield touch("a2", WRITE, 1)
        done.append("a2")
        yield touch("a3", WRITE, 1)

    def b() -> object:
        yield Operation(b_writes_x.site, b_writes_x.accesses, can=lambda: bool(done))

    def play(draw: Callable[[], float]) -> bool:
        strategy = POS(0)
        strategy.draw = draw
        order = run(strategy, 0, together(a, b)).order  # type: ignore[arg-type]
        return order.index("a3") < order.index("b: x =")

    assert distribution(play) == {True: Fraction(1, 2), False: Fraction(1, 2)}


def test_the_lowest_priority_waits_for_1000_choices_and_no_longer() -> None:
    # Thread a is about to do what depends on nothing, with the lowest priority there is, and thread b spins. Then both
    # get another one, the same, of which the first one wins.
    draws = itertools.chain([0.0], itertools.repeat(0.5))
    strategy = POS(0)
    strategy.draw = lambda: next(draws)
    ran = run(strategy, 0, together(steps(a_writes_x), lambda: itertools.repeat(touch("b spins", READ, 1))), most=1_100)
    starts = 2  # choices, that let the threads come to their first operations
    assert ran.order.index("a: x =") == 1_000 - starts


def test_what_a_random_walk_hardly_finds_is_found_in_real_threads() -> None:
    # One thread is to do 20 operations and more before another does its first: a random walk has less than 2**-20. By
    # the above POS has more than 1/40, so that 300 executions miss it with p < (39/40)**300 < 0.0006 (it was found in
    # 61 of 1,000).
    def scenario() -> None:
        private, shared = [0], []

        def long() -> None:
            for _ in range(10):
                private[0] += 1
            shared.append(1)

        def short() -> None:
            assert not shared

        stress.parallel(long, short)

    assert stress.explore(scenario, search="pos", executions=300).failure is not None
    assert stress.explore(scenario, search="random", executions=200).failure is None
