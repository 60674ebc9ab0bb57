"""Where controlled threads run: all on one CPU, and none preempts the one that wakes it up.

A hand-off between two threads takes 27 - 37 us across two CPUs, 6 us on one, and 3 us on one under SCHED_BATCH. Linux
alone has both; elsewhere threads run as they are.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Callable
from typing import Any


class Pinning:
    """As it was when this was made, and on the CPU that the caller ran on then; nothing where the system can't."""

    def __init__(self) -> None:
        if sys.platform == "linux":
            self._affinity = os.sched_getaffinity(0)
            self._scheduled = os.sched_getscheduler(0), os.sched_getparam(0)
            self._cpu = _current_cpu(self._affinity)

    def pin(self) -> None:
        """For the calling thread. What the system refuses is left as it is: it costs time, and nothing else."""
        if sys.platform == "linux":
            _allowed(os.sched_setaffinity, 0, {self._cpu})
            # Without SCHED_RESET_ON_FORK: a child would keep SCHED_BATCH all the same, and only a privilege gets rid of
            # it.
            _allowed(os.sched_setscheduler, 0, os.SCHED_BATCH, os.sched_param(0))

    def unpin(self) -> None:
        """The calling thread runs where the process may, and is scheduled as it is."""
        if sys.platform == "linux":
            _allowed(os.sched_setaffinity, 0, self._affinity)
            _allowed(os.sched_setscheduler, 0, *self._scheduled)


def _allowed(change: Callable[..., Any], *args: Any) -> None:
    try:  # noqa: SIM105  contextlib has hooks while a scenario runs
        change(*args)
    except OSError:
        pass


@functools.cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _current_cpu(allowed: set[int]) -> int:
    """The CPU that the calling thread runs on. Not a fixed one: processes side by side would share it."""
    try:
        cpu = int(_c_library().sched_getcpu())
    except (OSError, AttributeError):  # a C library that lacks it
        cpu = -1
    return cpu if cpu in allowed else min(allowed)
