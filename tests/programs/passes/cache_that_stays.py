"""What the first execution computes is put back, so that each other does, too."""

from tests.controlled import side_by_side

SAYS = ("assumption: each execution began with what modules held at first (put back:", "cache_that_stays.CACHE)")
CACHE: dict[str, int] = {}


def scenario():
    if "key" not in CACHE:
        CACHE["key"] = len(CACHE) + 1
    side_by_side(lambda: CACHE["key"], lambda: CACHE["key"])
