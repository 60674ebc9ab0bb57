"""One consumer more than there are items."""

import queue

from tests.controlled import side_by_side

SAYS = ("items.get()", "nobody is left who could wake up those who wait")


def scenario():
    items = queue.Queue()
    items.put(1)
    side_by_side(lambda: items.get(), lambda: items.get())
