"""A scenario's child processes aren't controlled and come to no harm: they run to their end, on all CPUs that this
process may use, scheduled as usual, with their clock running. For this process each is one step.

Prints:
    passes
    [((0, 'done'), 0)]
    as before
"""

import os
import shlex
import subprocess
import sys
import threading

import telling

CHILD = """
import os, sys, threading, time
before = time.monotonic()
time.sleep(0.01)
assert time.monotonic() > before
if hasattr(os, "sched_getaffinity"):
    assert os.sched_getaffinity(0) == set(map(int, sys.argv[1].split(","))), os.sched_getaffinity(0)
    assert os.sched_getscheduler(0) == int(sys.argv[2]), os.sched_getscheduler(0)
thread = threading.Thread(target=print, args=("done",))
thread.start()
thread.join()
"""

affinity, policy = "", ""
if hasattr(os, "sched_getaffinity"):
    affinity = ",".join(map(str, os.sched_getaffinity(0)))
    policy = str(os.sched_getscheduler(0))
command = [sys.executable, "-c", CHILD, affinity, policy]


def by_subprocess(results):
    ended = subprocess.run(command, capture_output=True, text=True)
    results.append((ended.returncode, ended.stdout.strip() or ended.stderr))


def by_shell(results):
    results.append(os.system(f"{shlex.join(command)} >{os.devnull}"))


def scenario():
    found, status = [], []
    threads = [threading.Thread(target=by_subprocess, args=(found,)), threading.Thread(target=by_shell, args=(status,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return *found, *status


print([*telling.explore(scenario, executions=3, timeout=20).outcomes])
telling.as_before()
