"""Generated schedules of transfers: they shrink to the smallest that still fails, and print as something to paste."""

from __future__ import annotations

import pytest
from hypothesis import find, given, settings

from bank.accounts import Bank, InsufficientFunds
from bank.schedules import Transfers, make, transfers
from bank.unsafe import UnsafeBank

FIND = settings(max_examples=2000, deadline=None, database=None)
SMALL = transfers(max_accounts=4, max_threads=3, max_transfers=3)


def refused(schedule: Transfers) -> bool:
    """Whether a transfer lacks the money when one thread after the other makes its own."""
    bank = UnsafeBank(schedule.balances)
    try:
        for thread in schedule.threads:
            for transfer in thread:
                make(bank, transfer)
    except InsufficientFunds:
        return True
    return False


def has_opposite_threads(schedule: Transfers) -> bool:
    """Whether two threads transfer between the same accounts, the one there and the other back."""
    ways = [{transfer[:2] for transfer in thread} for thread in schedule.threads]
    return any(
        (target, source) in other
        for number, way in enumerate(ways)
        for source, target in way
        for other in ways[number + 1 :]
    )


def test_the_smallest_refused_schedule_is_one_transfer_from_an_empty_account() -> None:
    assert find(SMALL, refused, settings=FIND) == Transfers({"a": 0, "b": 0}, [[("a", "b", 1)]])


def test_the_smallest_schedule_with_a_fee_is_one_transfer() -> None:
    def charges(schedule: Transfers) -> bool:
        return any(len(transfer) == 4 for thread in schedule.threads for transfer in thread)

    assert find(SMALL, charges, settings=FIND) == Transfers({"a": 0, "b": 0}, [[("a", "b", 1, 1)]])


def test_the_smallest_opposite_schedule_is_two_threads_with_a_transfer_each() -> None:
    assert find(SMALL, has_opposite_threads, settings=FIND) == Transfers(
        {"a": 0, "b": 0}, [[("a", "b", 1)], [("b", "a", 1)]]
    )


@given(transfers())
def test_a_schedule_prints_as_an_expression_that_gives_it_back(schedule: Transfers) -> None:
    assert eval(repr(schedule), {"Transfers": Transfers}) == schedule


@given(transfers(max_accounts=3, max_threads=2, max_transfers=4))
def test_a_schedule_stays_within_its_bounds(schedule: Transfers) -> None:
    assert 2 <= len(schedule.balances) <= 3
    assert 1 <= len(schedule.threads) <= 2
    assert all(1 <= len(thread) <= 4 for thread in schedule.threads)


@given(transfers())
def test_every_transfer_of_a_schedule_is_one(schedule: Transfers) -> None:
    bank = Bank(dict.fromkeys(schedule.balances, 10_000))
    for thread in schedule.threads:
        for transfer in thread:
            make(bank, transfer)


@pytest.mark.parametrize("accounts", [1, 27])
def test_a_number_of_accounts_that_cannot_be_had_is_refused(accounts: int) -> None:
    with pytest.raises(ValueError, match=f"max_accounts={accounts}: it takes 2 to 26"):
        transfers(max_accounts=accounts)
