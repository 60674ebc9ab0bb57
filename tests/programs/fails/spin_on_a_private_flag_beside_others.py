"""Two threads count, and a third waits for what neither of them can reach."""

import stress

KIND = "livelock"
SAYS = ("while not ready:", "waits for the end of parallel-1")
TIMEOUT = 0.2


def scenario():
    counts = [0]

    def waits():
        ready = []
        counts[0] += 1
        while not ready:
            pass

    def counting():
        for _ in range(3):
            counts[0] += 1

    stress.parallel(waits, counting, counting)
