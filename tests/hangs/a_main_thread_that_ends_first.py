"""The main thread ends while another thread explores: the interpreter waits for it as for any thread that isn't a
daemon, and ends with it.

Fails on 3.12: it starts no thread once the main one has ended

Prints:
    passes
    passes
    deadlock: lock.acquire()
"""

import threading

import telling


def passes():
    thread = threading.Thread(target=[].append, args=(1,))
    thread.start()
    thread.join()


def deadlocks():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def explore():
    threading.main_thread().join()
    telling.explore(passes)
    telling.explore(deadlocks)


telling.explore(passes)  # imports what can't be imported any more when the main thread has ended
threading.Thread(target=explore).start()
