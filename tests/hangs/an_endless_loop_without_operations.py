"""A loop that does nothing the scheduler sees is a step that doesn't come back: told, and the thread ends.

Prints:
    uncontrolled blocking: while True: pass  # noqa: E701  # fmt: skip
    as before
"""

import threading

import telling


def spin():
    while True: pass  # noqa: E701  # fmt: skip


def scenario():
    spinner = threading.Thread(target=spin)
    spinner.start()
    spinner.join()


telling.explore(scenario)
telling.as_before()
