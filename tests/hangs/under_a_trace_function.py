"""Under a sys.settrace of somebody else's (a debugger's, or coverage's where it uses it): every line that the
scenario's threads run is traced as ever, and the trace function stays.

Prints:
    passes
    deadlock: lock.acquire()
    4 of 4 lines of work(), 7 of 7 lines of scenario()
    as before
"""

import sys
import threading

import telling

lines = set()


def trace(frame, event, argument):
    if frame.f_code.co_filename == __file__ and event == "line":
        lines.add(frame.f_lineno)
    return trace


def work(lock, numbers):
    with lock:
        numbers.append(1)
    numbers.append(2)
    numbers.append(3)


def scenario():
    lock = threading.Lock()
    threads = []
    for number in range(2):
        threads.append(threading.Thread(target=work, args=(lock, [number])))
        threads[-1].start()
    for thread in threads:
        thread.join()


def deadlocks():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def traced(function):
    its = {line for _, _, line in function.__code__.co_lines() if line} - {function.__code__.co_firstlineno}
    return f"{len(its & lines)} of {len(its)} lines of {function.__name__}()"


threading.settrace(trace)
sys.settrace(trace)
telling.explore(scenario)
telling.explore(deadlocks)
print(traced(work), traced(scenario), sep=", ")
telling.as_before()
sys.settrace(None)
threading.settrace(None)
