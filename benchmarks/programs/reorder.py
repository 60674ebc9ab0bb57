"""SCTBench, CS.reorder_N: N - 1 threads set two variables, one after the other, and one looks whether both are set."""

import threading
from contextlib import nullcontext

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self, threads):
        self.setters = threads - 1
        self.lock = self.guard()
        self.a = self.b = 0

    def guard(self):
        return nullcontext()

    def threads(self):
        return [*[self.set] * self.setters, self.look]

    def set(self):
        with self.lock:
            self.a = 1
            self.b = -1

    def look(self):
        with self.lock:
            assert (self.a == 0 and self.b == 0) or (self.a == 1 and self.b == -1)


class Fixed(Broken):
    def guard(self):
        return threading.Lock()
