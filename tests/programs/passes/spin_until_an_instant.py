"""A loop that does nothing but look at the clock."""

import time


def scenario():
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass
