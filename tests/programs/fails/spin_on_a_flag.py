"""Nobody sets the flag that two threads wait for."""

from tests.controlled import side_by_side

KIND = "livelock"
SAYS = ("while not ready:", "get nowhere")


def scenario():
    ready = []

    def wait():
        while not ready:
            pass

    side_by_side(wait, wait)
