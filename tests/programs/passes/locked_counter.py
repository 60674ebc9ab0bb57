"""x += 1 under a lock."""

import threading

from tests.controlled import side_by_side


def scenario():
    lock, box = threading.Lock(), [0]

    def add():
        with lock:
            box[0] += 1

    side_by_side(add, add, add)
    assert box == [3]
