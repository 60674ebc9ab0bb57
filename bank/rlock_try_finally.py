"""A global RLock, left in a `finally`: right, exceptions included."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import stress
from bank import accounts, workloads

lock = threading.RLock()


class TryFinallyBank(accounts.Bank):
    """Every method runs under the one lock, and leaves it whatever happens."""

    def __init__(self, balances: Mapping[str, int]) -> None:
        global lock
        lock = threading.RLock()  # anew for each bank: a thread that is stuck for ever keeps the old one
        super().__init__(balances)

    def transfer(self, source: str, target: str, amount: int) -> None:
        lock.acquire()
        try:
            super().transfer(source, target, amount)
        finally:
            lock.release()

    def transfer_with_fee(self, source: str, target: str, amount: int, fee: int) -> None:
        lock.acquire()
        try:
            super().transfer_with_fee(source, target, amount, fee)
        finally:
            lock.release()

    def audit(self) -> int:
        lock.acquire()
        try:
            return super().audit()
        finally:
            lock.release()


@stress.scenario(expect="passes")
def audits() -> None:
    """The auditor finds every total right."""
    workloads.audits(TryFinallyBank)


@stress.scenario(expect="passes")
def overdrafts() -> None:
    """An exception in a transfer leaves the lock free."""
    workloads.overdrafts(TryFinallyBank)


@stress.scenario(expect="passes")
def fees() -> None:
    """A transfer with a fee enters the lock again, and leaves it as often."""
    workloads.fees(TryFinallyBank)
