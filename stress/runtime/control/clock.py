"""Virtual time: the clock that a scenario sees.

Starts at a fixed instant, the same in every process, and costs nothing: it moves only when no thread can run, when
those that can get nowhere, when the strategy lets a time-out come early, and a little when a thread reads the same time
again and again, so that a loop that waits for an instant comes to its end. Two executions of one schedule read the same
times.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from stress.events import READ, STATE
from stress.runtime.control.execution import Execution

STARTS_AT: Final = 1_767_225_600.0  # 2026-01-01, 00:00 UTC, for time.time(); all others start at MONOTONIC
MONOTONIC: Final = 1_000.0  # seconds; arbitrary
PATIENT: Final = 100  # reads of the same time, until a thread is taken to wait for an instant
TICK: Final = 1e-6  # seconds
READING: Final = ((READ, "the clock", STATE),)


def read(execution: Execution) -> float:
    """The virtual seconds since the start, as the current thread reads them."""
    thread = execution.current
    execution.clock_read = True
    if execution.now != thread.clock_read:
        thread.reads_of_clock = 0
    thread.reads_of_clock += 1
    if thread.reads_of_clock > PATIENT:
        # Each further read takes twice as long as the one before, up to about a second.
        execution.now += TICK * 2.0 ** min(thread.reads_of_clock - PATIENT, 20)
    thread.clock_read = execution.now
    return execution.now


# What a function of `time` returns for so many virtual seconds.
CLOCKS: Final[dict[Any, Callable[[float], float | int]]] = {
    time.time: lambda now: STARTS_AT + now,
    time.time_ns: lambda now: int(STARTS_AT) * 10**9 + round(now * 1e9),
    time.monotonic: lambda now: MONOTONIC + now,
    time.monotonic_ns: lambda now: round((MONOTONIC + now) * 1e9),
    time.perf_counter: lambda now: MONOTONIC + now,
    time.perf_counter_ns: lambda now: round((MONOTONIC + now) * 1e9),
}
