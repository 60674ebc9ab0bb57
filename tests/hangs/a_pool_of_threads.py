"""A multiprocessing.pool.ThreadPool, shut down or not: its handlers wait for tasks in C (`iter(queue.get, None)`) and
in the kernel. Either way its results come, and nothing hangs.

Prints:
    passes
    passes
    as before
"""

from multiprocessing.pool import ThreadPool

import telling


def double(number):
    return 2 * number


def shut_down():
    with ThreadPool(2) as pool:
        assert pool.map(double, range(5)) == [0, 2, 4, 6, 8]


def left():
    pool = ThreadPool(2)
    assert pool.map(double, range(5)) == [0, 2, 4, 6, 8]


telling.explore(shut_down, executions=3)
telling.explore(left, executions=3)
telling.as_before()
