"""Ctrl-C in the midst of an exploration of a million executions: KeyboardInterrupt at once, everything restored, and
the next exploration is as good as the first.

Prints:
    KeyboardInterrupt
    as before
    passes
    as before
"""

import signal
import threading

import telling

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
executions = []


def touch(numbers):
    numbers[0] += 1


def scenario():
    numbers = [0]
    threads = [threading.Thread(target=touch, args=(numbers,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    executions.append(1)
    if len(executions) == 200:
        signal.raise_signal(signal.SIGINT)
    for thread in threads:
        thread.join()


try:
    telling.explore(scenario, executions=1_000_000)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
telling.as_before()
telling.explore(scenario)
telling.as_before()
