"""How much of what is generated is run: little by default, so that the suite is done in two minutes; more in CI, on
each Python; much more under the `thorough` profile (conftest.py)."""

from __future__ import annotations

import os
from typing import Final

CI: Final = bool(os.environ.get("CI"))


def generated(default: int, ci: int, thorough: int = 10_000) -> int:
    """How many programs. STRESS_GENERATED may say so, for no more than `thorough`."""
    return min(int(os.environ.get("STRESS_GENERATED", times(default, ci))), thorough)


def times(default: int, ci: int) -> int:
    """How often what comes to the same each time is done. Never more than in CI."""
    return ci if CI else default


def executions(default: int, ci: int) -> int:
    """How many executions. STRESS_EXECUTIONS may say so."""
    return int(os.environ.get("STRESS_EXECUTIONS", times(default, ci)))
