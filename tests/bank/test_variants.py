"""What each variant of the bank shows, on real threads under forced switches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import ModuleType

import pytest
from hypothesis import Phase, given, settings

import stress
from bank import (
    per_account,
    plain_lock,
    rlock_bare,
    rlock_try_finally,
    rlock_with,
    unsafe,
    unsafe_call,
    workloads,
)
from bank.accounts import Account, Bank, InsufficientFunds
from bank.schedules import Transfers, transfers
from stress._compat import gil_enabled
from tests.bank.variants import ALL, RIGHT, RIGHT_WHILE_NOTHING_FAILS, RIGHT_WITHOUT_FEES, in_time
from tests.native_rounds import passes, shown

# What real threads do doesn't repeat, so that there is nothing to shrink.
UNSHRUNK = settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])


@pytest.mark.parametrize("variant", RIGHT)
@UNSHRUNK
@given(schedule=transfers())
def test_generated_schedules_leave_a_right_bank_right(variant: type[Bank], schedule: Transfers) -> None:
    passes(partial(schedule.run, variant), executions=2)


@pytest.mark.parametrize("variant", RIGHT_WHILE_NOTHING_FAILS)
@UNSHRUNK
@given(schedule=transfers())
def test_a_bare_rlock_is_right_while_nothing_fails(variant: type[Bank], schedule: Transfers) -> None:
    rich = Transfers(dict.fromkeys(schedule.balances, 10_000), schedule.threads)
    passes(partial(rich.run, variant), executions=2)


@pytest.mark.parametrize("variant", RIGHT_WITHOUT_FEES)
@UNSHRUNK
@given(schedule=transfers(fees=False))
def test_a_plain_lock_is_right_while_no_transfer_calls_another(variant: type[Bank], schedule: Transfers) -> None:
    passes(partial(schedule.run, variant), executions=2)


@pytest.mark.parametrize("variant", [*RIGHT, *RIGHT_WHILE_NOTHING_FAILS, *RIGHT_WITHOUT_FEES])
def test_the_auditor_of_a_locked_bank_sees_no_torn_total(variant: type[Bank]) -> None:
    passes(partial(workloads.audits, variant), executions=20)


@pytest.mark.parametrize("variant", RIGHT)
@pytest.mark.parametrize("workload", [workloads.fees, workloads.overdrafts])
def test_a_right_bank_stays_right_with_fees_and_exceptions(
    variant: type[Bank], workload: Callable[[workloads.OpenBank], None]
) -> None:
    passes(partial(workload, variant), executions=20)


def test_the_auditor_of_the_unsafe_bank_sees_a_torn_total() -> None:
    failure = shown(unsafe.audits, "error")
    assert "the auditor saw" in str(failure)


def test_the_unsafe_bank_loses_money_where_a_call_stands_between_read_and_write() -> None:
    failure = shown(unsafe_call.transfers, "error")
    assert "are left" in str(failure)


@pytest.mark.skipif(gil_enabled(), reason="with a GIL no thread is switched between the read and the write")
def test_the_unsafe_bank_loses_money_without_a_gil() -> None:
    failure = shown(partial(workloads.transfers, unsafe.UnsafeBank, workloads.MANY), "error")
    assert "are left" in str(failure)


def test_locks_in_the_order_of_the_arguments_deadlock() -> None:
    failure = shown(per_account.transfers, "deadlock", timeout=1)
    text = str(failure)
    assert text.count("waits for account.lock (threading.RLock held by parallel-") == 2
    assert "still running" not in text


def test_a_plain_lock_entered_again_deadlocks_with_a_single_thread() -> None:
    def one_thread() -> None:
        plain_lock.PlainLockBank({"a": 10, "b": 0}).transfer_with_fee("a", "b", 1, fee=1)

    exploration = stress.explore(one_thread, search="native", timeout=0.5)
    failure = exploration.failure
    assert failure is not None and failure.kind == "deadlock" and exploration.executions == 1
    assert "waits for lock (threading.Lock)" in str(failure)
    assert failure.sites[0].text == "with lock:"


def test_an_rlock_entered_again_does_not_deadlock() -> None:
    passes(lambda: rlock_with.WithRLockBank({"a": 10, "b": 0}).transfer_with_fee("a", "b", 1, fee=1))


def free_for_others(lock: threading.Lock) -> bool:
    """Asks the lock itself, from another thread."""

    def ask() -> bool:
        free = lock.acquire(blocking=False)
        if free:
            lock.release()
        return free

    return stress.parallel(ask)[0]


@pytest.mark.parametrize(
    ("module", "variant", "leaks"),
    [
        (rlock_bare, rlock_bare.BareRLockBank, True),
        (rlock_try_finally, rlock_try_finally.TryFinallyBank, False),
        (rlock_with, rlock_with.WithRLockBank, False),
    ],
)
def test_an_exception_leaks_the_lock_only_with_bare_acquire_and_release(
    module: object, variant: type[Bank], leaks: bool
) -> None:
    bank = variant({"a": 10, "b": 0})
    with suppress(InsufficientFunds):
        bank.transfer("a", "b", 11)
    lock: threading.Lock = module.lock  # type: ignore[attr-defined]
    assert free_for_others(lock) is not leaks


def test_a_leaked_lock_lets_the_next_thread_wait_for_ever() -> None:
    exploration = stress.explore(rlock_bare.overdrafts, search="native", timeout=0.5)
    failure = exploration.failure
    assert failure is not None and failure.kind == "deadlock"
    assert "waits for lock (threading.RLock held by a thread that has ended)" in str(failure)


def test_an_rlock_must_be_left_as_often_as_it_was_entered() -> None:
    lock = threading.RLock()
    for depth in (1, 2, 3):
        lock.acquire()
        assert not free_for_others(lock), depth
    lock.release()
    lock.release()
    assert not free_for_others(lock)
    lock.release()
    assert free_for_others(lock)
    with pytest.raises(RuntimeError, match="un-acquired"):
        lock.release()


@pytest.mark.parametrize("variant", [*RIGHT, *RIGHT_WHILE_NOTHING_FAILS, *RIGHT_WITHOUT_FEES])
@pytest.mark.parametrize("what", ["audit", "transfer", "transfer with a fee"])
def test_nobody_gets_into_the_middle_of_a_transfer(variant: type[Bank], what: str) -> None:
    """One transfer stands still in its temporarily invalid state; whatever another thread wants waits for its end."""
    entered, leave = threading.Event(), threading.Event()

    class PausingBank(variant):  # type: ignore[valid-type, misc]
        def move(self, source: Account, target: Account, amount: int) -> None:
            if not entered.is_set():
                entered.set()
                assert leave.wait(timeout=30)
            super().move(source, target, amount)

    bank = PausingBank({"a": 10, "b": 10})
    doings: dict[str, Callable[[], object]] = {
        "audit": bank.audit,
        "transfer": partial(bank.transfer, "b", "a", 1),
        "transfer with a fee": partial(bank.transfer_with_fee, "b", "a", 1, 1),
    }
    first = threading.Thread(target=bank.transfer, args=("a", "b", 1), daemon=True)
    first.start()
    assert entered.wait(timeout=30)
    other = threading.Thread(target=doings[what], daemon=True)
    other.start()
    other.join(0.2)  # it can't end if it waits as it should: a slow machine changes nothing then
    waits = other.is_alive()
    leave.set()
    first.join(30)
    if not (variant in RIGHT_WITHOUT_FEES and what == "transfer with a fee"):  # which waits for itself for ever
        other.join(30)
        assert not other.is_alive()
    assert waits and not first.is_alive()


@pytest.mark.parametrize("module", [rlock_bare, rlock_try_finally, rlock_with, plain_lock])
def test_a_global_lock_is_made_anew_for_each_bank(module: ModuleType) -> None:
    (variant,) = (each for each in ALL if each.__module__ == module.__name__)
    before = module.lock
    variant({})
    assert module.lock is not before and type(module.lock) is type(before)


@pytest.mark.parametrize("variant", RIGHT)
def test_a_transfer_with_a_fee_lets_nobody_in_between(variant: type[Bank]) -> None:
    """From its first move on, another transfer waits until all is done, and also between its two moves."""
    others: list[threading.Thread] = []
    waiting: list[bool] = []

    class Watched(variant):  # type: ignore[valid-type, misc]
        def move(self, source: Account, target: Account, amount: int) -> None:
            if not others:
                others.append(threading.Thread(target=self.transfer, args=("a", "b", 1), daemon=True))
                others[0].start()
            super().move(source, target, amount)

        def transfer(self, source: str, target: str, amount: int) -> None:
            if others and threading.current_thread() is not others[0]:  # the charge begins
                others[0].join(0.2)  # it can't end if it waits as it should: a slow machine changes nothing then
                waiting.append(others[0].is_alive())
            super().transfer(source, target, amount)

    bank = Watched({"a": 10, "b": 0})
    in_time(partial(bank.transfer_with_fee, "a", "b", 5, fee=1))
    others[0].join(30)
    assert waiting == [True]
    assert bank.accounts["b"].balance == 6


@pytest.mark.parametrize("variant", RIGHT)
def test_every_variant_gives_its_locks_back_after_every_method(variant: type[Bank]) -> None:
    bank = variant({"a": 10, "b": 0})

    def calls_all() -> None:
        bank.transfer("a", "b", 5)
        bank.transfer_with_fee("a", "b", 1, fee=1)
        with suppress(InsufficientFunds):
            bank.transfer("a", "b", 1000)
        with suppress(InsufficientFunds):
            bank.transfer_with_fee("a", "b", 1000, fee=1)
        bank.audit()

    in_time(calls_all)
    assert in_time(bank.audit) == 10


def test_a_stuck_thread_keeps_its_lock_to_itself() -> None:
    """The deadlock twice and then a passing variant, in one process: each bank's lock is its own."""
    for _ in range(2):
        exploration = stress.explore(plain_lock.fees, search="native", timeout=0.5)
        assert exploration.failure is not None and exploration.failure.kind == "deadlock"
    passes(plain_lock.audits)
    passes(rlock_with.fees)


def test_transfers_between_other_accounts_run_side_by_side_with_a_lock_for_each() -> None:
    """One transfer stands still in the middle, holding its two accounts; another, of two other accounts, is made."""
    from bank.per_account_ordered import OrderedBank

    entered, leave = threading.Event(), threading.Event()

    class PausingBank(OrderedBank):
        def move(self, source: Account, target: Account, amount: int) -> None:
            if source.name == "a":
                entered.set()
                assert leave.wait(timeout=30)
            super().move(source, target, amount)

    bank = PausingBank(dict.fromkeys("abcd", 10))

    def other() -> None:
        assert entered.wait(timeout=30)
        bank.transfer("c", "d", 1)
        leave.set()

    stress.parallel(partial(bank.transfer, "a", "b", 1), other, timeout=60)
    assert bank.accounts["d"].balance == 11
