"""Another thread sets the flag that is waited for."""

from tests.controlled import side_by_side


def scenario():
    ready = []

    def wait():
        while not ready:
            pass

    side_by_side(wait, lambda: ready.append(1))
