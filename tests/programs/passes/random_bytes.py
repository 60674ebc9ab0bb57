"""A coin of the system's decides what is done; it falls in the same way in each execution, and for each thread in its
own."""

import os

from tests.controlled import side_by_side

SAYS = ("os.urandom gave the same bytes in each execution",)


def scenario():
    box = [0]
    drawn = []

    def toss():
        drawn.append(os.urandom(64))
        for byte in drawn[-1]:
            if byte % 2:
                box[0] += byte

    side_by_side(toss, toss)
    assert len(set(drawn)) == 2 and {len(each) for each in drawn} == {64}
    try:
        os.urandom(-1)
    except ValueError:
        return
    raise AssertionError("a negative size was taken")
