"""Ctrl-C once at each stage of an exploration: wherever it comes, KeyboardInterrupt leaves explore(), and the process
is as before.

Needs: signal.setitimer

Prints:
    KeyboardInterrupt
    as before
"""

import signal
import threading

import telling

import stress

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))


def touch(numbers):
    numbers[0] += 1


def scenario():
    numbers = [0]
    threads = [threading.Thread(target=touch, args=(numbers,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


telling.process()
found = set()
for number in range(30):
    signal.setitimer(signal.ITIMER_REAL, 0.001 * (number + 1))
    try:
        while True:
            stress.explore(scenario, search="random", executions=20)
    except KeyboardInterrupt:
        found.add("KeyboardInterrupt")
print(*found)
telling.as_before()
