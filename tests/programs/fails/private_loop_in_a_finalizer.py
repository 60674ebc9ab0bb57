"""The exception that ends a thread left behind is dropped in a finalizer, and the thread goes on."""

KIND = "uncontrolled blocking"
SAYS = ("still running",)
TIMEOUT = 0.2


def for_ever():
    seen = []
    while True:
        seen.append(1)
        seen.pop()


class Spins:
    def __del__(self):
        for_ever()


def scenario():
    Spins()
    for_ever()
