"""A thread stays in a step when the scenario's own thread has done all it does: nothing but that thread is waited for,
and left behind.

Prints:
    uncontrolled blocking: received = ours.recv(1)
    left behind: 1
    otherwise as before
"""

import socket
import threading

import telling

ours, theirs = socket.socketpair()


def read():
    received = ours.recv(1)
    assert not received


def scenario():
    threading.Thread(target=read).start()


telling.explore(scenario, executions=1)
telling.as_before(left_behind=1)
