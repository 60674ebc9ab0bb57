"""A global grows from one execution to the next."""

from tests.controlled import side_by_side

KIND = "nondeterministic"
SAYS = ("SEEN", "state that outlives an execution")
SEEN: list[int] = []


def scenario():
    SEEN.append(1)
    for _ in SEEN:
        pass
    side_by_side(lambda: None)
