"""A thread that recurses to the limit gets its RecursionError, as ever, and may go on after it; one that doesn't catch
it fails by it.

Prints:
    passes
    error RecursionError: return numbers[0] + deeper(numbers)
    as before
"""

import threading

import telling


def deeper(numbers):
    return numbers[0] + deeper(numbers)


def caught(numbers):
    try:
        deeper(numbers)
    except RecursionError:
        numbers.append(1)


def in_threads(function):
    def scenario():
        numbers = [0]
        threads = [threading.Thread(target=function, args=(numbers,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return scenario


telling.explore(in_threads(caught), executions=3)
telling.explore(in_threads(deeper))
telling.as_before()
