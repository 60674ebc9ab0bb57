"""A loop that sleeps until another thread is done."""

import time

from tests.controlled import side_by_side


def scenario():
    done = []

    def wait():
        while not done:
            time.sleep(0.1)

    side_by_side(wait, lambda: done.append(1))
