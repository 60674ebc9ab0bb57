"""os.fork in a scenario's thread: the child has that thread alone, isn't controlled, and ends as it likes: by
os._exit, or by running to the end of its thread (then with status 0). It may use all CPUs, start threads and take
locks.

Needs: os.fork

Prints:
    passes
    [(7, 7)]
    passes
    [(0, 0)]
    as before
"""

import os
import threading
import warnings

import telling

warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on: fork() in a process with threads
allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None


def in_the_child(lock):
    found = []
    threads = [threading.Thread(target=found.append, args=(1,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with lock:
        right = found == [1, 1]
    if allowed is not None:
        right &= os.sched_getaffinity(0) == allowed
    return right


def with_exit(lock, results):
    child = os.fork()
    if not child:
        os._exit(7 if in_the_child(lock) else 8)
    results.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def without(lock, results):
    child = os.fork()
    if not child:
        if not in_the_child(lock):
            os._exit(8)
        return
    results.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def in_two_threads(function):
    def scenario():
        lock, results = threading.Lock(), []
        threads = [threading.Thread(target=function, args=(lock, results)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return tuple(results)

    return scenario


print([*telling.explore(in_two_threads(with_exit), executions=5, timeout=5).outcomes])
print([*telling.explore(in_two_threads(without), executions=5, timeout=5).outcomes])
telling.as_before()
