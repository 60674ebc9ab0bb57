"""x += 1 without a lock."""

from tests.controlled import side_by_side

SAYS = ("AssertionError",)


class Counter:
    value = 0


def scenario():
    counter = Counter()

    def add():
        counter.value += 1

    side_by_side(add, add)
    assert counter.value == 2
