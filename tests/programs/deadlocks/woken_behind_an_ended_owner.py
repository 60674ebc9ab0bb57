"""A daemon is woken up and can't have the condition's lock again: whoever woke it has ended with it."""

import threading

from tests.controlled import side_by_side

SAYS = ("ended without giving its lock back", "condition.wait()")


def scenario():
    condition, ready = threading.Condition(), threading.Event()

    def wait():
        with condition:
            ready.set()
            condition.wait()

    def wake():
        condition.acquire()
        condition.notify()

    threading.Thread(target=wait, daemon=True).start()
    ready.wait()
    side_by_side(wake)
