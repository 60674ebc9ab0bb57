"""Following the decisions of an execution that was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from stress.search.following import Following


@dataclass(frozen=True)
class Thread:
    number: int
    tired: bool = False
    would_time_out: bool = False


T = TypeVar("T")
A, B, C = Thread(0), Thread(1), Thread(2)


def chosen(following: Following, *choices: tuple[list[Thread], Thread]) -> list[Thread]:
    """What it chooses, one after the other, of (those that can go on, the one that ran last)."""
    made: list[int] = []
    following.follow(made, [])
    threads = []
    for enabled, current in choices:
        threads.append(following.choose(enabled, current))
        made.append(threads[-1].number)
    return threads


def test_the_thread_that_was_chosen_is_chosen_again() -> None:
    following = Following((2, 0), early=False)
    assert chosen(following, ([A, B, C], A), ([A, B], B)) == [C, A]
    assert not following.stale
    assert not following.unfit


def test_it_is_stale_where_nothing_fits() -> None:
    following = Following((2,), early=False)
    assert chosen(following, ([A, B], B)) == [B]
    assert following.stale


def test_where_it_is_stale_one_that_gets_nowhere_lets_others_go_on() -> None:
    following, tired = Following((), early=True), Thread(1, tired=True)
    assert chosen(following, ([A, tired, C], tired), ([A, tired], tired)) == [C, A]
    late = Thread(0, would_time_out=True)
    assert chosen(following, ([late, B], C), ([late], C)) == [B, late]


def test_it_is_stale_after_the_last_decision() -> None:
    following = Following((1,), early=False)
    assert chosen(following, ([A, B], A), ([A, C], C)) == [B, C]
    assert following.stale


def test_it_says_that_decisions_are_left_over() -> None:
    following = Following((1, 0), early=False)
    assert chosen(following, ([A, B], A)) == [B]
    assert following.unfit
