"""Ctrl-C while a thread reads from a socket that nobody sends to: KeyboardInterrupt without waiting for its time
limit; the thread is left behind, and ends when its step comes back.

Prints:
    KeyboardInterrupt
    left behind: 1
    otherwise as before
    as before
"""

import signal
import socket
import threading

import telling

signal.signal(signal.SIGINT, signal.default_int_handler)
ours, theirs = socket.socketpair()


def read():
    signal.raise_signal(signal.SIGINT)
    ours.recv(1)


def scenario():
    reader = threading.Thread(target=read)
    reader.start()
    reader.join()


try:
    telling.explore(scenario, timeout=1000)
except KeyboardInterrupt:
    print("KeyboardInterrupt")
telling.as_before(left_behind=1)
theirs.close()
telling.as_before()
