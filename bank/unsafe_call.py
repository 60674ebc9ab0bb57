"""No lock, and a call between the read of a balance and its write: money is lost on every build.

CPython may switch threads where a Python function is entered, so that this is the lost update that native stress shows
with a GIL too.
"""

from __future__ import annotations

import stress
from bank import accounts, workloads


class UnsafeCallBank(accounts.Bank):
    """The unsafe bank, its balances computed by a function."""

    def move(self, source: accounts.Account, target: accounts.Account, amount: int) -> None:
        """Moves the money; what another thread wrote between the read and the write of a balance is lost."""
        self.cover(source, amount)
        source.balance = added(source.balance, -amount)
        target.balance = added(target.balance, amount)


def added(balance: int, amount: int) -> int:
    """The balance after a payment."""
    return balance + amount


@stress.scenario(expect="fails")
def transfers() -> None:
    """Two threads change one balance at once, and what one of them wrote is lost."""
    workloads.transfers(UnsafeCallBank, workloads.MANY)
