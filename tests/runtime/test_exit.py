"""A stuck thread never holds the interpreter's exit, whoever started it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEADER = """
import sys, threading, time, stress
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

def for_ever():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def for_ever_in_a_condition():
    threading.Event().wait()
"""

STUCK = {
    "scenario": "def scenario(): for_ever()",
    "thread": "def scenario(): threading.Thread(target=for_ever).start()",
    "thread of a thread": "def scenario(): threading.Thread(target=threading.Thread(target=for_ever).start).start()",
    "parallel": "def scenario(): stress.parallel(for_ever, for_ever)",
    "executor": "def scenario():\n    with ThreadPoolExecutor(2) as executor: executor.submit(for_ever)",
    "executor without shutdown": "executor = ThreadPoolExecutor(2)\ndef scenario(): executor.submit(for_ever).result()",
    "thread pool": "def scenario():\n    with ThreadPool(2) as pool: pool.apply(for_ever)",
    "endless loop": "def scenario():\n    while True: pass",
    "thread that starts a thread at last": (
        "def scenario():\n    try: for_ever_in_a_condition()\n    finally: threading.Thread(target=for_ever).start()"
    ),
    "thread that starts an executor at last": (
        "def scenario():\n    try: for_ever_in_a_condition()\n"
        "    finally:\n        with ThreadPoolExecutor(1) as executor: executor.submit(for_ever)"
    ),
    "thread that starts a thread later": (
        "def late():\n    time.sleep(0.8)\n    threading.Thread(target=for_ever).start()\n"
        "def scenario(): threading.Thread(target=late).start()"
    ),
    "chain of threads": (
        "def chain():\n    try: time.sleep(0.001)\n    except BaseException: pass\n"
        "    threading.Thread(target=chain).start()\n"
        "def scenario(): chain()"
    ),
    "long sleep": "def scenario(): threading.Thread(target=time.sleep, args=(3600,)).start()",
}


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", HEADER + code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("stuck", STUCK)
def test_the_interpreter_exits_after_an_exploration_with_a_stuck(stuck: str) -> None:
    ended = run(
        f"{STUCK[stuck]}\n"
        "failure = stress.explore(scenario, search='native', timeout=0.3).failure\n"
        "time.sleep(1 if 'late' in globals() else 0)\n"
        "print(failure.kind, sys.getswitchinterval())"
    )
    assert ended.stdout.split() == ["deadlock", "0.005"], ended.stderr
    assert ended.returncode == 0


def test_the_interpreter_exits_after_a_stuck_parallel() -> None:
    ended = run("try: stress.parallel(for_ever, timeout=0.2)\nexcept stress.Deadlock as e: print(e.failure.kind)")
    assert ended.stdout.split() == ["deadlock"] and ended.returncode == 0, ended.stderr


def test_the_interpreter_exits_after_ctrl_c() -> None:
    ended = run(
        "import _thread\n"
        "def scenario():\n"
        "    _thread.interrupt_main()\n"
        "    for_ever()\n"
        "try: stress.explore(scenario, search='native')\n"
        "except KeyboardInterrupt: print('interrupted', sys.getswitchinterval())"
    )
    assert ended.stdout.split() == ["interrupted", "0.005"] and ended.returncode == 0, ended.stderr


def test_an_exit_status_is_kept() -> None:
    ended = run("stress.explore(for_ever, search='native', timeout=0.2).failure\nsys.exit(7)")
    assert ended.returncode == 7, ended.stderr
