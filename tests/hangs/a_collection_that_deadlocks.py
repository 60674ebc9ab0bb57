"""A finalizer that takes the plain lock that the thread has which collects: a deadlock, told as one.

Prints:
    deadlock: taker.join(), with self.lock:
    as before
"""

import gc
import threading

import telling


class Cycle:
    def __init__(self, lock):
        self.me = self
        self.lock = lock

    def __del__(self):
        with self.lock:
            pass


def take(lock):
    with lock:
        Cycle(lock)
        gc.collect()


def scenario():
    taker = threading.Thread(target=take, args=(threading.Lock(),))
    taker.start()
    taker.join()


telling.explore(scenario)
telling.as_before()
