"""What every variant promises of a transfer: it moves the money, or says clearly why not and changes nothing."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest

from bank.accounts import FEES, Bank, InsufficientFunds, UnknownAccount
from tests.bank.variants import ALL, in_time


@pytest.fixture(params=ALL, ids=lambda variant: variant.__name__)
def bank(request: pytest.FixtureRequest) -> Bank:
    bank: Bank = request.param({"alice": 100, "bob": 50})
    return bank


def balances(bank: Bank) -> dict[str, int]:
    return {name: account.balance for name, account in bank.accounts.items()}


def test_a_transfer_moves_the_money(bank: Bank) -> None:
    bank.transfer("alice", "bob", 30)
    assert balances(bank) == {FEES: 0, "alice": 70, "bob": 80}


def test_the_audit_adds_up_all_balances(bank: Bank) -> None:
    assert bank.audit() == 150


def test_all_the_money_of_an_account_can_be_transferred(bank: Bank) -> None:
    bank.transfer("alice", "bob", 100)
    assert balances(bank) == {FEES: 0, "alice": 0, "bob": 150}


@pytest.mark.parametrize(
    ("source", "target", "amount", "error", "text"),
    [
        ("carol", "bob", 1, UnknownAccount, "no account 'carol': there are fees, alice, bob"),
        ("alice", "carol", 1, UnknownAccount, "no account 'carol'"),
        ("alice", "alice", 1, ValueError, "two accounts, got 'alice' twice"),
        ("alice", "bob", 0, ValueError, "an amount above 0, got 0"),
        ("alice", "bob", -1, ValueError, "an amount above 0, got -1"),
        ("alice", "bob", math.nan, ValueError, "an amount above 0, got nan"),
        ("alice", "bob", 101, InsufficientFunds, "alice has 100, and was to pay 101"),
    ],
)
def test_what_is_no_transfer_says_so_and_changes_nothing(
    bank: Bank, source: str, target: str, amount: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        bank.transfer(source, target, amount)
    assert balances(bank) == {FEES: 0, "alice": 100, "bob": 50}


@pytest.mark.parametrize(
    ("source", "target", "amount", "fee", "error"),
    [
        ("alice", "bob", 100, 1, InsufficientFunds),
        ("alice", "bob", 1, 0, ValueError),
        ("alice", "bob", 0, 1, ValueError),
        ("alice", "alice", 1, 1, ValueError),
        (FEES, "bob", 1, 1, ValueError),
        ("carol", "bob", 1, 1, UnknownAccount),
    ],
)
def test_what_is_no_transfer_with_a_fee_changes_nothing(
    bank: Bank, source: str, target: str, amount: int, fee: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        bank.transfer_with_fee(source, target, amount, fee)
    assert balances(bank) == {FEES: 0, "alice": 100, "bob": 50}


@pytest.mark.parametrize("variant", [variant for variant in ALL if variant.__name__ != "PlainLockBank"])
def test_a_fee_goes_to_the_bank(variant: type[Bank]) -> None:
    bank = variant({"alice": 100, "bob": 50})
    in_time(partial(bank.transfer_with_fee, "alice", "bob", 30, fee=2))
    assert balances(bank) == {FEES: 2, "alice": 68, "bob": 80}
