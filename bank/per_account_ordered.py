"""A lock for each account, taken in one fixed order: right, and transfers between other accounts run side by side."""

from __future__ import annotations

from contextlib import AbstractContextManager

import stress
from bank import accounts, workloads
from bank.per_account import PerAccountBank


class OrderedBank(PerAccountBank):
    """No thread waits for an account while it holds a later one, so that there is never a circle of them."""

    def holding(self, *accounts: accounts.Account) -> AbstractContextManager[object]:
        """While these accounts are locked, in the order of their names."""
        return super().holding(*sorted(accounts, key=lambda account: account.name))


@stress.scenario(expect="passes")
def audits() -> None:
    """The auditor finds every total right."""
    workloads.audits(OrderedBank)


@stress.scenario(expect="passes")
def overdrafts() -> None:
    """An exception in a transfer leaves the locks free."""
    workloads.overdrafts(OrderedBank)


@stress.scenario(expect="passes")
def fees() -> None:
    """A transfer with a fee enters its locks again, and leaves them as often."""
    workloads.fees(OrderedBank)
