"""Who is woken up finds nothing left: another was quicker."""

import threading

from tests.controlled import side_by_side

SAYS = ("IndexError: pop from empty list",)


def scenario():
    condition, items = threading.Condition(), []

    def take():
        with condition:
            if not items:
                condition.wait()
            items.pop()

    def give():
        with condition:
            items.append(1)
            condition.notify()
        with condition:
            items.append(2)
            condition.notify()

    side_by_side(take, take, give, daemon=False)
    side_by_side(take, lambda: give())
