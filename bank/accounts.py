"""What all variants have in common: accounts, the checks of a transfer, and the transfer itself without any lock.

A variant says when its threads may do what. Nothing here does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FEES: Final = "fees"  # the bank's own account, to which fees are transferred


class InsufficientFunds(Exception):
    """There is too little money in the account that is to pay."""


class UnknownAccount(LookupError):
    """The bank has no account of this name."""


class Account:
    """One account: its name and its balance, which anyone can change at any time."""

    def __init__(self, name: str, balance: int) -> None:
        self.name = name
        self.balance = balance


class Bank:
    """A bank without a lock; the variants add theirs.

    balances: the opening balance of each account by name. The bank's own account for fees opens with 0.
    """

    def __init__(self, balances: Mapping[str, int]) -> None:
        self.accounts = {name: self.open(name, balance) for name, balance in {FEES: 0, **balances}.items()}

    def open(self, name: str, balance: int) -> Account:
        """A new account."""
        return Account(name, balance)

    def transfer(self, source: str, target: str, amount: int) -> None:
        """Moves an amount from one account to another.

        Raises UnknownAccount, ValueError (the same account twice, an amount that isn't positive) or InsufficientFunds;
        no balance has changed then.
        """
        self.move(*self.parties(source, target, amount), amount)

    def transfer_with_fee(self, source: str, target: str, amount: int, fee: int) -> None:
        """A transfer for which the source pays a fee: charging it is one more. Raises what transfer does."""
        account, _ = self.parties(source, target, amount)
        self.parties(source, FEES, fee)
        self.cover(account, amount + fee)
        self.transfer(source, target, amount)
        self.transfer(source, FEES, fee)

    def audit(self) -> int:
        """All balances added up, one after the other."""
        return sum(account.balance for account in self.accounts.values())

    def parties(self, source: str, target: str, amount: int) -> tuple[Account, Account]:
        """The two accounts of a transfer, if it is one."""
        for name in (source, target):
            if name not in self.accounts:
                raise UnknownAccount(f"no account {name!r}: there are {', '.join(self.accounts)}")
        if source == target:
            raise ValueError(f"a transfer takes two accounts, got {source!r} twice")
        if not amount > 0:  # nor is nan
            raise ValueError(f"a transfer takes an amount above 0, got {amount}")
        return self.accounts[source], self.accounts[target]

    def move(self, source: Account, target: Account, amount: int) -> None:
        """Moves the money. Between the two steps the bank is in a temporarily invalid state."""
        self.cover(source, amount)
        source.balance -= amount
        target.balance += amount

    def cover(self, source: Account, amount: int) -> None:
        """Raises InsufficientFunds if the account can't pay so much."""
        if source.balance < amount:
            raise InsufficientFunds(f"{source.name} has {source.balance}, and was to pay {amount}")
