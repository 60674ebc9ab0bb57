"""Ctrl-C while two threads of the scenario loop for ever, and change something each time: KeyboardInterrupt at once,
and both threads end.

Prints:
    KeyboardInterrupt
    as before
"""

import signal
import threading

import telling

signal.signal(signal.SIGINT, signal.default_int_handler)


def count(numbers):
    while True:
        numbers[0] += 1
        if numbers[0] == 2_000:
            signal.raise_signal(signal.SIGINT)


def scenario():
    numbers = [0]
    for _ in range(2):
        threading.Thread(target=count, args=(numbers,)).start()


try:
    telling.explore(scenario)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
telling.as_before()
