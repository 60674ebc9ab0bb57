"""`except BaseException: pass` around an acquire in an endless loop, in a deadlock: it is told once, and the loop
doesn't go on for ever when it is unwound.

Prints:
    deadlock: taker.join(), lock.acquire()
    left behind: 2
    otherwise as before
"""

import threading

import telling

from stress.runtime.control import watch

watch.LAST = 0.3  # instead of two seconds, which are patience


def take(lock):
    while True:
        try:  # noqa: SIM105  the plain way is the point
            lock.acquire()
        except BaseException:
            pass


def scenario():
    taker = threading.Thread(target=take, args=(threading.Lock(),))
    taker.start()
    taker.join()


telling.explore(scenario)
telling.as_before(left_behind=2)
