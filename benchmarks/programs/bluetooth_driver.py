"""SCTBench, CS.bluetooth_driver (of Qadeer and Wu, "KISS", PLDI 2004): a request looks whether the driver is stopping,
and is counted only afterwards: the driver stops in between."""

import threading

from benchmarks.programs import Program


class Broken(Program):
    def __init__(self):
        self.lock = threading.Lock()
        self.pending = 1  # the driver itself
        self.stopping = self.may_stop = self.stopped = False

    def threads(self):
        return [self.stop, self.request]

    def enter(self):
        if self.stopping:
            return False
        with self.lock:
            self.pending += 1
        return True

    def leave(self):
        with self.lock:
            self.pending -= 1
            last = self.pending == 0
        if last:
            self.may_stop = True

    def request(self):
        if self.enter():
            assert not self.stopped, "works on a driver that has stopped"
            self.leave()

    def stop(self):
        self.stopping = True
        self.leave()
        if self.may_stop:
            self.stopped = True


class Fixed(Broken):
    def enter(self):
        with self.lock:
            self.pending += 1
        if self.stopping:
            self.leave()
            return False
        return True
