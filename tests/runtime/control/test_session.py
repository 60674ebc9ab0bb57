"""An exploration and the process that it runs in: the same seed, the same verdict; as before afterwards."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import queue
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

import stress
from stress._compat import FROZEN_AT_START
from tests.controlled import explored, failure, side_by_side

# --- as before afterwards ---------------------------------------------------------------------------------------------

LIBRARY = [
    "_weakrefset",
    "asyncio.threads",
    "collections",
    "concurrent.futures._base",
    "concurrent.futures.thread",
    "contextlib",
    "functools",
    "importlib._bootstrap",
    "logging",
    "multiprocessing.pool",
    "queue",
    "sched",
    "selectors",
    "threading",
    "weakref",
]


def functions_of(module: types.ModuleType) -> Iterator[tuple[str, types.FunctionType]]:
    for name, thing in vars(module).items():
        if isinstance(thing, types.FunctionType):
            yield f"{module.__name__}.{name}", thing
        elif isinstance(thing, type) and thing.__module__ == module.__name__:
            for inner, function in vars(thing).items():
                function = getattr(function, "fget", None) or getattr(function, "__func__", function)
                if isinstance(function, types.FunctionType):
                    yield f"{module.__name__}.{name}.{inner}", function


def monitoring() -> Any:
    watched = getattr(sys, "monitoring", None)
    return watched and [
        (watched.get_tool(tool), watched.get_tool(tool) and watched.get_events(tool)) for tool in range(6)
    ]


def affinities() -> dict[str, Any]:
    if not hasattr(os, "sched_getaffinity"):
        return {}
    mine = threading.get_native_id()
    return {"affinity": os.sched_getaffinity(mine), "policy": os.sched_getscheduler(mine)}


def os_threads() -> set[int]:
    return set(map(int, os.listdir("/proc/self/task"))) if os.path.isdir("/proc/self/task") else set()


def state() -> dict[str, Any]:
    """All that an exploration must leave as it was."""
    modules = [importlib.import_module(name) for name in LIBRARY]
    return {
        **affinities(),
        "threads": {id(thread): thread.name for thread in threading.enumerate()},
        "_active": dict(threading._active),  # type: ignore[attr-defined]
        "os threads": os_threads(),
        "switch interval": sys.getswitchinterval(),
        # what is frozen may die at any time: how much it is says nothing
        "frozen": gc.get_freeze_count() > FROZEN_AT_START,
        "gc": (gc.isenabled(), gc.get_threshold(), gc.get_debug(), list(gc.callbacks)),
        "trace": (sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()),
        "monitoring": monitoring(),
        "excepthooks": (sys.excepthook, sys.unraisablehook, threading.excepthook),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "names": {module.__name__: set(vars(module)) for module in modules},
        "functions": {name: id(function) for module in modules for name, function in functions_of(module)},
        "code": {name: function.__code__ for module in modules for name, function in functions_of(module)},
        "classes": [set(vars(kind)) for kind in (threading.Thread, Future, ThreadPoolExecutor, queue.Queue)],
        "sleep": (time.sleep, time.monotonic, time.time, threading.Lock, threading.RLock),
        "recursion": sys.getrecursionlimit(),
        "argv": (list(sys.argv), list(sys.path), os.getcwd()),
        "filters": [
            list(logger.filters) for logger in (importlib.import_module("logging").getLogger("concurrent.futures"),)
        ],
    }


def uses_a_lot() -> None:
    """Locks, queues, executors and clocks."""
    items: queue.Queue[int] = queue.Queue()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(items.put, 1).result()
    side_by_side(items.get)
    time.sleep(1)
    threading.Timer(1, lambda: None).start()


def passes() -> None:
    assert explored(uses_a_lot, 5).failure is None


def fails() -> None:
    def scenario() -> None:
        uses_a_lot()
        raise ValueError("always")

    failure(scenario, "error")


def deadlocks() -> None:
    def scenario() -> None:
        uses_a_lot()
        lock = threading.Lock()
        side_by_side(lambda: lock.acquire(), lambda: lock.acquire())

    failure(scenario, "deadlock")


def leaves_daemons() -> None:
    def scenario() -> None:
        for target in (threading.Event().wait, queue.SimpleQueue().get):
            threading.Thread(target=target, daemon=True).start()

    assert explored(scenario, 5).failure is None


def is_interrupted() -> None:
    def interrupt(_: stress.Exploration) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stress.explore(uses_a_lot, search="random", executions=1000, progress=interrupt)


def is_interrupted_in_a_thread() -> None:
    def scenario() -> None:
        uses_a_lot()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explored(scenario)


def meets_no_source() -> None:
    with pytest.raises(stress.NothingInstrumented):  # type: ignore[attr-defined]
        explored(int)


@pytest.mark.parametrize(
    "exploring",
    [passes, fails, deadlocks, leaves_daemons, is_interrupted, is_interrupted_in_a_thread, meets_no_source],
)
def test_all_is_as_before_afterwards(exploring: Callable[[], None]) -> None:
    explored(uses_a_lot, 1)  # imports and caches are there
    gc.enable()  # whatever that one left
    before = state()
    exploring()
    assert_as(before)


def assert_as(before: dict[str, Any], *but: str) -> None:
    """All is as before. An OS thread that was told to end may take a moment to be gone from /proc; those that were just
    ending before are gone."""
    deadline = time.monotonic() + 20
    while os_threads() - before["os threads"] and time.monotonic() < deadline:
        os.sched_yield()
    after = state()
    assert not after["os threads"] - before["os threads"]
    for name in before.keys() - {"os threads", *but}:
        assert after[name] == before[name], name


def test_all_is_as_before_after_a_step_that_did_not_come_back() -> None:
    """But for the thread that is stuck: it stays until its step comes back."""
    release = os.pipe()

    def scenario() -> None:
        uses_a_lot()
        side_by_side(lambda: hangs(release[0]))

    def hangs(end: int) -> None:
        while not stuck_in_c(end):
            pass

    gc.enable()
    before = state()
    found = failure(scenario, "uncontrolled blocking", timeout=0.5)
    assert "read(end" in str(found)
    os.write(release[1], b"x" * 10)
    assert_as(before, "threads", "_active")
    for end in release:
        os.close(end)


def stuck_in_c(end: int) -> bool:
    """A wait that nothing controls: C code's own."""
    import ctypes

    read = ctypes.CDLL(None).read
    return bool(read(end, ctypes.create_string_buffer(1), 1))


