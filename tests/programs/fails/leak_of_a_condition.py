"""The lock of a condition is left held."""

import threading

KIND = "leaked lock"
SAYS = ("taken by scenario", "condition.acquire")


def scenario():
    condition = threading.Condition()
    condition.acquire()
