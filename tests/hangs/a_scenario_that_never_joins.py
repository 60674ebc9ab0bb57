"""What the scenario leaves running runs to its end, and belongs to the execution: its errors count, and so does its
wait for a lock.

Prints:
    passes
    error ValueError: raise ValueError
    deadlock: with lock:, with lock:
    as before
"""

import threading

import telling


def work(lock, fails):
    with lock:
        pass
    if fails:
        raise ValueError


def leaves(fails=False, locked=False):
    def scenario():
        lock = threading.Lock()
        for _ in range(2):
            threading.Thread(target=work, args=(lock, fails)).start()
        if locked:
            lock.acquire()

    return scenario


telling.explore(leaves())
telling.explore(leaves(fails=True))
telling.explore(leaves(locked=True), executions=50)
telling.as_before()
