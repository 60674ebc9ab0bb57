"""The shortest execution that fails in the same way: what is tried, in which order, and what is claimed of it."""

from __future__ import annotations

import concurrent.futures
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

import stress
from stress.minimize import Attempt, Tried, shortest
from tests.controlled import failure, side_by_side


class Counter:
    def __init__(self) -> None:
        self.value = 0


def loses_an_update() -> None:
    counter = Counter()

    def increment() -> None:
        counter.value += 1

    side_by_side(increment, increment, increment)
    assert counter.value == 3


def needs_two_preemptions() -> None:
    """The second thread runs between two writes of the first one, and before its own last read the third one writes."""
    box, seen = Counter(), []

    def first() -> None:
        box.value = 1
        box.value = 2

    def second() -> None:
        seen.append(box.value)
        seen.append(box.value)

    side_by_side(first, second)
    assert seen != [1, 2], "seen in the middle, and after it"


def deadlocks_always() -> None:
    lock = threading.Lock()

    def twice() -> None:
        with lock, lock:
            pass

    side_by_side(twice, twice)


def failure_of(scenario: object, seed: int = 0) -> stress.Failure:
    failure = stress.explore(scenario, search="random", seed=seed, executions=2000).failure  # type: ignore[arg-type]
    assert failure is not None
    return failure


def test_a_lost_update_takes_one_preemption_whatever_was_found() -> None:
    texts = set()
    for seed in range(5):
        failure = failure_of(loses_an_update, seed)
        assert "it takes 1 preemption: no schedule with fewer fails so" in str(failure)
        assert failure.schedule is not None and len(failure.schedule.switches) == 1
        texts.add(str(failure.schedule))
    assert len(texts) == 1, "another seed comes to another schedule, although all were tried"


def test_two_preemptions_are_shown_where_one_is_not_enough() -> None:
    text = str(failure_of(needs_two_preemptions))
    assert re.search("(it|fails so) takes 2 preemptions", text), text


def test_what_always_fails_takes_none() -> None:
    failure = failure_of(deadlocks_always)
    assert "it takes no preemption" in str(failure)
    assert failure.schedule == stress.Schedule()


def test_what_is_shown_fails_when_it_is_replayed() -> None:
    for scenario in (loses_an_update, needs_two_preemptions, deadlocks_always):
        shown = failure_of(scenario)
        assert shown.schedule is not None
        again = stress.replay(scenario, shown.schedule).failure
        assert again is not None and again.kind == shown.kind and again.sites == shown.sites


def spins_after_one_preemption() -> None:
    counter = Counter()

    def add_and_wait() -> None:
        counter.value += 1
        while counter.value != 2:
            pass

    side_by_side(add_and_wait, add_and_wait)


def spins_after_two_preemptions() -> None:
    box, seen = Counter(), []

    def first() -> None:
        box.value = 1
        box.value = 2
        while seen == [1, 2]:
            pass

    def second() -> None:
        seen.append(box.value)
        seen.append(box.value)
        while seen == [1, 2]:
            pass

    side_by_side(first, second)


@pytest.mark.parametrize("scenario", [spins_after_one_preemption, spins_after_two_preemptions])
def test_the_schedule_of_a_livelock_says_how_it_begins(
    scenario: Callable[[], None], livelocks_are_seen_soon: None
) -> None:
    found = failure_of(scenario)
    assert found.kind == "livelock" and found.schedule is not None and len(found.schedule.switches) < 10
    again = stress.replay(scenario, found.schedule).failure
    assert again is not None and again.kind == "livelock" and again.schedule == found.schedule


def test_of_many_deviations_the_first_few_are_tried() -> None:
    failed = Attempt({(1, n): 2 for n in range(1_024)}, early=False)
    failed.preemptions = 1_024
    search = shortest(failed, 21_000, frozenset())
    attempt = next(search)
    best = None
    while best is None:  # an attempt fails, and is as long, if it has the first 20
        try:
            fails = set(list(failed.deviations)[:20]) <= set(attempt.deviations)
            attempt.preemptions = len(attempt.deviations)
            attempt = search.send(Tried(fails, 21_000 if fails else 100))
        except StopIteration as end:
            best = end.value
    assert len(best.deviations) <= 64


def test_of_what_is_equally_short_a_switch_in_the_users_code_is_shown() -> None:
    log: list[str] = []

    def scenario() -> None:
        log.clear()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(int)
            future.add_done_callback(lambda _: log.append("called back"))
            future.result()
            log.append("had the result")
        assert log == ["called back", "had the result"]

    found = stress.explore(scenario).failure
    assert found is not None and "+" not in str(found.schedule)


def test_what_a_thread_still_waits_for_is_shared_too() -> None:
    def scenario() -> None:
        a, b = threading.Lock(), threading.Lock()

        def nested(first: threading.Lock, second: threading.Lock) -> None:
            with first:
                with second:
                    pass

        threads = [threading.Thread(target=nested, args=args) for args in ((a, b), (b, a))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert "it takes 1 preemption: no schedule with fewer fails so" in str(failure(scenario, "deadlock"))


@dataclass(frozen=True)
class Thread:
    number: int
    site: None = None
    tired: bool = False
    would_time_out: bool = False


def test_only_to_end_the_turn_of_a_thread_that_could_go_on_is_a_preemption() -> None:
    a, b, c = Thread(0), Thread(1), Thread(2)
    attempt = Attempt({(0, 1): 2, (2, 0): 1}, early=False)
    attempt.follow([], [])
    assert [attempt.choose([a, b, c], a), attempt.choose([b, c], a)] == [a, c]
    assert attempt.preemptions == 0
    assert attempt.choose([b, c], c) == b
    assert attempt.preemptions == 1
    assert [option.preempts for option in attempt.options] == [True, False, True]


@pytest.mark.parametrize("seed", range(3))
def test_what_needs_an_early_time_out_is_made_as_short(seed: int) -> None:
    def scenario() -> None:
        lock, got = threading.Lock(), []

        def work() -> None:
            if lock.acquire(timeout=1):
                got.append(1)
                lock.release()

        side_by_side(work, work)
        assert len(got) == 2

    found = stress.explore(scenario, search="random", executions=200, seed=seed).failure
    assert found is not None and "a time-out came early" in str(found)
    assert "it takes 1 preemption: no schedule with fewer fails so" in str(found)


def test_an_execution_that_would_not_end_is_not_run_to_find_a_shorter_one() -> None:
    """Where nobody's turn is ended, the thread that polls is never done."""
    longest = 0

    def scenario() -> None:
        done, polls, value = [False], [0], [0]

        def add() -> None:
            before = value[0]
            value[0] = before + 1

        def polls_first() -> None:
            nonlocal longest
            while not done[0]:
                polls[0] += 1
                longest = max(longest, polls[0])
            add()

        def lets_it() -> None:
            done[0] = True
            add()

        side_by_side(polls_first, lets_it)
        assert value == [2]

    assert failure(scenario, "error").kind == "error"
    assert longest < 10_000


def test_deviations_are_left_out_of_a_long_execution_too() -> None:
    failed = Attempt({(thread, count): 3 - thread for count in (1, 2) for thread in (1, 2)}, early=False)
    failed.preemptions = 4
    search = shortest(failed, 50_000, frozenset())
    attempt, best = next(search), None
    while best is None:
        try:
            attempt.preemptions = len(attempt.deviations)
            attempt = search.send(Tried((1, 1) in attempt.deviations, 50_000))
        except StopIteration as end:
            best = end.value
    assert best.deviations == {(1, 1): 2} and best.preemptions == 1
