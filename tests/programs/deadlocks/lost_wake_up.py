"""The flag is looked at before the lock is taken: the notification comes in between."""

import threading

from tests.controlled import side_by_side

SAYS = ("nobody is left who could wake up those who wait", "condition.wait()")


def scenario():
    condition, ready = threading.Condition(), []

    def wait():
        if not ready:
            with condition:
                condition.wait()

    def notify():
        ready.append(1)
        with condition:
            condition.notify()

    side_by_side(wait, notify)
