"""keep_going after a step that didn't come back: the next executions are as good as the first, although a new thread
may get the identifier of the one that was left behind and has ended.

Prints:
    uncontrolled blocking: while True: pass  # noqa: E701  # fmt: skip
    executions: 4, failures: 1
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


exploration = telling.explore(scenario, executions=4, timeout=0.2, keep_going=True)
print(f"executions: {exploration.executions}, failures: {len(exploration.failures)}")
telling.as_before()
