"""Threads that hold nobody's exit, and those that do, let go.

The interpreter waits at its exit for every thread that isn't a daemon. A scenario's thread may be stuck for ever, and
must not be a daemon either: the threads that it starts would inherit that, and code may ask. So a FreeThread is a
daemon for CPython and none for everybody who looks.
"""

from __future__ import annotations

import _thread
import concurrent.futures.thread
import ctypes
import functools
import inspect
import reprlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Final, TypeVar, cast

from stress._compat import ASYNC_EXCEPTION_IS_PER_THREAD, EXIT_WAITS_IN_C
from stress.events import printable
from stress.runtime.stacks import frames, uncollected, waiter_of

Function = TypeVar("Function", bound=Callable[..., Any])

MARKED: Final = 0.005  # seconds
FAREWELLS: Final = 5  # how often threads that are left behind are told to end
FAREWELL: Final = 0.01  # seconds, after each
LOOKS: Final = 0.001  # seconds, between looks whether they have


class FreeThread(threading.Thread):
    """A thread that isn't a daemon, and for which the interpreter's exit doesn't wait all the same."""

    def __init__(self, target: Callable[[], object], name: str) -> None:
        super().__init__(name=name, daemon=False)
        self._call = target
        self._pretends = False
        self._gate = _thread.allocate_lock()

    def start(self) -> None:
        # Thread.start() asks for `daemon` when it tells C (from 3.13); the new thread asks before start() returns
        # (3.11, 3.12). The gate keeps `target` from running while the answer is a pretence.
        self._gate.acquire()
        self._pretends = True
        try:
            super().start()
        finally:
            self._pretends = False
            self._gate.release()

    def run(self) -> None:
        with self._gate:
            pass
        self._call()

    @property
    def daemon(self) -> bool:
        return self._pretends

    @daemon.setter
    def daemon(self, daemonic: bool) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]  a property there too
        raise RuntimeError("cannot set daemon status of active thread")  # as CPython says of a running thread


def label_of(thread: threading.Thread) -> str:
    """The thread's name, as it is printed, without running what a subclass makes of it."""
    return printable(str(vars(thread).get("_name", "a thread")))


def ident_of(thread: threading.Thread) -> int:
    """The thread's identifier, likewise; 0 if it hasn't begun."""
    return vars(thread).get("_ident") or 0


def native_id_of(thread: threading.Thread) -> int:
    """The system's identifier of the thread, likewise."""
    return vars(thread).get("_native_id") or 0


def is_there(thread: threading.Thread) -> bool:
    """Whether it has begun, and not ended."""
    return vars(threading)["_active"].get(ident_of(thread)) is thread


def leave_behind(threads: Callable[[], list[threading.Thread]]) -> list[threading.Thread]:
    """The threads, which it is asked for anew each time, lose their hold on the interpreter's exit, and those that can
    end do. Returns the others. They are told more than once: one may be in a finalizer or in a generator that is
    dropped, where the interpreter ignores it, in a call that catches it, and until 3.12 one may miss it."""
    left = threads()
    for _ in range(FAREWELLS):
        if not left:
            break
        let_go(left)
        _end(left)
        deadline = time.monotonic() + FAREWELL
        while (left := threads()) and time.monotonic() < deadline:
            time.sleep(LOOKS)
    return left


def let_go(threads: Iterable[threading.Thread]) -> None:
    """The interpreter's exit no longer waits for these threads, and what they raise from now on is nobody's affair."""
    for thread in threads:
        vars(thread)["_invoke_excepthook"] = _ignore  # the thread's own way to its excepthook
        if not EXIT_WAITS_IN_C:
            with vars(threading)["_shutdown_locks_lock"]:
                vars(threading)["_shutdown_locks"].discard(vars(thread)["_tstate_lock"])
        # concurrent.futures joins its workers at exit on its own account. By identity: one may define its equality.
        queues = cast(MutableMapping[threading.Thread, object], concurrent.futures.thread._threads_queues)
        for worker in [worker for worker in queues if worker is thread]:
            del queues[worker]


