"""1,000 threads alive at once, which wait for one another.

Prints:
    passes
    True
    as before
"""

import threading

import telling

THREADS = telling.many(1000)


def count(event, counter):
    event.wait()
    counter.append(1)


def scenario():
    event, counter = threading.Event(), []
    threads = [threading.Thread(target=count, args=(event, counter)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    event.set()
    for thread in threads:
        thread.join()
    return len(counter)


print([*telling.explore(scenario, executions=1, timeout=10).outcomes] == [THREADS])
telling.as_before()
