"""A global RLock, bare acquire() and release(): right while nothing fails.

An exception between the two leaves the lock held, and every other thread that wants it waits for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import stress
from bank import accounts, workloads

lock = threading.RLock()


class BareRLockBank(accounts.Bank):
    """Every method runs under the one lock, and forgets to leave it when an exception comes between."""

    def __init__(self, balances: Mapping[str, int]) -> None:
        global lock
        lock = threading.RLock()  # anew for each bank: a thread that is stuck for ever keeps the old one
        super().__init__(balances)

    def transfer(self, source: str, target: str, amount: int) -> None:
        lock.acquire()
        super().transfer(source, target, amount)
        lock.release()

    def transfer_with_fee(self, source: str, target: str, amount: int, fee: int) -> None:
        lock.acquire()
        super().transfer_with_fee(source, target, amount, fee)
        lock.release()

    def audit(self) -> int:
        lock.acquire()
        total = super().audit()
        lock.release()
        return total


@stress.scenario(expect="passes")
def audits() -> None:
    """The auditor finds every total right."""
    workloads.audits(BareRLockBank)


@stress.scenario(expect="deadlocks", timeout=1)
def overdrafts() -> None:
    """The first exception leaves the lock held; the next thread that wants it waits for ever."""
    workloads.overdrafts(BareRLockBank)


@stress.scenario(expect="fails")
def leaks() -> None:
    """Nobody wants the lock after the exception, and all ends well, but for the lock, which stays held: a leaked lock.
    Natively nobody notices, and it is not shown."""
    workloads.refused(BareRLockBank)


@stress.scenario(expect="passes")
def fees() -> None:
    """A transfer with a fee enters the lock again, and leaves it as often."""
    workloads.fees(BareRLockBank)
