"""Only a time-out that comes early shows it."""

import threading

SAYS = ("early", "done.wait(5)")


def scenario():
    done, box = threading.Event(), []

    def work():
        for _ in range(50):
            box.append(1)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    done.wait(5)
    assert len(box) == 50
    thread.join()
