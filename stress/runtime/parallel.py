"""stress.parallel: a few callables side by side, started together, their results in order."""

from __future__ import annotations

import functools
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from stress._arguments import check_callable, check_seconds
from stress.errors import Deadlock
from stress.failure import add_note, describe
from stress.runtime.control.session import Session, current_session
from stress.runtime.control.thread import Ended
from stress.runtime.native import UNINTERRUPTED, current_execution
from stress.runtime.stacks import stands
from stress.runtime.stuck import Raised, Stuck, deadlock, look_at
from stress.runtime.threads import FreeThread, ident_of, is_there, label_of, leave_behind, name_of

T = TypeVar("T")


def parallel(*callables: Callable[[], T], timeout: float | None = None) -> list[T]:
    """Calls all of them at the same time, each in a thread of its own, and returns their results in order.

    callables: each is called without arguments (functools.partial gives it some). No thread goes on before all have
        started. Their threads are named parallel-1 (name), and aren't daemons, yet never hold the interpreter's exit.
    timeout: seconds until Deadlock is raised, virtual ones in a controlled execution; None, the default, is the
        exploration's limit, outside one none.

    Raises the first exception that one of them raised, SystemExit too (which ends a threading.Thread quietly); the
    others are attached to it as notes. Raises Deadlock after
    `timeout` (its threads are left behind), TypeError for something that can't be called so, ValueError for a timeout
    that isn't positive. Works outside an exploration too.
    """
    __tracebackhide__ = True
    session = current_session()
    check = check_callable if session is None else functools.partial(session.unseen, check_callable)
    for function in callables:
        check("parallel(): each argument", function)
    limit = math.inf if timeout is None else check_seconds("timeout", timeout)
    if session is not None:
        return _under_control(session, callables, limit)
    start = threading.Barrier(len(callables) or 1)
    results: dict[int, T] = {}
    raised: list[Raised] = []
    over = False

    def worker(number: int, function: Callable[[], T]) -> FreeThread:
        def run() -> None:
            __tracebackhide__ = True
            try:
                start.wait()
                results[number] = function()
            except BaseException as exception:
                if over:
                    return  # left behind: it comes of being ended
                raised.append(Raised(label_of(thread), exception))
                if execution:
                    execution.held_back(thread, exception)

        return (thread := FreeThread(run, f"parallel-{number + 1} ({name_of(function)})"))

    execution = current_execution()
    threads = [worker(number, function) for number, function in enumerate(callables)]
    waiting_callers = execution.waiting_callers if execution else []
    waiting_callers.append(None)
    try:
        try:
            for thread in threads:
                thread.start()
        except BaseException:  # no more threads to be had: those that wait for it would wait for ever
            start.abort()
            raise
        stuck = _join(threads, limit)
    finally:
        waiting_callers.pop()
    still = look_at(stuck)
    over = True
    if execution:
        execution.hand_over(raised)
    if still:
        failure = deadlock(still, limit, raised)
        leave_behind(lambda: [thread for thread in stuck if is_there(thread)])
        if execution:
            for thread in stuck:
                execution.dismiss(thread)  # told here: its limit need not be waited for
        raise Deadlock(failure)
    try:
        if raised:
            _raise_first(raised)
        return [results[number] for number in range(len(callables))]
    finally:
        raised.clear()  # it holds this frame: exception, traceback, frame, exception


def _under_control(session: Session, callables: Sequence[Callable[[], T]], limit: float) -> list[T]:
    """The same in a controlled execution: the time-out is virtual, and a guard."""
    __tracebackhide__ = True
    results: dict[int, T] = {}
    raised: list[Raised] = []

    def worker(number: int, function: Callable[[], T]) -> threading.Thread:
        name = f"parallel-{number + 1} ({session.unseen(name_of, function)})"

        def run() -> None:
            __tracebackhide__ = True
            try:
                results[number] = session.sight.called(function)()
            except Ended:
                raise
            except BaseException as exception:
                raised.append(Raised(name, exception))
                session.held_back(exception)

        return threading.Thread(target=run, name=name, daemon=False)

    threads = [worker(number, function) for number, function in enumerate(callables)]
    session.start_all(threads)
    session.guards(True)
    for thread in threads:
        thread.join(None if limit == math.inf else limit)
    session.guards(False)
    session.hand_over(raised)
    if late := [thread for thread in threads if thread.is_alive()]:
        where = session.unseen(stands, {ident_of(thread): label_of(thread) for thread in late})
        stuck = [Stuck(label_of(thread), where[ident_of(thread)], runs=False) for thread in late]
        raise Deadlock(deadlock(stuck, limit, raised))
    try:
        if raised:
            _raise_first(raised)
        return [results[number] for number in range(len(callables))]
    finally:
        raised.clear()  # it holds this frame: exception, traceback, frame, exception


def _join(threads: list[FreeThread], seconds: float) -> list[FreeThread]:
    """Waits for all of them, at most so long; those that are still alive."""
    deadline = time.monotonic() + seconds
    # Only the main thread is interrupted; any other stands still, so that who looks at it sees that it waits.
    longest = UNINTERRUPTED if threading.current_thread() is threading.main_thread() else threading.TIMEOUT_MAX
    for thread in threads:
        while thread.is_alive() and (pause := min(deadline - time.monotonic(), longest)) > 0:
            thread.join(pause)
    return [thread for thread in threads if thread.is_alive()]


def _raise_first(raised: list[Raised]) -> NoReturn:
    __tracebackhide__ = True
    first, *others = raised
    for other in others:
        if other.exception is not first.exception:
            add_note(first.exception, f"{other.thread} raised too: {describe(other.exception)}")
    raise first.exception
