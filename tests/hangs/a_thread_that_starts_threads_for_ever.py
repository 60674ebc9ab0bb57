"""Each thread starts the next one, for ever: the execution is cut, the verdict told, and all threads end.

Prints:
    livelock
    as before
"""

import threading

import telling


def again():
    threading.Thread(target=again).start()


def scenario():
    again()


telling.explore(scenario)
telling.as_before()
