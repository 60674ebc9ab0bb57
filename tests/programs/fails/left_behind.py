"""A thread that nobody joins fails after the scenario returned."""

import threading

SAYS = ("ValueError: late",)


def late():
    raise ValueError("late")


def scenario():
    threading.Thread(target=late).start()
