"""Deadlock and livelock in words: what is told of plain data, and of real threads."""

from __future__ import annotations

import threading
from typing import Any

from stress.detect.waiting import Hold, Waiting, deadlock, livelock
from stress.events import Site
from tests.controlled import failure, side_by_side


def at(line: int, text: str = "") -> Site:
    return Site("file.py", line, 0, text)


def waiting(thread: str, line: int, **fields: Any) -> Waiting:
    return Waiting(thread=thread, site=at(line, f"line {line}"), awaited="lock (threading.Lock)", **fields)


def story(*threads: Waiting) -> str:
    return str(deadlock(threads)).splitlines()[1].strip()


def test_who_waits_for_itself() -> None:
    assert story(waiting("one", 1, owner="one", taken=at(2))) == (
        "one waits for a lock that it holds itself, and that can't be entered twice"
    )


def test_a_cycle_is_told_in_its_order() -> None:
    threads = [
        waiting("outside", 9, owner="one", taken=at(1)),
        waiting("one", 1, owner="two", taken=at(2)),
        waiting("two", 2, owner="three", taken=at(3)),
        waiting("three", 3, owner="one", taken=at(1)),
    ]
    assert story(*threads) == "each holds what the next one waits for: one, three, two, one"


def test_an_owner_that_ended_is_named() -> None:
    assert story(waiting("one", 1, owner="gone", owner_ended=True, taken=at(2))) == (
        "gone ended without giving its lock back"
    )


def test_nobody_is_left_who_could_wake_it_up() -> None:
    assert story(waiting("one", 1)) == "nobody is left who could wake up those who wait"


def test_two_locks_of_one_name_are_no_single_one() -> None:
    holds = [Hold("lock", at(6)), Hold("other", at(7))]
    text = str(deadlock([waiting("one", 1, owner="two", holds=holds), waiting("two", 2, owner="two", holds=holds[:1])]))
    assert [line.strip() for line in text.splitlines() if "      holds " in line] == [
        "holds another lock, since file.py:6",
        "holds other, since file.py:7",
        "holds lock, since file.py:6",
    ]


def test_each_thread_has_its_lines() -> None:
    text = str(
        deadlock(
            [
                waiting("one", 1, owner="two", taken=at(5, "with lock:"), holds=[Hold("other", at(6))]),
                Waiting(thread="two", site=at(2), awaited="", joins="one"),
            ]
        )
    )
    for line in ("waits for lock (threading.Lock)", "file.py:1  line 1", "which two holds", "file.py:5  with lock:"):
        assert line in text
    assert "holds other" in text and "file.py:6" in text and "waits for the end of one" in text


def test_the_sites_are_those_of_the_threads() -> None:
    threads = [waiting("one", 1), waiting("stuck in what it was started to call", 0), waiting("two", 2)]
    assert [site.line for site in deadlock(threads).sites] == [1, 2]
    assert [site.line for site in livelock(threads, 5000).sites] == [1, 2]
    assert "5,000 operations" in str(livelock(threads, 5000))


# --- of real threads --------------------------------------------------------------------------------------------------


def test_a_cycle_of_two_locks_is_told_with_all_its_lines() -> None:
    class Account:
        def __init__(self) -> None:
            self.lock = threading.Lock()

    def scenario() -> None:
        one, two = Account(), Account()

        def transfer(source: Account, target: Account) -> None:
            with source.lock:
                with target.lock:
                    pass

        side_by_side(lambda: transfer(one, two), lambda: transfer(two, one))

    found = failure(scenario, "deadlock")
    text = str(found)
    assert "each holds what the next one waits for" in text
    assert text.count("waits for target.lock") == 2 and text.count("with target.lock:") == 2
    assert text.count("since") >= 2 and text.count("source.lock") >= 2
    # The scenario itself, which waits for the ends, and both threads.
    assert len(found.sites) == 3


def test_a_thread_that_only_waits_for_the_end_of_others_is_told_so() -> None:
    def scenario() -> None:
        event = threading.Event()
        thread = threading.Thread(target=event.wait, name="waiting")
        thread.start()
        thread.join()

    assert "waits for the end of waiting" in str(failure(scenario, "deadlock"))


def test_a_livelock_names_the_loop_of_each_thread(livelocks_are_seen_soon: None) -> None:
    def scenario() -> None:
        flags = [True, True]

        def spin(number: int) -> None:
            while flags[1 - number]:
                pass

        side_by_side(lambda: spin(0), lambda: spin(1))

    assert str(failure(scenario, "livelock")).count("while flags[1 - number]:") == 2
