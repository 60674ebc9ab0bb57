"""A coin that the standard library tosses decides what is done: 128 times, so that no two executions are the same."""

import random

from tests.controlled import side_by_side

KIND = "nondeterministic"
SAYS = ("randomness", "randomness.py")


def scenario():
    box = [0]

    def toss():
        for byte in random.SystemRandom().randbytes(64):
            if byte % 2:
                box[0] += byte
            else:
                box[0] -= byte

    side_by_side(toss, toss)
