"""Daemons that hold what the other waits for are stuck, and do not wait for work."""

import threading

SAYS = ("each holds what the next one waits for",)


def scenario():
    a, b = threading.Lock(), threading.Lock()

    def both(first, second):
        with first:
            with second:
                pass

    for locks in ((a, b), (b, a)):
        threading.Thread(target=both, args=locks, daemon=True).start()
