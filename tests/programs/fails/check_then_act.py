"""A lazily made object is made twice."""

from tests.controlled import side_by_side

SAYS = ("AssertionError",)


def scenario():
    cache, made = {}, []

    def get():
        if "key" not in cache:
            made.append(1)
            cache["key"] = len(made)

    side_by_side(get, get)
    assert len(made) == 1
