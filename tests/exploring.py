"""Explores once, when it is imported: what is done once in a process is done then."""

import threading

import stress


def scenario() -> None:
    numbers: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        with lock:
            numbers.append(1)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


stress.explore(scenario, search="random", executions=2).raise_if_failed()
