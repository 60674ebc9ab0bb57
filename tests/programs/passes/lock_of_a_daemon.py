"""A daemon that works under a lock for ever, and is ended there."""

import threading

EXECUTIONS = 10  # the daemon goes on for a while in each


def scenario():
    lock, box = threading.Lock(), [0]

    def work():
        while True:
            with lock:
                box[0] += 1

    threading.Thread(target=work, daemon=True).start()
    with lock:
        box[0] += 1
