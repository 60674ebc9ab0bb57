"""Two threads talk over a socketpair. What waits in the kernel for a thread that isn't let run never comes back: told
by its line, and both are left behind, since unwinding the one doesn't wake up the other.

Prints:
    uncontrolled blocking: received = ours.recv(1)
    left behind: 1
    otherwise as before
    as before
"""

import socket
import threading

import telling

pairs = []


def ask(ours):
    ours.sendall(b"?")
    received = ours.recv(1)
    assert received == b"!"


def answer(theirs, turns):
    turns.append(1)
    received = theirs.recv(1)
    assert received == b"?"
    theirs.sendall(b"!")


def scenario():
    ours, theirs = socket.socketpair()
    pairs.append((ours, theirs))
    threads = [threading.Thread(target=ask, args=(ours,)), threading.Thread(target=answer, args=(theirs, []))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


telling.explore(scenario)
telling.as_before(left_behind=1)
for pair in pairs:
    for end in pair:
        end.close()
    pairs[-1][0].close()
telling.as_before()
