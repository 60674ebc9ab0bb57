"""An exception in __del__ goes where Python sends it (sys.unraisablehook), and nothing else comes of it.

Prints:
    passes
    ZeroDivisionError
    as before
"""

import sys
import threading

import telling

seen = []


class Fragile:
    def __init__(self, things):
        self.things = things

    def __del__(self):
        self.things.append(1)
        self.things[0] / 0


def drop(things):
    thing = Fragile(things)
    del thing


def scenario():
    things = []
    threads = [threading.Thread(target=drop, args=(things,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert things == [1, 1]


def note(args):
    seen.append(args.exc_type.__name__)


sys.unraisablehook = note
telling.explore(scenario, executions=5)
print(*set(seen))
telling.as_before()
