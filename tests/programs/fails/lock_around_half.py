"""Only the write is locked."""

import threading

from tests.controlled import side_by_side

SAYS = ("AssertionError",)


def scenario():
    lock, box = threading.Lock(), [0]

    def add():
        value = box[0]
        with lock:
            box[0] = value + 1

    side_by_side(add, add)
    assert box == [2]
