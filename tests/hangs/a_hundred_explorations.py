"""100 explorations one after another, each with a failure or none: none leaves anything to the next, or to the
process.

Prints:
    {'passes': 34, 'error ZeroDivisionError: raise ZeroDivisionError': 33, 'deadlock: lock.acquire()': 33}
    as before
"""

import collections
import threading

import telling

import stress


def touch(numbers):
    numbers[0] += 1


def passes():
    numbers = [0]
    threads = [threading.Thread(target=touch, args=(numbers,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fails():
    passes()
    raise ZeroDivisionError


def deadlocks():
    passes()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


telling.process()
found = collections.Counter()
for number in range(100):
    scenario = (passes, fails, deadlocks)[number % 3]
    found[telling.told(stress.explore(scenario, search="random", executions=2))] += 1
print(dict(found))
telling.as_before()
