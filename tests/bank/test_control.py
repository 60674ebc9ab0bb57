"""What each variant of the bank shows under control, on every build: at once, and the same again for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import find, given, settings

import stress
from bank import per_account, plain_lock, rlock_bare, unsafe, unsafe_call, workloads
from bank.accounts import Bank
from bank.schedules import Transfers, transfers
from stress.targets import Found, find as find_scenarios
from tests.bank.variants import ALL, RIGHT, RIGHT_WHILE_NOTHING_FAILS, RIGHT_WITHOUT_FEES
from tests.effort import executions, times

# Of a bank that is right. `--hypothesis-profile=thorough` makes them 10,000.
EXECUTIONS = executions(10, ci=100)

Workload = Callable[[workloads.OpenBank], None]


def failure_of(scenario: Callable[[], object], **settings: object) -> stress.Failure:
    failure = stress.explore(scenario, search="random", **settings).failure  # type: ignore[arg-type]
    assert failure is not None
    return failure


def passes(scenario: Callable[[], object], executions: int = EXECUTIONS) -> None:
    def runs() -> None:
        scenario()  # what it returns is new in each execution, and each new outcome is looked into

    exploration = stress.explore(runs, search="random", executions=executions)
    exploration.raise_if_failed()
    assert exploration.executions == executions


# What is wrong


def test_the_unsafe_bank_loses_money_on_every_build() -> None:
    failure = failure_of(unsafe.transfers)
    assert failure.kind == "error" and failure.exception is not None
    assert "are left" in str(failure.exception)
    assert failure.sites[0].file.endswith("workloads.py")


def test_the_unsafe_bank_makes_money_too() -> None:
    def scenario() -> int:
        bank = unsafe.UnsafeBank({"alice": 20, "bob": 20})
        stress.parallel(partial(bank.transfer, "alice", "bob", 5), partial(bank.transfer, "bob", "alice", 5))
        return bank.audit()

    exploration = stress.explore(scenario)
    assert exploration.exhausted
    assert set(exploration.outcomes) == {35, 40, 45}


def test_the_auditor_of_the_unsafe_bank_sees_a_torn_total() -> None:
    failure = failure_of(unsafe.audits)
    assert failure.kind == "error" and "the auditor saw" in str(failure.exception)


def test_a_torn_total_needs_no_lost_update() -> None:
    """One thread changes balances, one reads them: nothing is lost, and the auditor is wrong all the same."""

    def scenario() -> None:
        bank = unsafe.UnsafeBank({"alice": 10, "bob": 10})
        _, total = stress.parallel(partial(bank.transfer, "alice", "bob", 5), bank.audit)
        assert bank.audit() == 20
        assert total == 20, f"the auditor saw {total}"

    failure = failure_of(scenario)
    assert str(failure.exception).startswith(("the auditor saw 15", "the auditor saw 25"))


def test_the_unsafe_bank_loses_money_where_a_call_stands_between_read_and_write() -> None:
    assert "are left" in str(failure_of(unsafe_call.transfers).exception)


def test_a_plain_lock_entered_again_deadlocks_in_the_first_execution() -> None:
    exploration = stress.explore(plain_lock.fees)
    failure = exploration.failure
    assert failure is not None and failure.kind == "deadlock" and exploration.executions == 1
    text = str(failure)
    assert "waits for a lock that it holds itself, and that can't be entered twice" in " ".join(text.split())
    assert "waits for lock (threading.Lock)\n" in text
    assert "which it holds itself, since " in text and "plain_lock.py" in text


def test_a_single_thread_is_enough_for_it() -> None:
    def scenario() -> None:
        plain_lock.PlainLockBank({"a": 10, "b": 0}).transfer_with_fee("a", "b", 1, fee=1)

    failure = failure_of(scenario, executions=1)
    assert failure.kind == "deadlock"
    assert "scenario waits for a lock that it holds itself" in str(failure)
    assert failure.sites[0].text == "with lock:"


@pytest.mark.parametrize("seed", range(3))
def test_locks_in_the_order_of_the_arguments_deadlock(seed: int) -> None:
    # Each transfer takes one lock before the other thread has taken both, in one execution of two or so: whatever the
    # seed, the 1,000 of the budget find it.
    failure = failure_of(per_account.transfers, seed=seed)
    text = str(failure)
    assert failure.kind == "deadlock"
    assert "each holds what the next one waits for: parallel-" in text
    assert text.count("waits for account.lock (threading.RLock)") == 2
    assert text.count("holds another account.lock, since ") == 2


def test_an_exception_leaks_the_lock_of_bare_acquire_and_release() -> None:
    failure = failure_of(rlock_bare.leaks)
    assert failure.kind == "leaked lock"
    assert [site.text for site in failure.sites] == ["lock.acquire()"]
    assert str(failure).startswith("leaked lock: 1 lock was still held when all threads had ended\n  lock\n")


@pytest.mark.parametrize("variant", [variant for variant in ALL if variant is not rlock_bare.BareRLockBank])
def test_nobody_else_leaks_a_lock(variant: type[Bank]) -> None:
    passes(partial(workloads.refused, variant), executions=20)


def test_a_leaked_lock_that_somebody_wants_is_a_deadlock_that_tells_the_leak() -> None:
    failure = failure_of(rlock_bare.overdrafts)
    assert failure.kind == "deadlock"
    assert "ended without giving its lock back" in str(failure)


def test_what_deadlocks_leaves_the_next_bank_alone() -> None:
    for _ in range(2):
        assert failure_of(plain_lock.fees).kind == "deadlock"
        assert failure_of(rlock_bare.leaks).kind == "leaked lock"
    passes(plain_lock.audits, executions=20)
    passes(rlock_bare.fees, executions=20)


# What is right


@pytest.mark.parametrize("variant", RIGHT)
@pytest.mark.parametrize("workload", [workloads.transfers, workloads.audits, workloads.fees, workloads.overdrafts])
def test_a_right_bank_passes(workload: Workload, variant: type[Bank]) -> None:
    passes(partial(workload, variant))


@pytest.mark.parametrize("workload", [workloads.transfers, workloads.audits, workloads.fees])
def test_a_bare_rlock_is_right_while_nothing_fails(workload: Workload) -> None:
    (variant,) = RIGHT_WHILE_NOTHING_FAILS
    passes(partial(workload, variant))


@pytest.mark.parametrize("workload", [workloads.transfers, workloads.audits, workloads.overdrafts])
def test_a_plain_lock_is_right_while_no_transfer_calls_another(workload: Workload) -> None:
    (variant,) = RIGHT_WITHOUT_FEES
    passes(partial(workload, variant))


SCENARIOS = find_scenarios(["bank"])
BROKEN = [scenario for scenario in SCENARIOS if scenario.marked.expect != "passes"]


def name_of(scenario: Found) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_every_scenario_comes_to_what_it_expects(scenario: Found) -> None:
    # What passes is one of the above: here it is only looked at whether it is marked so.
    own = {**scenario.marked.settings, "executions": 100 if scenario in BROKEN else 5}
    exploration = stress.explore(scenario.function, search="random", **own)  # type: ignore[arg-type]
    assert scenario.marked.met_by(exploration.failure), str(exploration)


@pytest.mark.parametrize("scenario", BROKEN, ids=name_of)
def test_a_seed_comes_to_the_same_again(scenario: Found) -> None:
    first, second = (stress.explore(scenario.function, search="random", executions=20, seed=11) for _ in range(2))
    assert first.executions == second.executions
    # Objects have other addresses, and what was made once in a process is there.
    assert list(map(str, first.failures)) == list(map(str, second.failures)) != []


# Generated: Hypothesis decides what the threads do, stress decides when they switch

SMALL = transfers(max_accounts=3, max_threads=3, max_transfers=2)
FEW = times(3, ci=5)
# The executions are the point here, not the schedules: what is generated is tested in test_schedules.
fewer = settings(max_examples=max(5, settings().max_examples // 3))


@pytest.mark.parametrize("variant", RIGHT)
@fewer
@given(schedule=SMALL)
def test_generated_schedules_leave_a_right_bank_right(variant: type[Bank], schedule: Transfers) -> None:
    passes(partial(schedule.run, variant), executions=FEW)


@fewer
@given(schedule=transfers(max_accounts=3, max_threads=3, max_transfers=2, fees=False))
def test_generated_schedules_leave_a_plain_lock_right_while_no_transfer_calls_another(schedule: Transfers) -> None:
    passes(partial(schedule.run, plain_lock.PlainLockBank), executions=FEW)


def test_the_smallest_schedule_that_breaks_the_unsafe_bank_is_one_transfer() -> None:
    """The auditor needs no more to see a total that never was: an execution shows it with p = 1/10 or so, and 100
    miss it with p < 3e-5."""

    def broken(schedule: Transfers) -> bool:
        return stress.explore(partial(schedule.run, unsafe.UnsafeBank), executions=100).failure is not None

    few = transfers(max_accounts=2, max_threads=2, max_transfers=1)
    smallest = find(few, broken, settings=settings(max_examples=100, deadline=None, database=None))
    assert smallest == Transfers({"a": 1, "b": 0}, [[("a", "b", 1)]])
