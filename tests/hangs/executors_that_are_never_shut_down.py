"""A ThreadPoolExecutor that nobody shuts down: its workers wait for work when all is over, which is no failure, and
they hold neither the next execution nor the interpreter's exit.

Prints:
    passes
    as before
"""

from concurrent.futures import ThreadPoolExecutor

import telling


def double(number):
    return 2 * number


def scenario():
    executor = ThreadPoolExecutor(2)
    assert list(executor.map(double, range(5))) == [0, 2, 4, 6, 8]


telling.explore(scenario)
telling.as_before()
