"""SCTBench, chess.WorkStealQueue: the queue of Cilk-5 (Frigo, Leiserson, Randall, PLDI 1998), whose owner pushes and
pops at the tail without a lock, while a thief takes from the head. The broken owner looks at the head before it lowers
the tail, and not after that."""

import threading

from benchmarks.programs import Program


class Queue:
    def __init__(self):
        self.lock = threading.Lock()
        self.items = {}
        self.head = self.tail = 0

    def push(self, item):
        self.items[self.tail] = item
        self.tail += 1

    def pop(self):
        tail = self.tail = self.tail - 1
        if self.head <= tail:
            return self.items[tail]
        self.tail = tail + 1
        with self.lock:
            if self.head <= tail:
                self.tail = tail
                return self.items[tail]
            self.tail = self.head = 0
            return None

    def steal(self):
        with self.lock:
            head = self.head
            self.head = head + 1
            if head < self.tail:
                return self.items[head]
            self.head = head
            return None


class Hasty(Queue):
    def pop(self):
        tail = self.tail - 1
        if self.head <= tail:
            self.tail = tail
            return self.items[tail]
        return None


class Broken(Program):
    queue = Hasty

    def __init__(self, items):
        self.work = self.queue()
        self.items = items
        self.done = [0] * items

    def threads(self):
        return [self.own, self.thieve]

    def do(self, item):
        if item is not None:
            self.done[item] += 1

    def own(self):
        for item in range(0, self.items, 2):
            self.work.push(item)
            self.work.push(item + 1)
            self.do(self.work.pop())
        for _ in range(self.items // 2):
            self.do(self.work.pop())

    def thieve(self):
        for _ in range(2):
            self.do(self.work.steal())

    def check(self):
        assert self.done == [1] * self.items


class Fixed(Broken):
    queue = Queue
