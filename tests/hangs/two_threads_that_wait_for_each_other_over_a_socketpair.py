"""Two threads of which each reads first what the other would send, and who ask as long as another thread can run: they
run and get nowhere. Told with both lines, and both end.

Prints:
    livelock: thread.join(), received = ours.recv(1), received = ours.recv(1)
    as before
"""

import socket
import threading

import telling

from stress.runtime.control import execution

execution.UNCHANGED = 2_000  # instead of several seconds of operations


def listen(ours):
    received = ours.recv(1)
    ours.sendall(received)


def scenario():
    ours, theirs = socket.socketpair()
    threads = [threading.Thread(target=listen, args=(end,)) for end in (ours, theirs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


telling.explore(scenario)
telling.as_before()
