"""Facts about the interpreter that runs us, each with a name; versions are compared nowhere else."""

import functools
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

# The name in `threading` through which every Thread.start() reaches C (CPython Lib/threading.py).
# From 3.13 it takes `daemon=`, and C code waits at exit for the threads that aren't; before that, Python code does,
# for the locks in `threading._shutdown_locks`.
EXIT_WAITS_IN_C: Final = sys.version_info >= (3, 13)
THREAD_STARTER: Final = "_start_joinable_thread" if EXIT_WAITS_IN_C else "_start_new_thread"

# Until 3.12 the mark that some thread has an asynchronous exception to raise is one for the whole interpreter, and
# stays until any thread raises one. While it stays, 3.11 repeats the first instruction of a traced function for ever
# (Python/ceval.c, DO_TRACING): so whoever sets it has to see that it goes.
ASYNC_EXCEPTION_IS_PER_THREAD: Final = sys.version_info >= (3, 13)

# 3.11 collects garbage in the midst of an allocation: reading `f_back` of another thread's frame allocates a frame
# object, a finalizer lets that thread run, and what is read is gone (seen to crash). From 3.12 on, between bytecodes.
COLLECTS_IN_ALLOCATIONS: Final = sys.version_info < (3, 12)

# Where the callable of a call lies on the value stack, counted from the first argument downwards. Until 3.12 a NULL (or
# the method) lies below the callable (or the receiver); from 3.13 on the callable lies below a NULL (or the receiver).
CALLABLE_BELOW_ARGUMENTS: Final = 2 if sys.version_info >= (3, 13) else 1

# Until 3.12 a cell of the running frame is pushed by an opcode of its own; from 3.13 on LOAD_FAST does it.
CELL_OPCODE: Final = "LOAD_FAST" if sys.version_info >= (3, 13) else "LOAD_CLOSURE"

# Until 3.12 the data of threading.local lies in the dict of the thread state (Modules/_threadmodule.c), where it can be
# seen; from 3.13 on it doesn't.
LOCALS_ARE_IN_THREAD_DICT: Final = sys.version_info < (3, 13)

# From 3.12 on sys.monitoring (PEP 669) tells of a function's first call alone; before that sys.setprofile tells of all.
HAS_MONITORING: Final = sys.version_info >= (3, 12)

# How many references to its operand a hook's calls hold where `sys.getrefcount` is asked: the hook's own parameter, and
# until 3.13 also the parameter of what it calls and the argument of `getrefcount`. From 3.14 on a variable's value is
# handed on borrowed, which isn't counted.
HOOK_REFERENCES: Final = 1 if sys.version_info >= (3, 14) else 3

# The opcodes that put a borrowed reference on the value stack, and those that put one of its own there (from 3.14 on).
BORROWING_OPCODES: Final = {
    borrowing: borrowing.replace("_BORROW", "")
    for borrowing in ("LOAD_FAST_BORROW", "LOAD_FAST_BORROW_LOAD_FAST_BORROW")
    if sys.version_info >= (3, 14)
}

# 3.12 begins with a few hundred objects of the interpreter's own in the collector's permanent generation; who freezes
# his own freezes many times as many.
FROZEN_AT_START: Final = 1000


def _keeps_what_came_meanwhile() -> bool:
    made: defaultdict[str, int] = defaultdict(lambda: made.setdefault("key", 1) + 1)
    return made["key"] == 1


# Whether a defaultdict keeps a value that came while it called its factory, as 3.14 does in later releases; before, it
# is overwritten.
DEFAULTDICT_KEEPS: Final = _keeps_what_came_meanwhile()


Function = TypeVar("Function", bound=Callable[..., Any])


def unprofiled(function: Function) -> Function:
    """The same function; where sys.setprofile tells of calls, none of those that it makes itself are told. For ours, in
    which nothing of the scenario runs: until 3.11 each event copies a frame's variables into a dict and back
    (Python/sysmodule.c, call_trampoline), which costs more than what is done here."""
    if HAS_MONITORING:
        return function

    @functools.wraps(function)
    def quiet(*args: Any, **keywords: Any) -> Any:
        profile = sys.getprofile()
        if not callable(profile):  # there is none, or it is C code's, as cProfile's
            return function(*args, **keywords)
        sys.setprofile(None)
        try:
            return function(*args, **keywords)
        finally:
            if sys.getprofile() is None:  # else another one was set meanwhile
                sys.setprofile(profile)

    return cast(Function, quiet)


def counts_references() -> bool:
    """Whether `sys.getrefcount` counts every reference: not on a free-threaded build (deferred and per-thread counts),
    and not under a JIT, which may leave pairs of counts out."""
    jit = getattr(sys, "_jit", None)
    return not sysconfig.get_config_var("Py_GIL_DISABLED") and not (jit is not None and jit.is_enabled())


def gil_enabled() -> bool:
    """Whether the running interpreter has its GIL on now: a free-threaded build may have it on (PEP 703)."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return True if ask is None else bool(ask())


def processor_time(native_id: int) -> int | None:
    """Nanoseconds that a thread of this process has been running; None where the system doesn't tell."""
    try:  # Linux, Documentation/scheduler/sched-stats.rst
        with open(f"/proc/self/task/{native_id}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return None
