"""What unwinds a deadlocked thread runs its `finally` blocks and those of its generators, which take locks: none of
that is scheduled, none of it waits.

Prints:
    deadlock: never.wait()
    as before
"""

import threading

import telling


def numbers(lock):
    try:
        yield 1
        yield 2
    finally:
        with lock:
            pass


def scenario():
    lock, held, never = threading.Lock(), threading.Lock(), threading.Event()
    held.acquire()
    try:
        for _ in numbers(lock):
            never.wait()
    finally:
        try:
            with lock:
                pass
        finally:
            held.acquire()  # it has it already


telling.explore(scenario)
telling.as_before()
