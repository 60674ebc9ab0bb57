"""What the scenarios let a bank do, whichever variant it is.

Free threads meet in a transfer only if they run side by side for a while: hence the many transfers. Under control two
are as good as any number: how they meet is chosen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import stress
from bank.accounts import Bank, InsufficientFunds

OpenBank = Callable[[Mapping[str, int]], Bank]

FORCED = 1e-5  # seconds; a switch interval below it is forced: threads run free
FEW = 2
TRANSFERS = 1000  # of a thread: it needs a few tenths of a millisecond, and the next thread nearly as long to wake up
MANY = 10_000  # where a bug has to show: nearly every execution does then, idle and with a GIL


def often(natively: int) -> int:
    """How many transfers a thread makes in this execution."""
    return natively if sys.getswitchinterval() < FORCED else FEW


def transfers(open_bank: OpenBank, natively: int = TRANSFERS) -> None:
    """Money goes to and fro; none is lost or made."""
    count = often(natively)
    bank = open_bank({"alice": 10 * count, "bob": 10 * count})
    opening = bank.audit()
    stress.parallel(
        partial(repeat, count, partial(bank.transfer, "alice", "bob", 5)),
        partial(repeat, count, partial(bank.transfer, "bob", "alice", 5)),
    )
    assert bank.audit() == opening, f"{bank.audit()} of {opening} are left"


def audits(open_bank: OpenBank, natively: int = TRANSFERS) -> None:
    """An auditor adds up all balances while transfers run, and finds the same total each time."""
    count = often(natively)
    bank = open_bank({"alice": 10 * count, "bob": 10 * count})
    opening = bank.audit()

    def audit() -> None:
        total = bank.audit()
        assert total == opening, f"the auditor saw {total} of {opening}"

    stress.parallel(
        partial(repeat, count, partial(bank.transfer, "alice", "bob", 5)),
        partial(repeat, count, partial(bank.transfer, "bob", "alice", 5)),
        partial(repeat, count, audit),
    )
    audit()


def overdrafts(open_bank: OpenBank, natively: int = 100) -> None:
    """One thread wants more than there is, again and again; the other's transfers go on all the same."""
    count = often(natively)
    bank = open_bank({"alice": 10, "bob": count})
    opening = bank.audit()

    def overdraw() -> None:
        with suppress(InsufficientFunds):
            bank.transfer("alice", "bob", 1000 * count)

    stress.parallel(
        partial(repeat, count, overdraw),
        partial(repeat, count, partial(bank.transfer, "bob", "alice", 1)),
    )
    assert bank.audit() == opening


def refused(open_bank: OpenBank) -> None:
    """One thread wants more than there is, and nobody wants anything after it."""
    bank = open_bank({"alice": 10, "bob": 10})

    def overdraw() -> None:
        with suppress(InsufficientFunds):
            bank.transfer("alice", "bob", 11)

    stress.parallel(overdraw)


def fees(open_bank: OpenBank, natively: int = 100) -> None:
    """Transfers with a fee: while one holds what it holds, it calls another."""
    count = often(natively)
    bank = open_bank({"alice": 10 * count, "bob": 10 * count})
    opening = bank.audit()
    stress.parallel(
        partial(repeat, count, partial(bank.transfer_with_fee, "alice", "bob", 2, fee=1)),
        partial(repeat, count, partial(bank.transfer_with_fee, "bob", "alice", 2, fee=1)),
    )
    assert bank.audit() == opening


def repeat(count: int, step: Callable[[], object]) -> None:
    """Does it so many times."""
    for _ in range(count):
        step()
