"""SCTBench, CS.twostage: two values that belong together, each under its own lock, which is given back between the
two."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self, threads):
        self.writers = threads - 1
        self.first_lock = threading.Lock()
        self.second_lock = threading.Lock()
        self.first = self.second = 0

    def threads(self):
        return [*[self.write] * self.writers, self.read]

    def write(self):
        with self.first_lock:
            self.first = 1
        with self.second_lock:
            self.second = self.first + 1

    def read(self):
        with self.first_lock:
            first = self.first
        if first:
            with self.second_lock:
                assert self.second == first + 1


class Fixed(Broken):
    def write(self):
        with self.first_lock:
            self.first = 1
            with self.second_lock:
                self.second = self.first + 1
