"""Two threads wait politely for one another, for ever."""

from tests.controlled import side_by_side

KIND = "livelock"
SAYS = ("while other[0]:",)


def scenario():
    one, two = [1], [1]

    def wait(other):
        while other[0]:
            pass

    side_by_side(lambda: wait(one), lambda: wait(two))
