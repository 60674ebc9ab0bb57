"""Without sys.monitoring: the net is left out where nothing is new, and is back where something is."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

import stress
from stress.instrument import is_instrumented, kinds
from stress.instrument.settling import EVERY, QUIET, Settling


def settled() -> Settling:
    settling = Settling()
    while settling.next():
        pass
    return settling


def test_the_net_stays_until_some_executions_had_nothing_new() -> None:
    settling = Settling()
    assert settling.next()
    settling.note()
    assert [settling.next() for _ in range(QUIET + 1)] == [True] * QUIET + [False]


def test_something_new_brings_it_back_at_once_and_into_the_next_executions() -> None:
    settling = settled()
    assert settling.note()
    assert settling.next()
    assert not settling.note()


def test_it_is_back_in_every_hundredth_execution() -> None:
    settling = settled()
    assert sum(settling.next() for _ in range(3 * EVERY)) == 3


def test_without_it_an_execution_that_failed_or_met_a_new_class_does_not_count() -> None:
    assert not settled().missed(failed=False)
    assert settled().missed(failed=True)
    settling = settled()
    kinds.watch(type("New", (), {}))
    assert settling.missed(failed=False)
    assert settling.next()
    assert not settling.missed(failed=True)


HOOKED: list[bool] = []  # of each call of `enter`, whether it had hooks


def enter(number: int) -> int:
    HOOKED.append(is_instrumented(sys._getframe().f_code))
    return number


class Late:
    """Made before the exploration; its functions are entered by what C code does."""

    name = ""

    def __lt__(self, other: object) -> bool:
        return bool(enter(1))

    @property
    def number(self) -> int:
        return enter(1)


LATE = [Late(), Late()]


@pytest.mark.parametrize(
    "begin",
    [lambda: sorted([1], key=enter), lambda: sorted(LATE), lambda: LATE[0].number],
    ids=["a callback", "a special method", "a property"],
)
def test_what_c_code_enters_late_is_controlled(begin: Callable[[], object]) -> None:
    runs = 0
    HOOKED.clear()

    def scenario() -> None:
        nonlocal runs
        runs += 1
        stress.parallel(list, list)
        LATE[0].name = str(sorted([1]))  # no class is new then
        if runs > 20:
            begin()

    stress.explore(scenario, search="random", executions=30).raise_if_failed()
    assert len(HOOKED) >= 10
    assert sorted(HOOKED) == HOOKED
    assert HOOKED.count(False) <= 1  # caught as it began; that execution was begun again
