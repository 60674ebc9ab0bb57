"""SCTBench, CS.carter01: the first of each kind takes the room, the last one gives it back, and one lock counts both
kinds. Who waits for the room keeps the count, without which nobody can leave."""

import threading

from benchmarks.programs import Program


class Kind:
    def __init__(self, counting, room):
        self.counting = counting
        self.room = room
        self.inside = 0

    def visit(self):
        with self.counting:
            self.inside += 1
            if self.inside == 1:
                self.room.acquire()
        with self.counting:
            self.inside -= 1
            if self.inside == 0:
                self.room.release()


class Broken(Program):
    def __init__(self):
        room = threading.Lock()
        one, other = self.counts()
        self.kinds = Kind(one, room), Kind(other, room)

    def counts(self):
        lock = threading.Lock()
        return lock, lock

    def threads(self):
        return [*(kind.visit for kind in self.kinds), self.idle, self.idle]

    def idle(self):
        pass


class Fixed(Broken):
    def counts(self):
        return threading.Lock(), threading.Lock()
