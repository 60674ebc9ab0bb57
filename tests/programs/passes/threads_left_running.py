"""Nobody waits for them, and they end."""

import threading


def scenario():
    box = [0]

    def work():
        box[0] += 1

    for _ in range(3):
        threading.Thread(target=work).start()
