"""SCTBench, inspect.boundedBuffer: both sides wait for one condition, and who is woken up may be of the side that can't
go on."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self, items):
        self.items = items
        self.changed = threading.Condition(threading.Lock())
        self.buffer = []

    def threads(self):
        return [self.produce, self.produce, self.consume, self.consume]

    def tell(self):
        self.changed.notify()

    def produce(self):
        for item in range(self.items):
            with self.changed:
                while self.buffer:
                    self.changed.wait()
                self.buffer.append(item)
                self.tell()

    def consume(self):
        for _ in range(self.items):
            with self.changed:
                while not self.buffer:
                    self.changed.wait()
                self.buffer.pop()
                self.tell()


class Fixed(Broken):
    def tell(self):
        self.changed.notify_all()
