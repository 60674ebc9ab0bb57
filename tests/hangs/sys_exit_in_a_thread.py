"""sys.exit in a thread ends that thread quietly, as Python has it; in the scenario's own it is an exception that
leaves the scenario.

Prints:
    passes
    error SystemExit: sys.exit(3)
    as before
"""

import sys
import threading

import telling


def leave():
    sys.exit(3)


def in_a_thread():
    threads = [threading.Thread(target=leave) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_the_scenario():
    in_a_thread()
    sys.exit(3)


telling.explore(in_a_thread)
telling.explore(in_the_scenario)
telling.as_before()
