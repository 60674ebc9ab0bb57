"""A join with a time limit, and the assertion that is usual after it."""

import threading


def scenario():
    box = [0]

    def work():
        for _ in range(5):
            box[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
