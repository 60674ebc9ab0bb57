"""One gives up, the other waits on for ever."""

import threading

from tests.controlled import side_by_side

SAYS = ("event.wait()",)


def scenario():
    event = threading.Event()
    side_by_side(lambda: event.wait(1), lambda: event.wait())
