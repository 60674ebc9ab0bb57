"""Three philosophers, three forks: each takes the left one first."""

import threading

from tests.controlled import side_by_side

SAYS = ("each holds what the next one waits for",)


def scenario():
    forks = [threading.Lock() for _ in range(3)]

    def eat(left, right):
        with left:
            with right:
                pass

    side_by_side(*[lambda i=i: eat(forks[i], forks[(i + 1) % 3]) for i in range(3)])
