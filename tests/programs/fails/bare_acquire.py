"""The exception that left the lock held is told first, the deadlock after it."""

import threading

from tests.controlled import side_by_side

SAYS = ("ValueError", "deadlock", "lock.acquire")


def scenario():
    lock = threading.Lock()

    def fail():
        lock.acquire()
        int("x")
        lock.release()

    def work():
        lock.acquire()
        lock.release()

    side_by_side(fail, work)
