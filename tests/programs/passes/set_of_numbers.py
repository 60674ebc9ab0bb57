"""A set whose order is the same in each execution."""

from tests.controlled import side_by_side


def scenario():
    numbers, box = {3, 1, 2}, []

    def walk():
        for number in numbers:
            box.append(number)

    side_by_side(walk, walk)
    assert len(box) == 6
