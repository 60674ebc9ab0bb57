"""SCTBench, CS.account: the one that adds up, if both others are done, expects the wrong sum."""

import threading

from benchmarks.programs import Program


class Fixed(Program):
    expected = 1 + 2 - 4

    def __init__(self):
        self.lock = threading.Lock()
        self.balance = 1
        self.deposited = self.withdrawn = False

    def threads(self):
        return [self.look, self.deposit, self.withdraw]

    def deposit(self):
        with self.lock:
            self.balance += 2
            self.deposited = True

    def withdraw(self):
        with self.lock:
            self.balance -= 4
            self.withdrawn = True

    def look(self):
        with self.lock:
            if self.deposited and self.withdrawn:
                assert self.balance == self.expected


class Broken(Fixed):
    expected = 1 - 2 - 4
