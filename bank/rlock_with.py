"""A global RLock, taken by `with`: right, exceptions included, and nothing to forget."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import stress
from bank import accounts, workloads

lock = threading.RLock()


class WithRLockBank(accounts.Bank):
    """Every method runs under the one lock, which its thread may enter again."""

    def __init__(self, balances: Mapping[str, int]) -> None:
        global lock
        lock = threading.RLock()  # anew for each bank: a thread that is stuck for ever keeps the old one
        super().__init__(balances)

    def transfer(self, source: str, target: str, amount: int) -> None:
        with lock:
            super().transfer(source, target, amount)

    def transfer_with_fee(self, source: str, target: str, amount: int, fee: int) -> None:
        with lock:
            super().transfer_with_fee(source, target, amount, fee)

    def audit(self) -> int:
        with lock:
            return super().audit()


@stress.scenario(expect="passes")
def audits() -> None:
    """The auditor finds every total right."""
    workloads.audits(WithRLockBank)


@stress.scenario(expect="passes")
def overdrafts() -> None:
    """An exception in a transfer leaves the lock free."""
    workloads.overdrafts(WithRLockBank)


@stress.scenario(expect="passes")
def fees() -> None:
    """A transfer with a fee enters the lock again, and leaves it as often."""
    workloads.fees(WithRLockBank)
