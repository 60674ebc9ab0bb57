"""python -m bank: the story of the lecture, on real threads with real times, all measured in this run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import stress
from bank.accounts import Bank, InsufficientFunds
from bank.per_account import PerAccountBank
from bank.per_account_ordered import OrderedBank
from bank.plain_lock import PlainLockBank
from bank.rlock_bare import BareRLockBank
from bank.rlock_try_finally import TryFinallyBank
from bank.rlock_with import WithRLockBank
from bank.unsafe import UnsafeBank
from bank.unsafe_call import UnsafeCallBank
from bank.workloads import OpenBank, repeat

THREADS, TRANSFERS, ACCOUNTS, OPENING = 4, 20_000, "abcde", 100_000
PATIENCE = 1.0  # seconds until threads that wait for each other are called a deadlock


@dataclass(frozen=True)
class Day:
    """A day at the bank."""

    seconds: float
    audits: int
    torn: int  # audits that saw a wrong total
    missing: int  # money at the end, compared with the opening

    @property
    def right(self) -> bool:
        """Whether no total was ever wrong."""
        return not self.torn and not self.missing

    def __str__(self) -> str:
        return f"{self.seconds:6.3f} s  {self.torn:5,} of {self.audits:6,} audits wrong  {self.missing:+7,} at the end"


def day(open_bank: OpenBank) -> Day:
    """Transfers in a circle, from many threads at once, with an auditor who adds up as long as they run."""
    bank = open_bank(dict.fromkeys(ACCOUNTS, OPENING))
    opening = OPENING * len(ACCOUNTS)
    audits: list[int] = []
    working = [True] * THREADS

    def clerk(number: int) -> None:
        source, target = ACCOUNTS[number], ACCOUNTS[number + 1]
        repeat(TRANSFERS, partial(bank.transfer, source, target, 1))
        working[number] = False

    def auditor() -> None:
        while any(working):
            audits.append(bank.audit())

    with stress.switch_interval():
        start = time.perf_counter()
        stress.parallel(*(partial(clerk, number) for number in range(THREADS)), auditor)
        seconds = time.perf_counter() - start
    return Day(seconds, len(audits), sum(total != opening for total in audits), bank.audit() - opening)


def outcome(story: Callable[[], object]) -> str:
    """How it ends: well, or in a deadlock."""
    try:
        story()
    except stress.Deadlock as deadlock:
        return f"deadlock\n{deadlock}"
    return "right"


def refused(bank: Bank) -> None:
    """Wants more than there is; another thread wants to go on."""

    def overdraw() -> None:
        with suppress(InsufficientFunds):
            bank.transfer("a", "b", 2 * OPENING)

    overdraw()  # by this thread, which lives on: to an RLock, a new thread may look like one that has ended
    stress.parallel(partial(bank.transfer, "b", "a", 1), timeout=PATIENCE)


def with_fee(bank: Bank) -> None:
    """A single thread: a transfer that calls another."""
    stress.parallel(partial(bank.transfer_with_fee, "a", "b", 1, 1), timeout=PATIENCE)


def opposite(bank: Bank) -> None:
    """Two threads, from here to there and from there to here."""
    with stress.switch_interval():
        stress.parallel(
            partial(repeat, 3000, partial(bank.transfer, "a", "b", 1)),
            partial(repeat, 3000, partial(bank.transfer, "b", "a", 1)),
            timeout=PATIENCE,
        )


def main() -> None:
    """Tells the story."""
    print(f"{THREADS} threads with {TRANSFERS:,} transfers each; an auditor adds up all balances meanwhile.\n")
    unsafe, call, safe = day(UnsafeBank), day(UnsafeCallBank), day(WithRLockBank)
    print(f"no lock                        {unsafe}")
    print(f"no lock, a call in the middle  {call}")
    print(f"one RLock                      {safe}\n")
    ratio = safe.seconds / unsafe.seconds
    print(f"Without a lock: {judged(unsafe, 1 / ratio)}. With one: {judged(safe, ratio)}.\n")
    stories: list[tuple[str, Callable[[Bank], None], list[type[Bank]]]] = [
        ("An exception between acquire() and release()", refused, [BareRLockBank, TryFinallyBank, WithRLockBank]),
        ("A transfer with a fee: a transfer that calls another", with_fee, [PlainLockBank, WithRLockBank]),
        ("A lock for each account, two opposite transfers", opposite, [PerAccountBank, OrderedBank]),
    ]
    for title, story, banks in stories:
        print(title)
        for bank in banks:
            print(
                f"  {bank.__module__}: {outcome(partial(story, bank({'a': OPENING, 'b': OPENING})))}".replace(
                    "\n", "\n    "
                )
            )
        print()


def judged(day: Day, ratio: float) -> str:
    """The lecture's words for it, as far as this run bears them out."""
    speed = (
        "slightly slower"
        if 1 < ratio < 2
        else "slower"
        if ratio >= 2
        else "slightly faster"
        if ratio > 0.5
        else "faster"
    )
    return f"{speed} ({ratio:.2f} times the time) and {'right' if day.right else 'wrong'}"


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
