"""The variants of the bank, by what they promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import stress
from bank.accounts import Bank
from bank.per_account import PerAccountBank
from bank.per_account_ordered import OrderedBank
from bank.plain_lock import PlainLockBank
from bank.rlock_bare import BareRLockBank
from bank.rlock_try_finally import TryFinallyBank
from bank.rlock_with import WithRLockBank
from bank.unsafe import UnsafeBank
from bank.unsafe_call import UnsafeCallBank

T = TypeVar("T")

# Right whatever happens, exceptions and fees included.
RIGHT: list[type[Bank]] = [TryFinallyBank, WithRLockBank, OrderedBank]
# Right as long as no transfer is refused.
RIGHT_WHILE_NOTHING_FAILS: list[type[Bank]] = [BareRLockBank]
# Right as long as no transfer calls another.
RIGHT_WITHOUT_FEES: list[type[Bank]] = [PlainLockBank]
ALL: list[type[Bank]] = [
    UnsafeBank,
    UnsafeCallBank,
    PerAccountBank,
    *RIGHT,
    *RIGHT_WHILE_NOTHING_FAILS,
    *RIGHT_WITHOUT_FEES,
]


def in_time(call: Callable[[], T]) -> T:
    """What it returns. Should it enter a lock that it can't enter again, it is told so, and not by pytest-timeout."""
    return stress.parallel(call, timeout=5)[0]
