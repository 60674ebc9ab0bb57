"""Dijkstra's dining philosophers: each takes the left fork, then the right one. Fixed: the lower one first."""

import threading
from functools import partial

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self, number):
        self.forks = [threading.Lock() for _ in range(number)]

    def threads(self):
        number = len(self.forks)
        return [partial(self.eat, *self.order(place, (place + 1) % number)) for place in range(number)]

    def order(self, left, right):
        return left, right

    def eat(self, first, second):
        with self.forks[first], self.forks[second]:
            pass


class Fixed(Broken):
    def order(self, left, right):
        return min(left, right), max(left, right)
