"""A thread that takes whatever is raised in it and goes on, for ever: the deadlock of the others is told all the same,
and the thread is made to end, or left behind without a hold on anything.

Prints:
    deadlock: lock.acquire()
    as before
"""

import threading

import telling


def go_on(queue):
    for _ in range(100):
        try:
            while True:
                queue.wait()
        except BaseException:
            pass


def scenario():
    lock = threading.Lock()
    threading.Thread(target=go_on, args=(threading.Event(),), daemon=True).start()
    lock.acquire()
    lock.acquire()


telling.explore(scenario)
telling.as_before()
