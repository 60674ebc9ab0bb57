"""A child that is forked in the scenario's own thread and returns from the scenario ends there: it doesn't go on as a
second copy of the program.

Needs: os.fork

Prints:
    passes
    [0]
    as before
"""

import os
import threading
import warnings

import telling

warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on: fork() in a process with threads


def scenario():
    results = []
    thread = threading.Thread(target=results.append, args=(0,))
    thread.start()
    child = os.fork()
    if not child:
        return None
    results.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    thread.join()
    return max(results)


print([*telling.explore(scenario, executions=5, timeout=5).outcomes])
telling.as_before()
