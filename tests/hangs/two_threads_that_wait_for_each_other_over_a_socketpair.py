"""Two threads of which each reads first what the other would send: nobody else can run, and only what is outside could
end that. Told once the time is up.

Prints:
    uncontrolled blocking: received = ours.recv(1)
    as before
"""

import socket
import threading

import telling


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
