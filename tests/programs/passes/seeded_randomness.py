"""A generator of the scenario's own, seeded."""

import random

from tests.controlled import side_by_side


def scenario():
    generator, box = random.Random(1), []

    def draw():
        if generator.random() < 0.5:
            box.append(1)

    side_by_side(draw, draw)
