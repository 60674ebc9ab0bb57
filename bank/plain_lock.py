"""A global plain Lock, entered again through a chain of calls: it deadlocks at once, with a single thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import stress
from bank import accounts, workloads

lock = threading.Lock()


class PlainLockBank(accounts.Bank):
    """Every method runs under the one lock, which not even its own thread may enter again."""

    def __init__(self, balances: Mapping[str, int]) -> None:
        global lock
        lock = threading.Lock()  # anew for each bank: a thread that is stuck for ever keeps the old one
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
    """While no method calls another, a plain Lock is as good as any."""
    workloads.audits(PlainLockBank)


@stress.scenario(expect="deadlocks", timeout=1)
def fees() -> None:
    """Charging the fee is a transfer: it waits for the lock that its own thread holds."""
    workloads.fees(PlainLockBank)
