"""A daemon whose end somebody waits for gets nothing out of a queue: the guard's time-out is told with what it waits
for."""

import queue
import threading

SAYS = (
    "before that a join timed out, since nobody could run:\ndeadlock: no thread can run",
    "waits for items (queue.Queue)",
)


def scenario():
    items = queue.Queue()
    taker = threading.Thread(target=lambda: items.get(), daemon=True)
    taker.start()
    taker.join(5)
    assert not taker.is_alive()
