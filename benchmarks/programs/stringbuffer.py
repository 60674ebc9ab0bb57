"""SCTBench, CB.stringbuffer-jdk1.4 (of Flanagan, Qadeer, "A Type and Effect System for Atomicity", PLDI 2003): append
asks the other buffer for its length, and then for so many characters, of which some are gone."""

import threading

from benchmarks.programs import Program


class StringBuffer:
    def __init__(self, text=""):
        self.lock = threading.RLock()
        self.characters = list(text)

    def length(self):
        with self.lock:
            return len(self.characters)

    def get(self, end):
        with self.lock:
            assert end <= len(self.characters), "index out of bounds"
            return self.characters[:end]

    def erase(self, start, end):
        with self.lock:
            del self.characters[start:end]

    def add(self, text):
        with self.lock:
            self.characters.extend(text)

    def append(self, other):
        with self.lock:
            self.characters.extend(other.get(other.length()))


class Guarded(StringBuffer):
    def append(self, other):
        with self.lock, other.lock:
            self.characters.extend(other.get(other.length()))


class Broken(Program):
    buffer = StringBuffer

    def __init__(self):
        self.shared = self.buffer("abc")
        self.mine = self.buffer()

    def threads(self):
        return [self.change, self.copy]

    def change(self):
        self.shared.erase(0, 3)
        self.shared.add("abc")

    def copy(self):
        self.mine.append(self.shared)


class Fixed(Broken):
    buffer = Guarded
