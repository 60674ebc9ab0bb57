"""Two threads take two locks in opposite order."""

import threading

from tests.controlled import side_by_side

SAYS = ("each holds what the next one waits for", "holds a", "holds b", "waits for a", "waits for b")


def scenario():
    a, b = threading.Lock(), threading.Lock()

    def forth():
        with a:
            with b:
                pass

    def back():
        with b:
            with a:
                pass

    side_by_side(forth, back)
