"""SCTBench, CS.circular_buffer: both sides count their rounds, also those in which it isn't their turn."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self, rounds):
        self.lock = threading.Lock()
        self.rounds = rounds
        self.buffer = [None] * (rounds + 3)
        self.first = self.next = 0
        self.full = False

    def threads(self):
        return [self.send, self.receive]

    def insert(self, value):
        self.buffer[self.next] = value
        self.next = (self.next + 1) % len(self.buffer)

    def remove(self):
        self.first += 1
        return self.buffer[self.first - 1]

    def send(self):
        for number in range(self.rounds):
            with self.lock:
                if not self.full:
                    self.insert(number)
                    self.full = True

    def receive(self):
        for number in range(self.rounds):
            with self.lock:
                if self.full:
                    assert self.remove() == number
                    self.full = False


class Fixed(Broken):
    def send(self):
        sent = 0
        for _ in range(self.rounds):
            with self.lock:
                if not self.full:
                    self.insert(sent)
                    sent += 1
                    self.full = True

    def receive(self):
        received = 0
        for _ in range(self.rounds):
            with self.lock:
                if self.full:
                    assert self.remove() == received
                    received += 1
                    self.full = False
