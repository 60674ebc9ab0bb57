"""switch_interval: forces context switches on builds with a GIL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


def switch_interval(seconds: float = 1e-6) -> AbstractContextManager[None]:
    """Lets the interpreter switch threads every `seconds`, and restores the old interval whatever happens.

    seconds: the interval, 1e-6 (the default) to 4,000. CPython counts it in whole microseconds
        (Python/sysmodule.c, sys.setswitchinterval), so that a smaller one would be none.

    The interval is one for the whole process: two threads that force different ones at the same time overwrite each
    other's. Free-threaded builds ignore it.

    Raises TypeError and ValueError for an interval that isn't one, at once.
    """
    return _forced(_check(seconds))


def force_switches(seconds: float = 1e-6) -> None:
    """Sets the interval. CPython cuts off what lies below a microsecond: 299.99999999999994 becomes 299. With half of
    one more, what was read is what is set."""
    sys.setswitchinterval(seconds + 5e-7)


@contextmanager
def _forced(seconds: float) -> Iterator[None]:
    before = sys.getswitchinterval()
    force_switches(seconds)
    try:
        yield
    finally:
        force_switches(before)


def _check(seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"seconds= takes a number of seconds, got {seconds!r} ({type(seconds).__name__})")
    if not 1e-6 <= seconds <= 4000:  # an unsigned long has 32 bits on Windows: 4,294 seconds
        raise ValueError(f"seconds={seconds!r}: it takes 1e-6 (a microsecond, CPython's smallest) to 4000 seconds")
    return float(seconds)
