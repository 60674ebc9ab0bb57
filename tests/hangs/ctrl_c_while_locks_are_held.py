"""Ctrl-C from a handler that a thread of the scenario pulls while others wait in locks: KeyboardInterrupt, and the
locks made before the exploration are free again.

Prints:
    KeyboardInterrupt
    free
    as before
"""

import signal
import threading

import telling

signal.signal(signal.SIGINT, signal.default_int_handler)
lock = threading.Lock()


def take(numbers):
    for _ in range(3):
        with lock:
            numbers.append(1)
            if len(numbers) > 3:
                signal.raise_signal(signal.SIGINT)


def scenario():
    numbers = []
    for _ in range(3):
        threading.Thread(target=take, args=(numbers,)).start()


try:
    telling.explore(scenario, executions=100_000)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
print("locked" if lock.locked() else "free")
telling.as_before()
