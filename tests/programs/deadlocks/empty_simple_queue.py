"""Nobody puts what one waits for."""

import queue

SAYS = ("items.get()", "nobody is left who could wake up those who wait")


def scenario():
    items = queue.SimpleQueue()
    items.get()
