"""SCTBench, CS.lazy01: the third thread takes it that it isn't the last one."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    most = 2

    def __init__(self):
        self.lock = threading.Lock()
        self.data = 0

    def threads(self):
        return [self.one, self.two, self.look]

    def one(self):
        with self.lock:
            self.data += 1

    def two(self):
        with self.lock:
            self.data += 2

    def look(self):
        with self.lock:
            assert self.data <= self.most


class Fixed(Broken):
    most = 3
