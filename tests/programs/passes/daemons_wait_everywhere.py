"""Daemons left in a Condition, an Event, a SimpleQueue, a Semaphore and a Barrier."""

import queue
import threading


def scenario():
    condition = threading.Condition()

    def wait():
        with condition:
            condition.wait()

    waits = [
        wait,
        threading.Event().wait,
        queue.SimpleQueue().get,
        threading.Semaphore(0).acquire,
        threading.Barrier(2).wait,
    ]
    for target in waits:
        threading.Thread(target=target, daemon=True).start()
