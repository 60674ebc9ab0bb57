"""SCTBench, CS.wronglock: one thread counts under the data's lock, the others under another one."""

import threading

from benchmarks.programs import Program


class Fixed(Program):
    def __init__(self, others):
        self.others = others
        self.lock = self.wrong_lock = threading.Lock()
        self.value = 0

    def threads(self):
        return [self.right, *[self.wrong] * self.others]

    def right(self):
        with self.lock:
            before = self.value
            self.value += 1
            assert self.value == before + 1

    def wrong(self):
        with self.wrong_lock:
            self.value += 1


class Broken(Fixed):
    def __init__(self, others):
        super().__init__(others)
        self.wrong_lock = threading.Lock()
