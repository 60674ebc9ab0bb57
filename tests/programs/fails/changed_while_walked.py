"""A dict grows while another thread walks it."""

from tests.controlled import side_by_side

SAYS = ("RuntimeError: dictionary changed size during iteration",)


def scenario():
    names = {"a": 1, "b": 2}

    def walk():
        for name in names:
            str(name)

    side_by_side(walk, lambda: names.setdefault("c", 3))
