"""Another thread gives the lock back."""

import threading

from tests.controlled import side_by_side


def scenario():
    lock = threading.Lock()

    def attempt():
        while not lock.acquire(blocking=False):
            pass
        lock.release()

    side_by_side(attempt, attempt)
