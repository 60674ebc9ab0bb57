"""Two threads talk over a socketpair: one that waits in the kernel for the other doesn't keep the turn.

Prints:
    passes
    as before
"""

import socket
import threading

import telling


def ask(ours):
    ours.sendall(b"?")
    received = ours.recv(1)
    assert received == b"!"


def answer(theirs):
    received = theirs.recv(1)
    assert received == b"?"
    theirs.sendall(b"!")


def scenario():
    ours, theirs = socket.socketpair()
    threads = [threading.Thread(target=ask, args=(ours,)), threading.Thread(target=answer, args=(theirs,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ours.close()
    theirs.close()


telling.explore(scenario)
telling.as_before()
