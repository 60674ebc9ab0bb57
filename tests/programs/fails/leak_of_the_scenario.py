"""The scenario itself leaves locks held."""

import threading

KIND = "leaked lock"
SAYS = ("2 locks were still held", "taken by scenario", "one.acquire", "two.acquire")


def scenario():
    one, two = threading.Lock(), threading.RLock()
    one.acquire()
    two.acquire()
