"""200 threads at once that share a lock and a counter: each runs to its end, and none is left.

Prints:
    passes
    [200]
    as before
"""

import threading

import telling


def count(lock, counter):
    with lock:
        counter[0] += 1


def scenario():
    lock, counter = threading.Lock(), [0]
    threads = [threading.Thread(target=count, args=(lock, counter)) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counter[0]


print([*telling.explore(scenario, executions=2).outcomes])
telling.as_before()
