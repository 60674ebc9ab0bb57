"""select() on a socket that has something to read is one step; on one that never will, it doesn't come back.

Needs: select.poll

Prints:
    passes
    uncontrolled blocking: select.select([silent], [], [])
    left behind: 1
    otherwise as before
    as before
"""

import select
import socket
import threading

import telling

silent, other = socket.socketpair()


def in_threads(function):
    threads = [threading.Thread(target=function) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ready():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b".")

        def look():
            assert select.select([ours], [], [], 5) == ([ours], [], [])
            poll = select.poll()
            poll.register(ours, select.POLLIN)
            assert poll.poll(5000)

        in_threads(look)


def wait():
    select.select([silent], [], [])


def never():
    waiter = threading.Thread(target=wait)
    waiter.start()
    waiter.join()


telling.explore(ready)
telling.explore(never)
telling.as_before(left_behind=1)
other.close()
telling.as_before()
