"""The watch over executions, kept by the caller's thread while workers run them.

An execution in which no operation was reached for `timeout` real seconds is in a step that isn't controlled and doesn't
come back: its thread is left behind, and told by where it stands. Ctrl-C leaves it behind sooner.
"""

from __future__ import annotations

import _thread
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from stress._compat import processor_time
from stress.errors import InternalError
from stress.runtime.control.execution import Execution
from stress.runtime.control.thread import Thread
from stress.runtime.control.workers import Pool, Worker
from stress.runtime.stacks import stands
from stress.runtime.threads import is_there, leave_behind

if TYPE_CHECKING:
    from stress.runtime.control.session import Session

LOOKS: Final = 0.05  # seconds, between two looks at whether the executions go on
LAST: Final = 2.0  # seconds, that threads have to be unwound once their execution is over
SOON: Final = 0.3  # seconds, that a step has to come back once the exploration was interrupted

_DEBUGGERS: Final = ("bdb", "pdb", "pydevd", "_pydevd_bundle.pydevd")


class Watch:
    """What the caller's thread does meanwhile. timeout: real seconds that one step may take."""

    def __init__(self, session: Session, pool: Pool, timeout: float) -> None:
        self._session = session
        self._pool = pool
        self._timeout = timeout
        self._driver: Worker | None = None  # runs executions now
        self.done = _thread.allocate_lock()  # opened by the driver, as the last of its task
        self.done.acquire()
        self.interrupted = False
        self.busy = False  # the current thread is, with something of ours that isn't limited
        self.interruptible: Callable[..., Any] = lambda function, *arguments: function(*arguments)  # calls it

    def over(self, driver: Worker) -> None:
        """Lets a worker run executions. Returns when it is done, or had to be left behind."""
        self._driver = driver
        driver.gate.release()
        self._look()
        self._driver = None

    def _look(self) -> None:
        seen, since = self._progress(), time.monotonic()
        last = since
        while not self.interruptible(self.done.acquire, True, LOOKS):
            if self._pool.failed:
                raise InternalError("a thread of the exploration broke") from self._pool.failed[0]
            progress, now = self._progress(), time.monotonic()
            # A look that comes much too late: the process was suspended, or the machine was, and no step went on.
            since += max(0.0, now - last - 4 * LOOKS)
            last = now
            if progress != seen or self.busy:
                seen, since = progress, now
            elif now - since > (LAST if progress[2] else self._timeout):
                execution = self._session.execution
                worked = None if execution is None else _works(execution)
                if execution is None or self._progress() != seen:
                    continue
                # First, since to look at what is private makes it public, and then it would come to an operation.
                ident, execution.ident = execution.ident, 0
                if not _at_a_breakpoint(execution):
                    self._lose(execution, worked)
                    return
                execution.ident = ident
                since = now

    def _progress(self) -> tuple[int, int, bool]:
        """What moves as long as executions go on, and whether the one that runs is over. Looks at nothing of a
        scenario's: whoever holds a frame or a thread of it for a moment puts off what dies with it."""
        count, execution = self._session.count, self._session.execution
        return (count, -1, False) if execution is None else (count, execution.operations, execution.over)

    def _lose(self, execution: Execution, worked: bool | None) -> None:
        """The current thread doesn't come back: it is left behind, and the others are unwound."""
        thread = execution.current
        outcome = self._session.outcome
        self._leave_behind(thread)
        where = stands({thread.ident: thread.name}).get(thread.ident)
        if not execution.over:
            outcome.lost = where and replace(where, runs=where.runs or bool(worked))
            outcome.lost_idle = worked is False
            outcome.lost_thread = thread.name
            outcome.discarded = self._session.missed(True)
            outcome.tell(execution)
        self._abandon(execution, thread)

    def _abandon(self, execution: Execution, thread: Thread) -> None:
        self._leave_behind(thread)
        driver = execution.threads[0]
        execution.unwind_without(thread)
        if thread is not driver:
            deadline = time.monotonic() + LAST
            while not self.done.acquire(timeout=LOOKS):
                if time.monotonic() > deadline:
                    self._leave_behind(driver)
                    break
        else:
            time.sleep(LOOKS)
        self._session.execution = None
        for other in execution.threads:
            if not other.ended:
                self._leave_behind(other)
            if other.held:
                self._session.sight.locks.give_back_all(other)
        behind = self._session.left_behind
        left = [other.python for other in execution.threads if other.ident in behind and other.python is not None]
        leave_behind(lambda: [python for python in left if is_there(python)])

    def _leave_behind(self, thread: Thread) -> None:
        self._session.left_behind.add(thread.ident)
        self._pool.forget(thread.worker)

    def interrupt(self) -> None:
        """The exploration is to end now, whatever runs."""
        self.interrupted = True
        driver = self._driver
        seen, since = -1, time.monotonic()
        while driver is not None and not self.done.acquire(timeout=LOOKS):
            execution, now = self._session.execution, time.monotonic()
            if execution is not None:
                execution.stop()
            if execution is not None and execution.operations != seen:
                seen, since = execution.operations, now
            elif now - since > SOON:
                if execution is not None:
                    self._abandon(execution, execution.current)
                elif driver.task is not None:  # it was about to be let run
                    driver.task = None
                    driver.gate.release()
                return


def _works(execution: Execution) -> bool | None:
    """Whether the current thread uses the processor in the time of a look; None where that can't be told."""
    thread = execution.current
    if thread in execution.outside:
        return False
    before = processor_time(thread.worker.native_id)
    time.sleep(LOOKS)
    after = processor_time(thread.worker.native_id)
    return None if before is None or after is None else after > before


def _at_a_breakpoint(execution: Execution) -> bool:
    frame = sys._current_frames().get(execution.current.ident)
    while frame is not None:
        if frame.f_globals.get("__name__") in _DEBUGGERS:
            return True
        frame = frame.f_back
    return False
