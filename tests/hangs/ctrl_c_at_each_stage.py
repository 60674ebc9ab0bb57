"""Ctrl-C at each stage of an exploration, from its first call to its last: wherever it comes, KeyboardInterrupt leaves
explore(), and the process is as before.

Prints:
    passes
    interrupted 60 times
    passes
    as before
"""

import signal
import sys
import threading

import telling

import stress

signal.signal(signal.SIGINT, signal.default_int_handler)
STAGES = 60


def touch(numbers):
    numbers[0] += 1


def scenario():
    numbers = [0]
    threads = [threading.Thread(target=touch, args=(numbers,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Interrupting:
    """A profile function for the main thread, which is interrupted at its call of this number."""

    def __init__(self, at):
        self.at = at
        self.calls = 0

    def __call__(self, frame, event, argument):
        if event == "call":
            self.calls += 1
            if self.calls == self.at:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)

    def explore(self):
        sys.setprofile(self)
        try:
            stress.explore(scenario, search="random", executions=5)
        except KeyboardInterrupt:
            return True
        finally:
            sys.setprofile(None)
        return False


telling.explore(scenario)
counting = Interrupting(at=0)
counting.explore()
# Not the very last ones: they are those of this file, after the exploration.
stages = [1 + (counting.calls - 10) * stage // STAGES for stage in range(STAGES)]
print("interrupted", sum(Interrupting(stage).explore() for stage in stages), "times")
telling.explore(scenario)
telling.as_before()
