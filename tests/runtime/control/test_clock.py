"""Virtual time: what clocks show, sleepers, and time-outs that come early."""

from __future__ import annotations

import contextlib
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stress
from stress.runtime.control import execution
from tests.controlled import as_for_real, explored, failure, flat, gives, outcomes, said, side_by_side

HOUR = 3600.0


def test_sleep_costs_nothing() -> None:
    def scenario() -> Any:
        before = time.monotonic()
        time.sleep(1000 * HOUR)
        return time.monotonic() - before >= 1000 * HOUR

    # A thousand hours in each of a hundred executions: it would never end.
    assert outcomes(scenario) == {True}


CLOCKS = [time.time, time.monotonic, time.perf_counter, time.time_ns, time.monotonic_ns, time.perf_counter_ns]


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_clock_moves_with_a_sleep(clock: Any) -> None:
    unit = 1e9 if clock.__name__.endswith("_ns") else 1.0

    def scenario() -> Any:
        before = clock()
        time.sleep(7.5)
        # LATE, and the rounding of time.time()
        return type(clock()) is type(before), round((clock() - before) / unit, 3)

    assert outcomes(scenario, 3) == {(True, 7.5)}


def test_clocks_start_at_the_same_instant_in_each_execution_and_process(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(
        "import stress, time\n"
        "def scenario(): return time.time(), time.monotonic(), time.perf_counter(), time.time_ns()\n"
        "print(stress.explore(scenario, search='random', executions=20).outcomes.keys())\n",
        encoding="utf-8",
    )
    where = {"PYTHONPATH": str(Path(str(stress.__file__)).parents[1])}
    said = [subprocess.check_output([sys.executable, str(file)], text=True, env=where, timeout=60) for _ in range(2)]
    assert said[0] == said[1] and said[0].count("1767225600.0") == 1


def test_that_time_was_virtual_is_an_assumption_once_it_was_read() -> None:
    assert any("time was virtual" in text for text in explored(lambda: time.time(), 2).assumptions)
    assert not any("time" in text for text in explored(lambda: side_by_side(lambda: None), 2).assumptions)


@gives(("short", "long"), rarely=(("long", "short"),))
def test_the_earliest_sleeper_wakes_up_first_unless_one_is_early() -> Any:
    log: list[str] = []

    def sleep(seconds: float, name: str) -> None:
        time.sleep(seconds)
        log.append(name)

    side_by_side(lambda: sleep(0.05, "long"), lambda: sleep(0.001, "short"))
    return tuple(log)


def test_a_sleeper_may_wake_up_while_others_still_run() -> None:
    def scenario() -> Any:
        log: list[str] = []

        def work() -> None:
            for _ in range(30):
                log.append("work")

        def sleep() -> None:
            time.sleep(5)
            log.append("awake")

        side_by_side(work, sleep)
        return log[-1]

    assert outcomes(scenario) == {"awake", "work"}


def test_early_time_outs_are_told() -> None:
    def scenario() -> None:
        box: list[int] = []

        def work() -> None:
            box.extend(number for number in range(30))

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(5)
        assert len(box) == 30
        thread.join()

    report = str(failure(scenario, "error", 200))
    assert "early" in report and "test_clock.py" in report and "time.sleep" in report


def test_no_time_out_is_early_where_none_is_needed() -> None:
    def scenario() -> None:
        box = [0]

        def add() -> None:
            box[0] += 1

        side_by_side(add, add)
        assert box == [2]

    assert "early" not in str(failure(scenario, "error"))


@as_for_real
def test_wrong_uses_of_sleep_raise_what_they_raise() -> Any:
    sleep: Any = time.sleep
    return said(lambda: sleep(-1), lambda: sleep("x"), sleep, lambda: sleep(1, 2), lambda: sleep(0), lambda: sleep(0.0))


def test_a_loop_that_waits_for_an_instant_comes_to_its_end(livelocks_are_seen_soon: None) -> None:
    def scenario() -> Any:
        polls, end = [0], time.monotonic() + HOUR
        while time.monotonic() < end:
            polls[0] += 1
        return polls[0] > 0

    assert outcomes(scenario, 3) == {True}


def test_a_loop_that_waits_for_what_is_left_gives_up() -> None:
    """What is left is never nothing without the time being over."""

    def scenario() -> Any:
        event, end, rounds = threading.Event(), time.monotonic() + 0.3, 0
        while (left := end - time.monotonic()) >= 0:
            event.wait(left)
            rounds += 1
        return rounds

    assert outcomes(scenario, 10) <= {1, 2}


def receives() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(0.1)
        with pytest.raises(TimeoutError):
            one.recv(1)


def gets() -> None:
    with contextlib.suppress(queue.Empty):
        queue.Queue[int]().get(timeout=0.1)


WAITS: list[Callable[[], object]] = [
    lambda: time.sleep(0.1),
    lambda: [time.sleep(0.1) for _ in range(20)],
    lambda: threading.Event().wait(0.1),
    gets,
    receives,
]


def until(stops: list[bool]) -> None:
    while not stops:
        pass


@pytest.mark.parametrize("search", ["random", "dpor"])
@pytest.mark.parametrize("waits", WAITS)
def test_time_passes_while_another_thread_only_spins(
    waits: Callable[[], object], search: str, livelocks_are_seen_soon: None
) -> None:
    def scenario() -> None:
        stops: list[bool] = []
        thread = threading.Thread(target=until, args=(stops,))
        thread.start()
        waits()
        stops.append(True)
        thread.join()

    exploration = stress.explore(scenario, search=search, executions=4)
    assert exploration.failure is None and exploration.executions == 4, exploration


@pytest.mark.parametrize("search", ["random", "dpor"])
def test_time_passes_while_another_thread_looks_again_and_again_under_a_lock(
    search: str, livelocks_are_seen_soon: None
) -> None:
    def scenario() -> None:
        items: queue.Queue[int] = queue.Queue()

        def puts() -> None:
            time.sleep(0.1)
            items.put(1)

        thread = threading.Thread(target=puts)
        thread.start()
        while items.empty():
            pass
        thread.join()

    exploration = stress.explore(scenario, search=search, executions=2)
    assert exploration.failure is None and exploration.executions == 2, exploration


def test_the_time_limit_of_a_join_is_reached_while_the_thread_only_spins(livelocks_are_seen_soon: None) -> None:
    def scenario() -> bool:
        stops: list[bool] = []
        thread = threading.Thread(target=until, args=(stops,))
        thread.start()
        thread.join(0.1)
        alive = thread.is_alive()
        stops.append(True)
        return alive

    assert outcomes(scenario, 4) == {True}


def test_a_failure_names_the_waits_that_ended_while_others_changed_nothing(livelocks_are_seen_soon: None) -> None:
    def scenario() -> None:
        stops: list[bool] = []
        thread = threading.Thread(target=until, args=(stops,))
        thread.start()
        time.sleep(60)
        stops.append(True)
        raise ValueError

    text = flat(failure(scenario, "error", executions=1))
    assert "a time-out came while others ran and changed nothing: " in text and "time.sleep(60)" in text


@pytest.mark.parametrize("waits", [lambda: None, lambda: time.sleep(0.1), lambda: threading.Event().wait(0.1)])
def test_what_gets_nowhere_for_all_time_is_a_livelock(
    waits: Callable[[], object], livelocks_are_seen_soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the time limit of stress.parallel is reached is none of the scenario's ways to go on."""
    monkeypatch.setattr(execution, "PASSES", 3)

    def scenario() -> None:
        stops: list[bool] = []

        def sleeps() -> None:
            while not stops:
                waits()

        stress.parallel(lambda: until(stops), sleeps, timeout=1)

    assert failure(scenario, "livelock", executions=1).kind == "livelock"


def test_a_loop_that_looks_under_a_lock_for_ever_is_a_livelock_in_which_everybody_had_a_turn(
    livelocks_are_seen_soon: None,
) -> None:
    def scenario() -> None:
        items: queue.Queue[int] = queue.Queue()

        def looks() -> None:
            while items.empty():
                pass

        stress.parallel(looks, lambda: None)

    told = failure(scenario, "livelock", executions=1).text
    assert "  parallel-1 (" in told and "  parallel-2 (" not in told and "while items.empty():" in told


@pytest.mark.parametrize("search", ["random", "pct", "dpor"])
def test_what_changes_something_without_an_end_is_given_up_and_no_more_is_claimed(
    search: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "MOST", 20_000)

    def scenario() -> None:
        done, polls = [False], [0]

        def count() -> None:
            while not done[0]:
                polls[0] += 1

        stress.parallel(count, lambda: None)

    exploration = stress.explore(scenario, search=search)
    found = exploration.failure
    assert found is not None and found.kind == "livelock" and found.schedule is None and not exploration.exhausted
    assert "threads still run after 21,001 operations, and were given up" in found.text
    assert "whether they would come to an end isn't known" in found.text
    assert found.timeline.endswith("Here it was given up.")


def test_a_failure_in_the_first_execution_says_that_time_was_virtual() -> None:
    def scenario() -> None:
        time.monotonic()
        raise ValueError

    exploration = stress.explore(scenario, search="random")
    assert exploration.failure is not None and exploration.executions == 1
    assert any("time was virtual" in text for text in exploration.assumptions)


def test_of_several_waits_for_what_is_outside_the_shortest_time_is_up_first() -> None:
    def scenario() -> Any:
        log = []

        def receive(end: socket.socket, seconds: float) -> None:
            end.settimeout(seconds)
            try:
                end.recv(1)
            except TimeoutError:
                log.append(seconds)

        one, other = socket.socketpair()
        with one, other:
            side_by_side(lambda: receive(one, 2), lambda: receive(other, 1))
        return tuple(log)

    assert outcomes(scenario, 20) == {(1, 2)}
