"""One scenario for each kind of failure: docs/control.md shows what is printed of them."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from contextlib import suppress

import stress


@stress.scenario(expect="deadlocks", search="random")
def opposite_locks() -> None:
    """Each of them is right; only together they may wait for each other for ever."""
    a, b = threading.Lock(), threading.Lock()

    def there() -> None:
        with a:
            with b:
                pass

    def back() -> None:
        with b:
            with a:
                pass

    stress.parallel(there, back)


@stress.scenario(expect="deadlocks", search="random")
def lost_wakeup() -> None:
    """Whoever is woken up must be waiting already."""
    condition = threading.Condition()

    def waits() -> None:
        with condition:
            condition.wait()

    def wakes() -> None:
        with condition:
            condition.notify()

    stress.parallel(waits, wakes)


@stress.scenario(expect="fails", search="random")
def forgets_the_lock() -> None:
    """An exception between the two leaves the lock held."""
    lock = threading.Lock()

    def work() -> None:
        lock.acquire()
        int("no number")
        lock.release()

    def careful() -> None:
        with suppress(ValueError):
            work()

    stress.parallel(careful)


@stress.scenario(expect="fails", search="random")
def spins() -> None:
    """Nobody sets the flag."""
    flag = threading.Event()

    def waits() -> None:
        while not flag.is_set():
            pass

    stress.parallel(waits)


@stress.scenario(expect="fails", search="random")
def impatient() -> None:
    """Right unless the time-out comes before the work is done."""
    done = threading.Event()

    def work() -> None:
        time.sleep(0.001)
        done.set()

    threading.Thread(target=work, name="work").start()
    assert done.wait(timeout=60), "not done after a minute"


@stress.scenario(search="random", timeout=1)
def never_comes_back() -> None:
    """Nobody writes what it waits for."""
    one, other = socket.socketpair()
    with one, other:
        other.recv(1)


numbers = itertools.count()


@stress.scenario(search="random")
def remembers() -> None:
    """C code keeps state from one execution to the next, and something else is done in each."""
    if next(numbers) % 2:
        stress.parallel(threading.Event().set, threading.Event().set)
