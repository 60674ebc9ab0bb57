"""Two threads that spin for ever on what never changes are a livelock, told with the lines of their loops.

Prints:
    livelock: waiter.join(), while not flags:
    as before
"""

import threading

import telling

from stress.runtime.control import execution

execution.UNCHANGED = 2_000  # instead of several seconds of operations


def spin(flags):
    while not flags:
        pass


def scenario():
    flags = []
    waiter = threading.Thread(target=spin, args=(flags,))
    waiter.start()
    waiter.join()


telling.explore(scenario)
telling.as_before()
