"""A bounded queue between two threads."""

import queue

from tests.controlled import side_by_side


def scenario():
    items, got = queue.Queue(1), []

    def produce():
        for number in range(3):
            items.put(number)

    def consume():
        for _ in range(3):
            got.append(items.get())

    side_by_side(produce, consume)
    assert got == [0, 1, 2]
