"""Under coverage, the lines that the scenario's threads ran are covered, those that it didn't aren't.

Needs: coverage

Prints:
    passes
    as before
    missing: numbers.append(2)
"""

import linecache
import threading

import coverage
import telling


def work(lock, numbers):
    with lock:
        numbers.append(1)
    if len(numbers) > 5:
        numbers.append(2)
    return numbers


def scenario():
    lock = threading.Lock()
    threads = [threading.Thread(target=work, args=(lock, [])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


measured = coverage.Coverage(data_file=None, include=[__file__], config_file=False)
measured.start()
telling.explore(scenario)
telling.as_before()
measured.stop()
_, _, _, missing, _ = measured.analysis2(__file__)
inside = [
    line
    for function in (work, scenario)
    for _, _, line in function.__code__.co_lines()
    if line not in (None, function.__code__.co_firstlineno)
]
print("missing:", *(linecache.getline(__file__, line).strip() for line in missing if line in inside))
