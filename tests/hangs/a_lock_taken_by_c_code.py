"""A lock that C code takes (here a function of `operator`, run by `map`) isn't seen. While nobody else has it, nothing
happens; when the thread that has it isn't let run, the step doesn't come back, and is told.

Prints:
    uncontrolled blocking: list(map(acquire, [lock]))
    left behind: 1
    otherwise as before
    as before
"""

import operator
import threading

import telling

locks = []
acquire = operator.methodcaller("acquire")


def take(lock, counter):
    list(map(acquire, [lock]))
    counter.append(1)
    counter.append(2)
    lock.release()


def scenario():
    lock = threading.Lock()
    locks.append(lock)
    counter = []
    threads = [threading.Thread(target=take, args=(lock, counter)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


telling.explore(scenario, executions=100)
telling.as_before(left_behind=1)
if locks[-1].locked():
    locks[-1].release()
telling.as_before()
