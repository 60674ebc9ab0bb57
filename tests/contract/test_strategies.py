"""What every search strategy must do that draws, over the whole table (stress/search/protocol.py).

`dpor` doesn't draw: its executions end, and what it must do stands in tests/search/test_dpor.py. `auto` hands over to
others.
"""

from __future__ import annotations

import gc
import itertools
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings, strategies as st

import stress
from stress.events import READ, UPDATE, WRITE
from stress.search import NAMES, strategy
from stress.search.protocol import Strategy
from tests.models import Body, Lock, Operation, Run, run, steps, together, touch

DRAWING = [name for name in NAMES if name not in ("auto", "native", "dpor")] + ["pct:1", "pct:7"]

every_strategy = pytest.mark.parametrize("name", DRAWING)


def writers(*lengths: int) -> Body:
    """Threads that all write to one attribute."""
    return together(
        *(
            steps(*(touch(f"{thread}.{number}", WRITE) for number in range(length)))
            for thread, length in enumerate(lengths)
        )
    )


def executions(made: Strategy, scenario: Callable[[], Body], number: int, first: int = 0) -> list[Run]:
    return [run(made, execution, scenario()) for execution in range(first, first + number)]


@every_strategy
def test_the_same_seed_makes_the_same_choices(name: str) -> None:
    one, other = (executions(strategy(name, 5), lambda: writers(3, 3, 2), 20) for _ in range(2))
    assert one == other


@every_strategy
@pytest.mark.parametrize("seeds", [(0, 1), (1, -1), (0, 2**70)])
def test_another_seed_makes_others(name: str, seeds: tuple[int, int]) -> None:
    one, other = (executions(strategy(name, seed), lambda: writers(3, 3, 2), 20) for seed in seeds)
    assert one != other


@every_strategy
def test_executions_differ(name: str) -> None:
    # pct:1 has 3! orders of three threads; 30 executions that all come to one of them: 6**-29.
    orders = {ran.order for ran in executions(strategy(name, 0), lambda: writers(3, 3, 2), 30)}
    assert len(orders) > 1


@every_strategy
def test_a_run_that_was_given_up_counts_for_nothing(name: str) -> None:
    once, again = strategy(name, 3), strategy(name, 3)
    expected = executions(once, lambda: writers(2, 2), 10)
    found = []
    for execution in range(10):
        run(again, execution, writers(5, 5), most=execution, counts=False)
        run(again, execution, writers(4, 1, 9), counts=False)
        found.append(run(again, execution, writers(2, 2)))
    assert found == expected


@every_strategy
def test_others_may_have_executions_in_between(name: str) -> None:
    one, other = strategy(name, 0), strategy(name, 0)
    for execution in (4, 5, 9):
        assert run(one, execution, writers(3, 3)) == run(other, execution, writers(3, 3))


@every_strategy
def test_time_outs_come_early_in_every_second_execution_or_never(name: str) -> None:
    made = strategy(name, 0)
    early = []
    for execution in range(6):
        run(made, execution, writers(2, 2))
        early.append(made.early)
    assert early in ([False, True] * 3, [False] * 6)


@every_strategy
def test_one_thread_is_no_choice(name: str) -> None:
    made = strategy(name, 0)
    for execution in range(3):
        alone = run(made, execution, steps(touch("a", WRITE), touch("b", WRITE)))
        assert alone == Run(("a", "b"), ((), ()), ())


def random_scenarios() -> st.SearchStrategy[Callable[[], Body]]:
    """Threads that touch things, hold locks and start others, three levels deep."""
    accesses = st.builds(
        touch, st.sampled_from("pqrs"), st.sampled_from([READ, WRITE, UPDATE]), st.integers(0, 2), st.sampled_from("xy")
    )

    def body(part: object, locks: list[Lock]) -> Body:
        def threads() -> Iterator[Operation]:
            for each in part:  # type: ignore[attr-defined]
                if isinstance(each, Operation):
                    yield each
                elif isinstance(each, tuple):
                    yield from locks[each[0]].held_for(f"lock {each[0]}", *each[1])
                else:
                    yield Operation(touch("starts", UPDATE, 9).site, starts=(body(each, locks),))

        return threads

    parts = st.recursive(
        st.lists(accesses | st.tuples(st.integers(0, 1), st.lists(accesses, max_size=2)), max_size=4),
        lambda inner: st.lists(accesses | inner, max_size=3),
        max_leaves=4,
    )

    def fresh(part: object) -> Callable[[], Body]:
        def scenario() -> Body:
            return body(part, [Lock(3), Lock(4)])

        return scenario

    return parts.map(fresh)


@every_strategy
@settings(max_examples=30)
@given(scenario=random_scenarios())
def test_a_chosen_thread_is_enabled_and_all_come_to_their_ends(name: str, scenario: Callable[[], Body]) -> None:
    made = strategy(name, 0)
    done = {tuple(sorted(ran.order)) for ran in executions(made, scenario, 4)}  # `run` checks that it is enabled
    assert len(done) == 1  # no program of these can deadlock, so that all is done


@every_strategy
@pytest.mark.parametrize("spinning", [1, 4])
def test_threads_that_spin_let_the_one_run_that_they_wait_for(name: str, spinning: int) -> None:
    # An execution in which nothing changed for 20,000 operations is a livelock, and must not be one of our making.
    # Of 12 with one that spins, surw is interested in object 1 in half of them, and then draws the one that spins for
    # its first operation there, which it can't come to, in half of those.
    done: list[str] = []
    reads, others = touch("spins", READ, 0), touch("by the way", WRITE, 1)

    def spins() -> Iterator[Operation]:
        while not done:
            yield reads
        yield others

    def sets() -> Iterator[Operation]:
        yield from (others, others, touch("sets", WRITE, 0))
        done.append("")

    made = strategy(name, 0)
    for execution in range(12):
        done.clear()
        assert "sets" in run(made, execution, together(sets, *[spins] * spinning)).order


@every_strategy
def test_more_executions_need_no_more_memory(name: str) -> None:
    made = strategy(name, 0)
    executions(made, lambda: writers(6, 6, 6), 20)
    gc.freeze()  # what there is in the process already: it takes long to look through
    tracemalloc.start()
    sizes = []
    try:
        for first in (20, 25, 45, 65):
            executions(made, lambda: writers(6, 6, 6), 5 if first == 20 else 20, first=first)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    # An execution has more than 18 events, of more than 50 bytes each. Other threads of the process may take some once.
    assert min(after - before for before, after in itertools.pairwise(sizes)) < 20 * 50


@every_strategy
def test_real_threads_lose_an_update_and_one_seed_has_one_verdict(name: str) -> None:
    # A random walk loses it in one of three executions; pct:1, which never switches but at the ends, never does.
    def scenario() -> None:
        box = [0]

        def add() -> None:
            box[0] += 1

        stress.parallel(add, add)
        assert box == [2]

    one, other = (stress.explore(scenario, search=name, executions=100, seed=1) for _ in range(2))
    assert one.search == name
    assert str(one.failure) == str(other.failure) and one.executions == other.executions
    assert (one.failure is None) == (name == "pct:1")
