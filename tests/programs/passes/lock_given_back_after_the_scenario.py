"""A lock that a thread gives back when the scenario has returned."""

import threading


def scenario():
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=lambda: lock.release()).start()
