"""A flag that no other thread can reach."""

KIND = "livelock"
SAYS = ("while not ready:",)
WRONG = "told as uncontrolled blocking: operations on what no other thread can reach aren't counted"


def scenario():
    ready = []
    while not ready:
        pass
