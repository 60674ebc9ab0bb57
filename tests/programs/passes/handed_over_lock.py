"""A plain Lock that another thread gives back is no leak."""

import threading

from tests.controlled import side_by_side


def scenario():
    lock = threading.Lock()
    lock.acquire()
    side_by_side(lambda: lock.release())
