"""An exploration in a thread other than the main one, with a failure and without, and with a thread that doesn't come
back.

Prints:
    passes
    deadlock: lock.acquire()
    uncontrolled blocking: ours.recv(1)
    left behind: 1
    otherwise as before
"""

import socket
import threading

import telling

ours, theirs = socket.socketpair()


def passes():
    thread = threading.Thread(target=[].append, args=(1,))
    thread.start()
    thread.join()


def deadlocks():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def waits():
    ours.recv(1)


def explore():
    for scenario in (passes, deadlocks, waits):
        telling.explore(scenario)


telling.process()
thread = threading.Thread(target=explore, name="explorer")
thread.start()
thread.join()
telling.as_before(left_behind=1)
