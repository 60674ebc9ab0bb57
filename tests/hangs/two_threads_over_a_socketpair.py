"""Two threads talk over a socketpair: who reads and finds nothing is asked again as long as another thread can run, so
that they come to their end in any order.

Prints:
    passes
    [('?', '!')]
    as before
"""

import socket
import threading

import telling


def ask(ours, heard):
    with ours:
        ours.sendall(b"?")
        heard.append(ours.recv(1).decode())


def answer(theirs, heard):
    with theirs:
        heard.append(theirs.recv(1).decode())
        theirs.sendall(b"!")


def scenario():
    ours, theirs = socket.socketpair()
    heard = []
    threads = [threading.Thread(target=ask, args=(ours, heard)), threading.Thread(target=answer, args=(theirs, heard))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tuple(heard)


print([*telling.explore(scenario, executions=20).outcomes])
telling.as_before()
