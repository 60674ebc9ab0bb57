"""SCTBench, CS.queue: filled and emptied one item a time, in turns; both sides count their rounds, also those in which
it isn't their turn. Fixed, as in its queue_ok, each turn is the whole queue."""

import threading

from benchmarks.programs import Program


class Queue:
    def __init__(self, size):
        self.items = [None] * size
        self.head = self.tail = self.amount = 0

    def put(self, value):
        self.items[self.tail] = value
        self.amount += 1
        self.tail = (self.tail + 1) % len(self.items)

    def get(self):
        value = self.items[self.head]
        self.amount -= 1
        self.head = (self.head + 1) % len(self.items)
        return value


class Broken(Program):
    def __init__(self, size):
        self.lock = threading.Lock()
        self.size = size
        self.queue = Queue(size)
        self.stored = [None] * size
        self.filled = False

    def threads(self):
        return [self.fill, self.empty]

    def fill(self):
        for index in range(self.size):
            with self.lock:
                if not self.filled:
                    self.queue.put(index + 1)
                    self.stored[index] = index + 1
                    self.filled = True

    def empty(self):
        for index in range(self.size):
            with self.lock:
                if self.filled:
                    assert self.queue.get() == self.stored[index]
                    self.filled = False


class Fixed(Broken):
    def fill(self):
        with self.lock:
            for index in range(self.size):
                self.queue.put(index + 1)
                self.stored[index] = index + 1
            self.filled = True

    def empty(self):
        with self.lock:
            if self.filled:
                for index in range(self.size):
                    assert self.queue.get() == self.stored[index]
