"""Hypothesis strategies for what the threads do: whole schedules of transfers.

A schedule prints as an expression that can be pasted back, and shrinks towards few accounts, threads and transfers,
empty accounts and amounts of 1.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

from hypothesis import strategies as st

import stress
from bank.accounts import Bank, InsufficientFunds
from bank.workloads import OpenBank

# From, to, amount; and the fee, where one is charged.
Transfer = tuple[str, str, int] | tuple[str, str, int, int]


@dataclass(frozen=True)
class Transfers:
    """A schedule of transfers.

    balances: the opening balance of each account.
    threads: for each thread the transfers that it makes, one after the other; one that lacks the money is left out.
    """

    balances: dict[str, int]
    threads: list[list[Transfer]]

    def run(self, open_bank: OpenBank) -> Bank:
        """Makes all transfers on a new bank, with an auditor beside them; asserts that no total is ever wrong."""
        bank = open_bank(self.balances)
        opening = sum(self.balances.values())

        def audit() -> None:
            for _ in range(1 + max(map(len, self.threads), default=0)):
                total = bank.audit()
                assert total == opening, f"the auditor saw {total} of {opening}"

        def thread(transfers: list[Transfer]) -> Callable[[], None]:
            def make_transfers() -> None:
                for transfer in transfers:
                    with suppress(InsufficientFunds):
                        make(bank, transfer)

            return make_transfers

        stress.parallel(*map(thread, self.threads), audit)
        audit()
        return bank


def make(bank: Bank, transfer: Transfer) -> None:
    """Makes one transfer."""
    match transfer:
        case (source, target, amount):
            bank.transfer(source, target, amount)
        case (source, target, amount, fee):
            bank.transfer_with_fee(source, target, amount, fee)


_NAMES: Final = "abcdefghijklmnopqrstuvwxyz"


def transfers(
    *, max_accounts: int = 5, max_threads: int = 4, max_transfers: int = 10, fees: bool = True
) -> st.SearchStrategy[Transfers]:
    """Schedules of 2 to `max_accounts` accounts, 1 to `max_threads` threads with 1 to `max_transfers` transfers each.

    fees: whether some transfers charge a fee, so that a transfer calls another.
    """
    if not 2 <= max_accounts <= len(_NAMES):
        raise ValueError(f"max_accounts={max_accounts!r}: it takes 2 to {len(_NAMES)}, a letter for each account")
    return _transfers(max_accounts, max_threads, max_transfers, fees)


@st.composite
def _transfers(draw: st.DrawFn, max_accounts: int, max_threads: int, max_transfers: int, fees: bool) -> Transfers:
    names = _NAMES[: draw(st.integers(2, max_accounts))]
    balances = {name: draw(st.integers(0, 100)) for name in names}
    return Transfers(balances, draw(_threads(names, max_threads, max_transfers, fees)))


@cache  # to make strategies takes more time than to draw from them
def _threads(names: str, max_threads: int, max_transfers: int, fees: bool) -> st.SearchStrategy[list[list[Transfer]]]:
    """What each thread does."""
    # Both ends from the same list, so that an account shrinks at all its places at once; to itself means to the next.
    account = st.integers(0, len(names) - 1)
    pair = st.builds(lambda a, b: (names[a], names[b if a != b else (a + 1) % len(names)]), account, account)
    amount, fee = st.integers(1, 20), st.integers(1, 3)
    plain = st.builds(lambda pair, amount: (*pair, amount), pair, amount)
    charged = st.builds(lambda pair, amount, fee: (*pair, amount, fee), pair, amount, fee)
    transfer = plain | charged if fees else plain
    thread = st.lists(transfer, min_size=1, max_size=max_transfers)
    return st.lists(thread, min_size=1, max_size=max_threads)
