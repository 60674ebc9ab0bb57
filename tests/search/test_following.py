"""Following the decisions of an execution that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from stress.search.following import Following


@dataclass(frozen=True)
class Thread:
    number: int


T = TypeVar("T")
A, B, C = Thread(0), Thread(1), Thread(2)


class Last:
    def choose(self, enabled: Sequence[T], current: T) -> T:
        return enabled[-1]


def test_the_thread_that_was_chosen_is_chosen_again() -> None:
    following = Following((2, 0), early=False)
    assert [following.choose([A, B, C], A), following.choose([A, B], B)] == [C, A]
    assert not following.stale
    assert not following.left_over


def test_it_is_stale_where_nothing_fits() -> None:
    following = Following((2,), early=False)
    assert following.choose([A, B], B) is B
    assert following.stale


def test_it_is_stale_after_the_last_decision_and_says_what_is_left_over() -> None:
    following = Following((), early=False)
    following.choose([A, B], A)
    assert following.stale
    assert Following((1,), early=False).left_over


def test_another_strategy_decides_after_the_last_decision() -> None:
    following = Following((1,), early=False, after=Last())
    assert [following.choose([A, B, C], A) for _ in range(3)] == [B, C, C]
    assert not following.stale
