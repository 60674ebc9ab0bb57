"""A barrier for three, and two who come."""

import threading

from tests.controlled import side_by_side

SAYS = ("barrier.wait()", "nobody is left who could wake up those who wait")


def scenario():
    barrier = threading.Barrier(3)
    side_by_side(lambda: barrier.wait(), lambda: barrier.wait())
