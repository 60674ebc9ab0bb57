"""The lock is held while a thread is joined that needs it."""

import threading

SAYS = ("waits for the end of worker", "waits for lock", "which scenario holds")


def scenario():
    lock = threading.Lock()

    def work():
        with lock:
            pass

    thread = threading.Thread(target=work, name="worker")
    with lock:
        thread.start()
        thread.join()
