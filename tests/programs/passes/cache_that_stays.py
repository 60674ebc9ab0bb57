"""What the first execution computes, no other does: that it was there is an assumption."""

from tests.controlled import side_by_side

SAYS = ("assumption: what is made once in a process",)
CACHE: dict[str, int] = {}


def scenario():
    if "key" not in CACHE:
        CACHE["key"] = len(CACHE) + 1
    side_by_side(lambda: CACHE["key"], lambda: CACHE["key"])
