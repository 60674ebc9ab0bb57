"""An execution of 100,000 operations is one like any other, and takes longer than the time
limit of a step.

Prints:
    passes
    as before
"""

import threading

import telling


def count(numbers):
    for _ in range(telling.many(25_000)):
        numbers[0] += 1


def scenario():
    numbers = [0]
    threads = [threading.Thread(target=count, args=(numbers,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


telling.explore(scenario, executions=1, timeout=0.5)
telling.as_before()
