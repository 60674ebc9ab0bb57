"""Ctrl-C, or another signal whose handler raises, at each stage of an exploration, from its first call to its last:
wherever it comes, what its handler raises leaves explore(), and the process is as before.

Prints:
    passes
    KeyboardInterrupt 60 times
    Terminated 60 times
    passes
    as before
"""

import collections
import signal
import sys
import threading

import telling

import stress

STAGES = 60


class Terminated(Exception):
    pass


def terminate(number, frame):
    raise Terminated


signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, terminate)


def touch(numbers):
    numbers[0] += 1


def scenario():
    numbers = [0]
    threads = [threading.Thread(target=touch, args=(numbers,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Signalling:
    """A profile function for the main thread, which gets the signal at its call of this number."""

    def __init__(self, number, at):
        self.number = number
        self.at = at
        self.calls = 0

    def __call__(self, frame, event, argument):
        if event == "call":
            self.calls += 1
            if self.calls == self.at:
                sys.setprofile(None)
                signal.raise_signal(self.number)

    def explore(self):
        """What left explore()."""
        sys.setprofile(self)
        try:
            stress.explore(scenario, search="random", executions=5)
        except (KeyboardInterrupt, Terminated) as exception:
            return type(exception).__name__
        finally:
            sys.setprofile(None)
        return "nothing"


telling.explore(scenario)
counting = Signalling(signal.SIGINT, at=0)
counting.explore()
# Not the very last ones: they are those of this file, after the exploration.
stages = [1 + (counting.calls - 10) * stage // STAGES for stage in range(STAGES)]
for number in (signal.SIGINT, signal.SIGTERM):
    for name, times in collections.Counter(Signalling(number, stage).explore() for stage in stages).items():
        print(name, times, "times")
telling.explore(scenario)
telling.as_before()
