"""A flag that no other thread can reach."""

KIND = "livelock"
SAYS = ("while not ready:",)
TIMEOUT = 0.2


def scenario():
    ready = []
    while not ready:
        pass
