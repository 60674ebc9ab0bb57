"""The inner lock of a waiting thread is no leak."""

import threading


def scenario():
    event = threading.Event()
    threading.Thread(target=lambda: event.wait(), daemon=True).start()
    event.is_set()
