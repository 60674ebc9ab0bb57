"""A thread ends with a lock that another waits for."""

import threading

from tests.controlled import side_by_side

SAYS = ("ended without giving its lock back", "held when it ended", "lock.acquire()")


def scenario():
    lock = threading.Lock()
    side_by_side(lambda: lock.acquire(), lambda: lock.acquire())
