"""Each thread starts the next one, for ever: a livelock, once the execution has had more operations than any may have;
all threads end.

Prints:
    livelock in 1 or 2 threads
    as before
"""

import threading

import telling

import stress
from stress.runtime.control import execution

execution.MOST = 500  # instead of a minute of threads


def again():
    threading.Thread(target=again).start()


def scenario():
    again()


telling.process()
failure = stress.explore(scenario, search="random", timeout=0.5).failure
print(failure.kind, "in 1 or 2 threads" if len(failure.sites) in (1, 2) else failure)
telling.as_before()
