"""Ctrl-C while a thread loops for ever and does nothing that the scheduler sees: KeyboardInterrupt without waiting for
its time limit, and the thread ends.

Prints:
    KeyboardInterrupt
    as before
"""

import signal
import threading

import telling

signal.signal(signal.SIGINT, signal.default_int_handler)


def spin():
    signal.raise_signal(signal.SIGINT)
    while True:
        pass


def scenario():
    spinner = threading.Thread(target=spin)
    spinner.start()
    spinner.join()


try:
    telling.explore(scenario, timeout=1000)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
telling.as_before()
