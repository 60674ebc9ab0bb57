"""What a user's type checker makes of the public names. Checked by mypy and basedpyright, never run.

A mistake that they have to see is marked with both their ignores. An ignore that is not needed is itself an error (see
pyproject.toml), so a mistake that goes unseen is one.
"""

from __future__ import annotations

from typing import assert_type

import stress

# --- @stress.interleave keeps the signature, bare and called, of functions and of methods


@stress.interleave
def bare(accounts: int, *, name: str = "bank") -> str:
    return name * accounts


@stress.interleave(search="native", executions=5)
def called(accounts: int, *, name: str = "bank") -> str:
    return name * accounts


assert_type(bare(2), str)
assert_type(bare(accounts=2, name="savings"), str)
assert_type(called(2), str)
assert_type(called(accounts=2, name="savings"), str)

bare("2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
bare(2, nmae="savings")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
bare()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
called("2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
called(2, nmae="savings")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
called()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


class TestTransfers:
    @stress.interleave
    def test_bare(self, amount: int) -> float:
        return amount / 2

    @stress.interleave(search="native", executions=5)
    def test_called(self, amount: int) -> float:
        return amount / 2


assert_type(TestTransfers().test_bare(10), float)
assert_type(TestTransfers().test_called(amount=10), float)

TestTransfers().test_bare("10")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
TestTransfers().test_called()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

stress.interleave(search=1)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
stress.interleave(serach="native")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


# --- @stress.scenario keeps the function's type, bare and called


@stress.scenario
def transfers() -> int:
    return 1


@stress.scenario(expect="fails", executions=10)
def unsafe_transfers() -> int:
    return 1


@stress.scenario(expect=ZeroDivisionError)
def no_accounts() -> None:
    raise ZeroDivisionError


assert_type(transfers(), int)
assert_type(unsafe_transfers(), int)
assert_type(no_accounts(), None)

transfers(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
unsafe_transfers(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


# --- running


def balance() -> int:
    return 100


def deposit(amount: int) -> int:
    return amount


assert_type(stress.parallel(balance, balance), list[int])
assert_type(stress.parallel(balance, transfers, timeout=1.5), list[int])
stress.parallel(lambda: deposit(1), balance, no_accounts, lambda: "results of several types")

stress.parallel(balance())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
stress.parallel(deposit)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

with stress.switch_interval():
    balance()
with stress.switch_interval(1e-5):
    balance()


# --- exploring


exploration = stress.explore(transfers, search="native", executions=5)
assert_type(exploration, stress.Exploration)
assert_type(exploration.failure, stress.Failure | None)
assert_type(exploration.failures, tuple[stress.Failure, ...])
assert_type(exploration.raise_if_failed(), None)

print(exploration.failure.kind)  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
if exploration.failure is not None:
    assert_type(exploration.failure.kind, str)

stress.explore(transfers, "native")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
stress.explore(transfers())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
stress.explroe(transfers)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
