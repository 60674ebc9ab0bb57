"""What a case tells: the verdict, and whether the process is as it was before it explored.

A case is a program of its own, which imports this by its folder: never anything of pytest.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Callable
from typing import Any

import stress

PATIENCE = 5.0  # real seconds, for what only has to come to pass at some time


def explore(scenario: Callable[[], object], **settings: Any) -> stress.Exploration:
    """Explores under control, with little patience for what doesn't come back, and prints the verdict."""
    process()
    exploration = stress.explore(scenario, **{"search": "random", "executions": 10, "timeout": 0.5} | settings)
    print(told(exploration))
    return exploration


def many(number: int) -> int:
    """How many of something there are: all in CI, a quarter of them else (see tests/effort.py)."""
    return number if os.environ.get("CI") else number // 4


def told(exploration: stress.Exploration) -> str:
    """passes; or the kind of the failure, with the lines where it went wrong."""
    failure = exploration.failure
    if failure is None:
        return "passes"
    places = ", ".join(site.text for site in failure.sites) or "nowhere"
    what = "" if failure.exception is None else f" {type(failure.exception).__name__}"
    return f"{failure.kind}{what}: {places}"


def come(condition: Callable[[], object]) -> bool:
    """Whether it comes true, at some time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


# --- the process ------------------------------------------------------------------------------------------------------

_before: dict[str, object] = {}
_codes: list[tuple[types.FunctionType, types.CodeType]] = []


def process() -> None:
    """Notes how the process is, the first time that it is called."""
    if not _before:
        _codes.extend((each, each.__code__) for each in gc.get_objects() if type(each) is types.FunctionType)
        _before.update(_now())


def as_before(left_behind: int = 0) -> None:
    """Prints "as before", or what isn't. So many threads may be in steps that don't come back."""
    many = int(str(_before["OS threads"]))
    if left_behind:
        print("left behind:", _os_threads() - many if come(lambda: _os_threads() == many + left_behind) else "others")
    else:
        come(lambda: _os_threads() == many)
    different = [
        f"{name}: {value} (was {_before[name]})"
        for name, value in _now().items()
        if value != _before[name] and not (left_behind and "threads" in name)
    ]
    different += [f"code of {function.__qualname__}" for function, code in _codes if function.__code__ is not code]
    print("\n".join(different) or f"{'otherwise ' if left_behind else ''}as before")


def _now() -> dict[str, object]:
    found: dict[str, object] = {
        "threads": [thread.name for thread in threading.enumerate()],
        "OS threads": _os_threads(),
        "affinity": os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None,
        "policy": os.sched_getscheduler(0) if hasattr(os, "sched_getscheduler") else None,
        "switch interval": sys.getswitchinterval(),
        "gc": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
        "trace": (sys.gettrace(), threading.gettrace()),
        "profile": (sys.getprofile(), threading.getprofile()),
        "threading.excepthook": threading.excepthook,
        "sys.unraisablehook": sys.unraisablehook,
        "signals": {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)},
        "recursion limit": sys.getrecursionlimit(),
    }
    if monitoring := getattr(sys, "monitoring", None):
        found["monitoring"] = [(monitoring.get_tool(tool)) for tool in range(6)]
    return found


def _os_threads() -> int:
    """How many there are, on Linux."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def forget() -> None:
    """The next exploration notes anew how the process is, once it is quiet."""
    come(lambda: _os_threads() == _before["OS threads"])
    _before.clear()
    _codes.clear()