# --- the same seed, the same verdict ----------------------------------------------------------------------------------


def racy() -> Any:
    box, log = [0], []

    def add(name: str) -> None:
        value = box[0]
        box[0] = value + 1
        log.append(name)

    side_by_side(lambda: add("a"), lambda: add("b"), lambda: add("c"))
    return box[0], "".join(log)


def rare() -> None:
    assert racy() != (1, "cba")


def verdict(seed: int) -> tuple[Any, ...]:
    exploration = explored(rare, 3000, seed=seed)
    return exploration.executions, exploration.failure is not None and exploration.failure.sites


def test_the_same_seed_gives_the_same_verdict() -> None:
    found = verdict(3)
    assert found[1]
    assert verdict(3) == found


def test_another_seed_gives_another_walk() -> None:
    first = verdict(0)[0]
    assert any(verdict(seed)[0] != first for seed in range(1, 5))


def test_the_number_of_executions_does_not_change_what_each_does() -> None:
    few, many = [list(explored(racy, number).outcomes) for number in (20, 60)]
    assert many[: len(few)] == few


def test_what_ran_before_changes_nothing() -> None:
    first = list(explored(racy, 40).outcomes)
    explored(uses_a_lot, 3)
    assert list(explored(racy, 40).outcomes) == first


# --- where it runs ----------------------------------------------------------------------------------------------------


def test_it_runs_in_a_thread_other_than_the_main_one() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(explored(racy, 50).outcomes))
    thread.start()
    thread.join()
    assert len(found[0]) > 1


def test_a_second_exploration_at_once_is_refused_and_names_the_first() -> None:
    refused: list[str] = []

    def inner() -> None:
        try:
            explored(racy, 1)
        except RuntimeError as error:
            refused.append(str(error))

    def other_thread(_: stress.Exploration) -> None:
        thread = threading.Thread(target=inner)
        thread.start()
        thread.join()

    stress.explore(racy, search="random", executions=1, progress=other_thread)
    assert "explores racy already" in refused[0]


