"""Two locks, always in the same order."""

import threading

from tests.controlled import side_by_side


def scenario():
    a, b = threading.Lock(), threading.Lock()

    def both():
        with a, b:
            pass

    side_by_side(both, both)
