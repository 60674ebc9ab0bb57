"""No lock at all: money is lost or made, and an auditor sees totals that never were.

On a build with a GIL, since 3.10, no thread is switched between the read and the write of `balance -= amount`, so that
natively only the torn total shows there; on a free-threaded build money is lost too, and under control on every build.
"""

from __future__ import annotations

import stress
from bank import accounts, workloads


class UnsafeBank(accounts.Bank):
    """Every thread does what it likes, when it likes."""


@stress.scenario(expect="fails")
def audits() -> None:
    """The auditor adds up in the middle of a transfer, and sees a total that never was."""
    workloads.audits(UnsafeBank, workloads.MANY)


@stress.scenario(expect="fails")
def transfers() -> None:
    """Two threads read one balance before either writes it, and one of the two payments is lost. Natively, on a build
    with a GIL, it is not shown."""
    workloads.transfers(UnsafeBank)
