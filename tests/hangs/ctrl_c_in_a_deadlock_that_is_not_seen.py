"""Ctrl-C while a thread waits for itself in a lock that C code took, which nobody sees: KeyboardInterrupt without
waiting for the time limit, and the process ends although a thread is left behind.

Prints:
    KeyboardInterrupt
    left behind: 1
    otherwise as before
"""

import operator
import signal
import threading

import telling

signal.signal(signal.SIGINT, signal.default_int_handler)
acquire = operator.methodcaller("acquire")


def take(lock):
    list(map(acquire, [lock]))
    signal.raise_signal(signal.SIGINT)
    list(map(acquire, [lock]))


def scenario():
    taker = threading.Thread(target=take, args=(threading.Lock(),))
    taker.start()
    taker.join()


try:
    telling.explore(scenario, timeout=1000)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
telling.as_before(left_behind=1)
