"""A lock for each account, taken in the order of the arguments: two opposite transfers wait for each other for ever.

This is the AB-BA deadlock. No transfer is wrong by itself; only two together are.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, ExitStack

import stress
from bank import accounts, workloads


class LockedAccount(accounts.Account):
    """An account with a lock of its own, which its owner may enter again."""

    def __init__(self, name: str, balance: int) -> None:
        super().__init__(name, balance)
        self.lock = threading.RLock()


class PerAccountBank(accounts.Bank):
    """Who changes an account, or reads it, holds its lock; transfers between other accounts run side by side."""

    def open(self, name: str, balance: int) -> LockedAccount:
        """A new account."""
        return LockedAccount(name, balance)

    def holding(self, *accounts: accounts.Account) -> AbstractContextManager[object]:
        """Takes the locks of these accounts, in this order; the end of the `with` leaves them."""
        with ExitStack() as stack:
            for account in accounts:
                assert isinstance(account, LockedAccount)
                stack.enter_context(account.lock)
            return stack.pop_all()

    def transfer(self, source: str, target: str, amount: int) -> None:
        """A transfer that holds both accounts."""
        with self.holding(*self.parties(source, target, amount)):
            super().transfer(source, target, amount)

    def transfer_with_fee(self, source: str, target: str, amount: int, fee: int) -> None:
        """A transfer that holds both accounts, and the bank's own."""
        with self.holding(*self.parties(source, target, amount), self.accounts[accounts.FEES]):
            super().transfer_with_fee(source, target, amount, fee)

    def audit(self) -> int:
        """A sum that holds all accounts."""
        with self.holding(*self.accounts.values()):
            return super().audit()


@stress.scenario(expect="deadlocks", timeout=1)
def transfers() -> None:
    """One thread holds alice and wants bob, the other holds bob and wants alice."""
    workloads.transfers(PerAccountBank)
