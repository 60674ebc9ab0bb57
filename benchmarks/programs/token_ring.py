"""SCTBench, CS.token_ring: each copies what the one before it in the ring has, in any order, instead of waiting for the
token."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self):
        self.lock = threading.Lock()
        self.x = [1, 2, 1]
        self.done = [False, False, False]

    def threads(self):
        return [self.first, self.second, self.third, self.look]

    def first(self):
        with self.lock:
            self.x[0] = (self.x[2] + 1) % 4
            self.done[0] = True

    def second(self):
        with self.lock:
            self.x[1] = self.x[0]
            self.done[1] = True

    def third(self):
        with self.lock:
            self.x[2] = self.x[1]
            self.done[2] = True

    def look(self):
        with self.lock:
            if all(self.done):
                assert self.x[0] == self.x[1] == self.x[2]


class Fixed(Broken):
    def __init__(self):
        super().__init__()
        self.tokens = [threading.Semaphore(0), threading.Semaphore(0)]

    def first(self):
        super().first()
        self.tokens[0].release()

    def second(self):
        self.tokens[0].acquire()
        super().second()
        self.tokens[1].release()

    def third(self):
        self.tokens[1].acquire()
        super().third()