def _ignore(thread: threading.Thread) -> None:
    """Stands for a thread's excepthook."""


def unhandled(
    hand_on: Callable[[threading.Thread], object],
    thread: threading.Thread,
    unwinds: tuple[type[BaseException], ...] = (),
) -> list[BaseException]:
    """Tells threading.excepthook of the exception that leaves the current thread, as CPython does by `hand_on`. A hook
    that raises something itself, but for what `unwinds` it, has handled nothing: then gives both, but for exits."""
    hook, exception = vars(threading)["excepthook"], sys.exception()
    if hand_on is _ignore or hook is None or exception is None:
        hand_on(thread)
        return []
    try:
        hook(threading.ExceptHookArgs([type(exception), exception, exception.__traceback__, thread]))
    except unwinds:
        raise
    except BaseException as of_hook:
        found = [exception] if of_hook is exception else [exception, of_hook]
        return [each for each in found if not isinstance(each, SystemExit)]
    return []


def _marks_taken_away(function: Function) -> Function:
    """Until 3.12: as long as this function runs, and once more after it, another thread takes away the mark that an
    exception waits for some thread. (The calling one may be traced, and then can't go on while the mark is there.)"""
    if ASYNC_EXCEPTION_IS_PER_THREAD:
        return function

    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        over: list[None] = []
        _thread.start_new_thread(_take_marks_away, (over,))
        try:
            return function(*args)
        finally:
            over.append(None)

    return cast(Function, wrapped)


def _take_marks_away(over: list[None]) -> None:
    last = False
    while not last:
        last = bool(over)
        time.sleep(MARKED)  # those that it is meant for have their chance
        try:  # not suppress(): contextlib has hooks while a scenario runs
            _raise_in(_thread.get_ident())  # who raises one takes the mark away
            for _ in range(10_000):  # it comes at once
                pass
        except SystemExit:
            pass


@_marks_taken_away
@uncollected
def _end(threads: Iterable[threading.Thread]) -> None:
    """SystemExit is raised in each at its next bytecode (CPython's PyThreadState_SetAsyncExc), and one that waits in a
    Condition (so in an Event, a Queue, a Barrier) is woken up for it. A thread that waits for a lock for ever never
    gets there: it stays, without a processor.
    """
    for thread in threads:
        ident = ident_of(thread)
        frame = frames([ident]).get(ident)
        if frame is None or not is_there(thread):
            continue  # it has ended, and another thread may have got its identifier
        _raise_in(ident)
        waiter = waiter_of(frame)
        if waiter is not None and waiter.locked():
            waiter.release()


@_marks_taken_away
def let_be(threads: Iterable[threading.Thread]) -> None:
    """Takes back from threads that couldn't end what waits for them: until 3.12 it would be raised whenever the
    interpreter looks next, in a callback of the garbage collector, say."""
    if ASYNC_EXCEPTION_IS_PER_THREAD:
        return
    for thread in threads:
        if is_there(thread):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident_of(thread)), None)


def _raise_in(ident: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(SystemExit))


def name_of(function: Callable[..., object]) -> str:
    """A short name of a callable, a partial's with its arguments: transfer('alice', 'bob', 10)."""
    if isinstance(function, functools.partial):
        arguments = [_brief(value) for value in function.args]
        arguments += [f"{name}={_brief(value)}" for name, value in function.keywords.items()]
        return f"{name_of(function.func)}({', '.join(arguments)})"
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return str(name).rpartition("<locals>.")[2]


def _brief(value: object) -> str:
    """A bounded repr: of the built-in scalars only, since another's __repr__ is the scenario's code."""
    if inspect.isroutine(value) or isinstance(value, functools.partial):
        return name_of(value)
    return reprlib.repr(value) if type(value) in (int, float, str, bytes, bool, type(None)) else type(value).__name__
