"""Daemons that wait for work, sleep, or loop for ever when all else has ended are no failure: they end with the
execution.

Prints:
    passes
    as before
"""

import queue
import threading
import time

import telling


def wait(work):
    while True:
        work.get()


def sleep(ticks):
    while True:
        time.sleep(1)
        ticks.append(1)


def spin(ticks):
    while True:
        ticks.append(1)


def scenario():
    work, ticks = queue.Queue(), []
    for target, argument in ((wait, work), (sleep, ticks), (spin, ticks)):
        threading.Thread(target=target, args=(argument,), daemon=True).start()
    work.put(1)


telling.explore(scenario, executions=2)
telling.as_before()
