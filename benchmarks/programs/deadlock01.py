"""SCTBench, CS.deadlock01: two locks, taken in opposite orders."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self):
        self.a = threading.Lock()
        self.b = threading.Lock()
        self.counter = 1

    def threads(self):
        return [self.up, self.down]

    def up(self):
        with self.a:
            with self.b:
                self.counter += 1

    def down(self):
        with self.b:
            with self.a:
                self.counter -= 1


class Fixed(Broken):
    def down(self):
        with self.a:
            with self.b:
                self.counter -= 1
