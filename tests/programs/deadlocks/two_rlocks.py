"""Two threads enter two RLocks in opposite order."""

import threading

from tests.controlled import side_by_side

SAYS = ("each holds what the next one waits for",)


def scenario():
    a, b = threading.RLock(), threading.RLock()

    def both(first, second):
        with first, first, second:
            pass

    side_by_side(lambda: both(a, b), lambda: both(b, a))
