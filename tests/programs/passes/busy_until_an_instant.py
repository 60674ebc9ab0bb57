"""A loop that works until its time is over."""

import time


def scenario():
    end, box = time.monotonic() + 60, [0]
    while time.monotonic() < end:
        box[0] += 1
    assert box[0] > 0
