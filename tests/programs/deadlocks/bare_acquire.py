"""An exception between acquire and release leaves the lock held; the next one waits for ever."""

import threading

from tests.controlled import side_by_side

SAYS = ("ended without giving its lock back", "waits for lock")


def scenario():
    lock = threading.Lock()

    def fail():
        lock.acquire()
        int("x")
        lock.release()

    def work():
        lock.acquire()
        lock.release()

    threading.excepthook = lambda args: None
    side_by_side(fail, work)
