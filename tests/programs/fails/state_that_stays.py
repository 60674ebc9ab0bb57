"""C code in a module counts on from one execution to the next."""

from itertools import count

from tests.controlled import side_by_side

KIND = "nondeterministic"
SAYS = ("side_by_side(lambda: None)", "state that outlives an execution")
NUMBERS = count()


def scenario():
    for _ in range(next(NUMBERS) % 2):
        side_by_side(lambda: None)
    side_by_side(lambda: None)
