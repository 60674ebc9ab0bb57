"""The collector runs user code in whatever thread asks for a collection: its operations and its locks are that
thread's.

Prints:
    passes
    as before
"""

import gc
import threading

import telling


class Cycle:
    def __init__(self, lock, dead):
        self.me = self
        self.lock = lock
        self.dead = dead

    def __del__(self):
        with self.lock:
            self.dead.append(threading.current_thread().name)


def make(lock, dead):
    for _ in range(3):
        Cycle(lock, dead)
        with lock:
            pass
    gc.collect()


def scenario():
    lock, dead = threading.Lock(), []
    threads = [threading.Thread(target=make, args=(lock, dead)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert len(dead) == 6, dead


telling.explore(scenario, executions=20)
telling.as_before()
