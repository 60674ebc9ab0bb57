"""A semaphore is taken once more than it is given back."""

import threading

from tests.controlled import side_by_side

SAYS = ("semaphore.acquire()",)


def scenario():
    semaphore = threading.Semaphore(1)
    side_by_side(lambda: semaphore.acquire(), lambda: semaphore.acquire())
