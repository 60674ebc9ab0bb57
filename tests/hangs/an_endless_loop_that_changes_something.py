"""A loop that changes something each time, and never ends, is a livelock once it has had more operations than any
execution may have.

Prints:
    livelock: counter.join(), numbers[0] += 1
    as before
"""

import threading

import telling

from stress.runtime.control import execution

execution.MOST = 5_000  # instead of several seconds of operations


def count(numbers):
    while True:
        numbers[0] += 1


def scenario():
    counter = threading.Thread(target=count, args=([0],))
    counter.start()
    counter.join()


telling.explore(scenario)
telling.as_before()