def test_threads_of_before_go_on_beside_it() -> None:
    counted, stop = [0], threading.Event()

    def count() -> None:
        while not stop.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    try:
        seen = None
        while seen in (None, counted[0]):  # an exploration may be over before the system lets the other thread run
            seen = counted[0]
            assert len(explored(racy, 20).outcomes) > 1
    finally:
        stop.set()
        thread.join()


def test_many_explorations_one_after_another() -> None:
    def explore_it(seed: int) -> None:
        assert explored(lambda: side_by_side(lambda: None), 1, seed=seed).failure is None

    explore_it(0)
    before = len(os_threads())  # tests before this one may have left stuck threads behind
    for seed in range(1, 31):
        explore_it(seed)
    while len(os_threads()) > before:  # the system forgets a thread that has ended a moment later
        time.sleep(0)


def test_a_deadlock_is_told_at_once_after_the_standard_library_got_hooks() -> None:
    """What runs in our own threads is taken for nobody's from before: those would be waited for."""

    def scenario() -> None:
        with contextlib.suppress(KeyError):
            side_by_side(lambda: None, lambda: None, lambda: None)
        threading.local().value = 1  # its thread ends, and another one begins
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    exploration = explored(scenario, timeout=1000)  # else it takes as long
    assert exploration.failure is not None and exploration.failure.kind == "deadlock"
    assert not any("threads that were there before" in text for text in exploration.assumptions)


SERVES = """
def serve():
    while asked.acquire() and not over:
        event.set()
        event.clear()
        done.release()
"""
ASKS = """
def ask():
    asked.release()
    done.acquire()
"""


@pytest.mark.parametrize(("module", "alone"), [("xdist.remote", True), ("__channelexec__", True), ("jobs", False)])
def test_a_thread_of_a_test_tool_has_no_part_in_a_scenario(module: str, alone: bool) -> None:
    """pytest-xdist has one that is told at any time what to run next. Another one may do something to the scenario."""
    shared = {"event": threading.Event(), "asked": threading.Lock(), "done": threading.Lock(), "over": []}
    server, asking = {"__name__": module, **shared}, {"__name__": "pytest", **shared}
    exec(compile(SERVES, "<none>", "exec"), server)
    exec(compile(ASKS, "<none>", "exec"), asking)
    shared["asked"].acquire()
    shared["done"].acquire()
    thread = threading.Thread(target=server["serve"])
    thread.start()

    def scenario() -> None:
        event = threading.Event()
        side_by_side(event.set, event.set)
        asking["ask"]()

    exploration = stress.explore(scenario, search="dpor")
    shared["over"].append(True)
    shared["asked"].release()
    thread.join()
    assert exploration.exhausted is alone, str(exploration)


def test_a_thread_of_before_may_use_what_has_hooks_for_the_scenarios_sake() -> None:
    asked, done = threading.Lock(), threading.Lock()
    asking = {"__name__": "pytest", "asked": asked, "done": done}
    exec(compile(ASKS, "<none>", "exec"), asking)
    asked.acquire()
    done.acquire()
    over: list[bool] = []
    raised: list[BaseException] = []

    def serve() -> None:
        while asked.acquire() and not over:
            try:
                with contextlib.suppress(KeyError):
                    raise KeyError
            except BaseException as error:
                raised.append(error)
            done.release()

    thread = threading.Thread(target=serve)
    thread.start()

    def scenario() -> None:
        with contextlib.suppress(KeyError):
            asking["ask"]()  # type: ignore[operator]

    exploration = explored(scenario, 1)
    over.append(True)
    asked.release()
    thread.join()
    assert exploration.failure is None and not raised


def test_a_scenario_may_clear_the_callbacks_of_garbage_collection() -> None:
    before = list(gc.callbacks)
    try:
        exploration = stress.explore(lambda: stress.parallel(gc.callbacks.clear), search="random", executions=2)
    finally:
        gc.callbacks[:] = before
    assert exploration.failure is None and exploration.executions == 2
