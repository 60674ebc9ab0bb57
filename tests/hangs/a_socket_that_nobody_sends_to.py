"""A thread reads from a socket that nobody ever sends to: told by its line, and the thread is left behind. It ends
when its step comes back at last.

Prints:
    uncontrolled blocking: received = ours.recv(1)
    left behind: 1
    otherwise as before
    as before
"""

import socket
import threading

import telling

ours, theirs = socket.socketpair()


def read():
    received = ours.recv(1)
    assert not received


def scenario():
    reader = threading.Thread(target=read)
    reader.start()
    reader.join()


telling.explore(scenario)
telling.as_before(left_behind=1)
theirs.close()  # comes back
telling.as_before()
