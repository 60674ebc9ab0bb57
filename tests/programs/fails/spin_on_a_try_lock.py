"""Nobody gives back the lock that is tried again and again."""

import threading

KIND = "livelock"
SAYS = ("lock.acquire(blocking=False)",)


def scenario():
    lock = threading.Lock()
    lock.acquire()
    while not lock.acquire(blocking=False):
        pass
