"""An RLock through a series of calls."""

import threading

from tests.controlled import side_by_side


def scenario():
    lock, box = threading.RLock(), [0]

    def outer():
        with lock:
            inner()

    def inner():
        with lock:
            box[0] += 1

    side_by_side(outer, inner)
    assert box == [2]
