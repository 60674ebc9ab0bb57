"""os._exit in a thread ends the process at once with its status, as ever: nothing holds it up, nothing is printed.

Exits with: 7
Prints:
"""

import os
import threading

import telling


def leave():
    os._exit(7)


def scenario():
    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()


telling.explore(scenario)
