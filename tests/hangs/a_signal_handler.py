"""A signal handler in Python runs in the main thread, which only looks on: it comes at once, uncontrolled, whatever
the scenario does, and may use what it likes. What it raises ends the exploration.

Needs: signal.setitimer

Prints:
    passes
    SIGUSR1 in MainThread
    Alarm
    as before
"""

import os
import signal
import threading

import telling

found = []


class Alarm(Exception):
    pass


def note(number, frame):
    with threading.Lock():
        found.append(f"{signal.Signals(number).name} in {threading.current_thread().name}")


def ring(number, frame):
    raise Alarm


def tell_us(numbers):
    numbers.append(1)
    os.kill(os.getpid(), signal.SIGUSR1)
    numbers.append(2)


def scenario():
    threads = [threading.Thread(target=tell_us, args=([],)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def spin():
    numbers = [0]
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    while True:
        numbers[0] += 1


signal.signal(signal.SIGUSR1, note)
telling.explore(scenario)
telling.come(lambda: found)
print(*set(found))

signal.signal(signal.SIGALRM, ring)
try:
    telling.explore(spin)
except Alarm:
    print("Alarm")
telling.as_before()
