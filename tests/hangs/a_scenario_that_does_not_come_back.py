"""The scenario's own thread in a step that doesn't come back, while others wait for their turn: told, and the others
end.

Prints:
    uncontrolled blocking: while True: pass  # noqa: E701  # fmt: skip
    as before
"""

import threading

import telling


def work(numbers):
    numbers.append(1)
    numbers.append(2)


def scenario():
    numbers = []
    for _ in range(3):
        threading.Thread(target=work, args=(numbers,)).start()
    while True: pass  # noqa: E701  # fmt: skip


telling.explore(scenario)
telling.as_before()
