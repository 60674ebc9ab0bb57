"""A thread ends with a lock that nobody waits for."""

import threading

from tests.controlled import side_by_side

KIND = "leaked lock"
SAYS = ("1 lock was still held when all threads had ended", "taken by Thread-1", "lock.acquire")


def scenario():
    lock = threading.Lock()
    side_by_side(lambda: lock.acquire())
