"""A daemon that waits in a queue when all else has ended."""

import queue
import threading


def scenario():
    items, done = queue.Queue(), []

    def work():
        while True:
            done.append(items.get())
            items.task_done()

    threading.Thread(target=work, daemon=True).start()
    items.put(1)
    items.join()
    assert done == [1]
