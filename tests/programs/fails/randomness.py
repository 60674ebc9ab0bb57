"""A coin decides what is done."""

import os

from tests.controlled import side_by_side

KIND = "nondeterministic"
SAYS = ("randomness", "randomness.py")


def scenario():
    box = [0]

    def toss():
        for byte in os.urandom(64):
            if byte % 2:
                box[0] += byte

    side_by_side(toss, toss)
