"""An event that nobody sets."""

import threading

SAYS = ("event.wait()", "nobody is left who could wake up those who wait")


def scenario():
    event = threading.Event()
    event.wait()
