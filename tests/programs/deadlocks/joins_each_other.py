"""Two threads wait for one another's end."""

import threading

SAYS = ("waits for the end of first", "waits for the end of second")


def scenario():
    threads = []
    started = threading.Event()

    def wait(other):
        started.wait()
        threads[other].join()

    threads += [threading.Thread(target=wait, args=(1 - n,), name=name) for n, name in enumerate(("first", "second"))]
    for thread in threads:
        thread.start()
    started.set()
