"""notify() where notify_all() is needed."""

import threading

from tests.controlled import side_by_side

SAYS = ("condition.wait_for",)


def scenario():
    condition, ready = threading.Condition(), []

    def wait():
        with condition:
            condition.wait_for(lambda: ready)

    def go():
        with condition:
            ready.append(1)
            condition.notify()

    side_by_side(wait, wait, go)
