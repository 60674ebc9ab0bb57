"""A plain Lock is taken twice by one thread."""

import threading

SAYS = ("waits for a lock that it holds itself, and that can't be entered twice", "lock.acquire()")


def scenario():
    lock = threading.Lock()
    with lock:
        lock.acquire()
