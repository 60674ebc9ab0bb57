"""Virtual randomness: the bytes that a scenario gets from the system, the same in each execution and each process.

Each thread has a stream of its own, so that what one draws doesn't hang on what the others drew before: to draw is no
operation. What C code or the standard library draws in the midst of a step is real.
"""

from __future__ import annotations

import os
import random

from stress.runtime.control.thread import Thread


def urandom(thread: Thread, size: int, /) -> bytes:
    """As os.urandom, called by this thread."""
    many = len(os.urandom(size))  # or raises what it raises
    thread.draws += 1
    return random.Random(f"{thread.path} {thread.draws}").randbytes(many)
