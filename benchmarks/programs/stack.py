"""SCTBench, CS.stack: once something was pushed, it is taken for granted that there is something to pop."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self, size):
        self.lock = threading.Lock()
        self.items = [None] * size
        self.top = 0
        self.pushed = False

    def threads(self):
        return [self.pushes, self.pops]

    def may_pop(self):
        return self.pushed

    def pushes(self):
        for number in range(len(self.items)):
            with self.lock:
                self.items[self.top] = number
                self.top += 1
                self.pushed = True

    def pops(self):
        for _ in range(len(self.items)):
            with self.lock:
                if self.may_pop():
                    assert self.top > 0, "underflow"
                    self.top -= 1


class Fixed(Broken):
    def may_pop(self):
        return self.top > 0
