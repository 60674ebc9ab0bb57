"""An exploration in an atexit callback, when no thread may be started any more from 3.12 on: it ends, by its verdict
or by an exception, and so does the process.

Prints:
    ended
"""

import atexit
import threading
from contextlib import suppress

import telling


def scenario():
    thread = threading.Thread(target=[].append, args=(1,))
    thread.start()
    thread.join()


def explore():
    with suppress(RuntimeError):
        telling.stress.explore(scenario, search="random", executions=3)
    print("ended")


atexit.register(explore)
