"""Nobody takes what fills the queue."""

import queue

SAYS = ("items.put(2)", "nobody is left who could wake up those who wait")


def scenario():
    items = queue.Queue(maxsize=1)
    items.put(1)
    items.put(2)
