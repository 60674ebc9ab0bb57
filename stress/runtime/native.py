"""Native executions: real threads run free under forced switches. Nothing is modelled, nothing can be replayed.

A `Session` prepares the process for one exploration: it sees every thread that a scenario starts through `threading`,
whoever starts it there, and every exception that leaves one, and puts all back at its end. `Session.run` is one
execution, in a thread of its own, so that a scenario that waits for itself doesn't take its caller along.

Whatever happens, run() returns within `timeout` plus the time of a few looks at stuck threads, or STILL if only daemons
are left that nobody has seen at work. Those are left behind, without a hold on the interpreter's exit; their locks stay
taken. Threads started below `threading`, by `_thread.start_new_thread` or in C, aren't seen. C code that keeps the GIL
can't be interrupted by anybody.
"""

from __future__ import annotations

import _thread
import contextvars
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread  # as it is now: a scenario may put another class in its place
from typing import Any, Final

from stress._compat import EXIT_WAITS_IN_C, THREAD_STARTER
from stress.runtime.stacks import Position, Stand, any_runs, stands, wait_for_work
from stress.runtime.stuck import Raised, Stuck, look_at, signs_of_life
from stress.runtime.switching import force_switches, switch_interval
from stress.runtime.threads import FreeThread, ident_of, label_of, leave_behind, let_be, unhandled

BETWEEN_LOOKS: Final = 0.002  # seconds, at daemons
UNINTERRUPTED: Final = 0.5  # seconds; on Windows Ctrl-C doesn't end a wait
STILL: Final = 0.5  # seconds; a guess: most sleeps are shorter, and each execution that leaves such a daemon pays it

# Which execution each thread of a scenario belongs to, by identifier.
_executions: Final[dict[int, Execution]] = {}


def current_execution() -> Execution | None:
    """The native execution that the calling thread belongs to."""
    return _executions.get(_thread.get_ident())


@dataclass(frozen=True)
class Outcome:
    """What one execution came to.

    raised: what left the scenario and its threads, in this order.
    held_back: what the threads of stress.parallel raised, and its caller gets once all of them have ended.
    stuck: the threads that were alive at the time limit.
    idle: where daemons stood that were taken to wait for work, although it may be that they only took their time.
    several: at some time more than one thread could run.
    """

    value: object
    raised: tuple[Raised, ...]
    held_back: tuple[Raised, ...]
    stuck: tuple[Stuck, ...]
    idle: tuple[Stand, ...]
    several: bool


class Execution:
    """The threads of one run of a scenario, and what became of them."""

    # No lock: the caller must never wait for one, and a thread that is told to end may be at any instruction. Each step
    # is one operation of a dict or a list, atomic with and without a GIL.

    def __init__(self) -> None:
        # Those that haven't ended, by id(): a Thread may define its equality.
        self._threads: dict[int, threading.Thread] = {}
        self._raised: list[Raised] = []
        # What the threads of stress.parallel raised, by id(); and what of that its caller hasn't got.
        self._in_parallel: dict[int, Raised] = {}
        self._held_back: dict[int, Raised] = {}
        # Callers of stress.parallel that only wait for its threads: none of them is one more that could run.
        self.waiting_callers: list[None] = []
        self._idle: tuple[Stand, ...] = ()
        self._several = False
        self.over = False  # judged: threads that are left behind start no others, and begin nothing
        self._changed = threading.Event()  # set whenever a thread ends

    def admit(self, thread: threading.Thread) -> None:
        """Counts the thread in, before it starts."""
        self._threads[id(thread)] = thread
        if len(self._threads) - len(self.waiting_callers) > 1:
            self._several = True

    def enter(self, thread: threading.Thread, function: Callable[[], object]) -> None:
        """Runs all that the thread does."""
        _executions[_thread.get_ident()] = self
        try:
            if not self.over:
                function()
        finally:
            del _executions[_thread.get_ident()]
            self.dismiss(thread)

    def dismiss(self, thread: threading.Thread) -> None:
        """Counts the thread out: it has ended, or could not be started."""
        self._threads.pop(id(thread), None)
        self._changed.set()

    def record(self, thread: threading.Thread, exception: BaseException) -> None:
        """An exception left this thread; one that stress.parallel held back is told of the thread that raised it."""
        self._raised.append(self._in_parallel.get(id(exception), Raised(label_of(thread), exception)))

    def held_back(self, thread: threading.Thread, exception: BaseException) -> None:
        """stress.parallel keeps the exception of this thread for its caller."""
        raised = self._in_parallel.setdefault(id(exception), Raised(label_of(thread), exception))
        self._held_back[id(exception)] = raised

    def hand_over(self, raised: Iterable[Raised]) -> None:
        """The caller of stress.parallel gets these: they are its affair."""
        for each in raised:
            self._held_back.pop(id(each.exception), None)

    def raised(self) -> list[Raised]:
        """What has left its threads until now."""
        return self._raised.copy()

    def threads(self) -> list[threading.Thread]:
        """Those that haven't ended."""
        return list(self._threads.values())

    def wait(self, deadline: float) -> list[threading.Thread]:
        """Returns when all threads have ended, or none is left but daemons that wait for work that won't come; or at
        the deadline, with those that are alive then.

        A daemon is taken to wait for work if it waits without a limit in a Condition (so in an Event or a Queue) that
        nobody has notified, or stands STILL seconds in one call that doesn't wait for a lock. One that comes back to
        the same call between two looks has used the processor, where the system tells that.
        """
        look: dict[int, tuple[Position, int | None]] = {}
        still_since = time.monotonic()
        while threads := self.threads():
            now = time.monotonic()
            pause = min(deadline - now, UNINTERRUPTED)
            if all(thread.daemon for thread in threads):
                names = {ident_of(thread): label_of(thread) for thread in threads}
                begun = 0 not in names
                if begun and wait_for_work(names):
                    return []
                before, look = look, signs_of_life(threads)
                if before != look or not begun or any_runs(names):
                    still_since = now
                elif now - still_since > STILL and not any(stand.on_lock for stand in stands(names).values()):
                    self._idle = tuple(stands(names).values())
                    return []
                pause = min(pause, BETWEEN_LOOKS)
            if now >= deadline:
                return threads
            self._changed.wait(pause)
            self._changed.clear()
        return []

    def stuck(self, late: Sequence[threading.Thread]) -> list[Stuck]:
        """Those of the threads alive at the deadline by which the execution is stuck: all but daemons that wait for
        work. If only daemons are left, whether they do is told by the same looks as in wait()."""
        found = look_at(late, patience=STILL if all(thread.daemon for thread in late) else 0.0)
        counting = [
            stuck
            for thread, stuck in zip(late, found, strict=True)
            if not thread.daemon or stuck.runs or stuck.stand.on_lock
        ]
        if found and not counting:
            self._idle = tuple(stuck.stand for stuck in found)
        return counting

    def outcome(self, value: object, stuck: Sequence[Stuck]) -> Outcome:
        """What it came to until now; what threads that are left behind do later is not its affair."""
        return Outcome(
            value, tuple(self._raised), tuple(self._held_back.values()), tuple(stuck), self._idle, self._several
        )


class Session:
    """One native exploration's hold on the process; made by `session()`."""

    def __init__(self) -> None:
        self._excepthook = threading.excepthook
        self._unraisablehook = sys.unraisablehook

    def run(self, scenario: Callable[[], object], timeout: float) -> Outcome:
        """Runs the scenario once, all its threads included, for at most `timeout` seconds."""
        # Anew each time: a scenario may put its own there.
        threading.excepthook = self.excepthook
        force_switches()
        execution = Execution()
        context = contextvars.copy_context()
        value: object = None

        def body() -> None:
            nonlocal value
            try:
                value = context.run(scenario)
            except BaseException as exception:
                execution.record(thread, exception)

        thread = FreeThread(lambda: execution.enter(thread, body), name="scenario")
        execution.admit(thread)
        deadline = time.monotonic() + timeout
        try:
            thread.start()
            late = execution.wait(deadline)
            return execution.outcome(value, execution.stuck(late))
        finally:
            self._leave(execution)

    def _leave(self, execution: Execution) -> None:
        """Leaves the threads behind that haven't ended and can't, so that they don't run into what follows."""
        execution.over = True
        left = leave_behind(execution.threads)
        where = stands({ident_of(thread): label_of(thread) for thread in left})
        let_be([thread for thread in left if ident_of(thread) in where and where[ident_of(thread)].on_lock])
        _lingering.extend(
            thread for thread in left if ident_of(thread) in where and not where[ident_of(thread)].awaited
        )

    def excepthook(self, args: threading.ExceptHookArgs) -> None:
        """An exception left a thread: a scenario's is recorded, anybody else's goes where it would have gone."""
        execution = current_execution()
        if execution is None or args.thread is None or args.exc_value is None:
            self._excepthook(args)
        elif not issubclass(args.exc_type, SystemExit):  # ends a thread quietly
            execution.record(args.thread, args.exc_value)

    def unraisablehook(self, args: Any) -> None:
        """One that ends a thread left behind may come in a finalizer or in a weak reference's callback. The interpreter
        drops it there and says so: nobody's affair."""
        execution = current_execution()
        if execution is None or not execution.over or args.exc_type is not SystemExit:
            self._unraisablehook(args)


@contextmanager
def session() -> Iterator[Session]:
    """Prepares the process for native executions, and puts all back as it was.

    Only the watch over threads that start stays as long as a thread lingers that was left behind and may still run:
    what it starts would hold the interpreter's exit. The end of a later session takes it away.
    """
    with ExitStack() as stack:
        prepared = Session()
        stack.callback(setattr, threading, "excepthook", threading.excepthook)
        stack.callback(setattr, sys, "unraisablehook", sys.unraisablehook)
        stack.callback(_stop_watching)
        sys.unraisablehook = prepared.unraisablehook
        setattr(threading, THREAD_STARTER, _start_watched)
        stack.enter_context(switch_interval())
        yield prepared


def _stop_watching() -> None:
    _lingering[:] = [thread for thread in _lingering if thread.is_alive()]
    if not _lingering:
        setattr(threading, THREAD_STARTER, _start)


_start: Final[Callable[..., object]] = getattr(threading, THREAD_STARTER)
_lingering: Final[list[threading.Thread]] = []  # left behind, and not known to wait for what won't come


def _start_watched(bootstrap: Callable[[], object], *args: object, **keywords: object) -> object:
    """CPython's way to start a thread, with the threads of an execution counted in."""
    execution = current_execution()
    thread = getattr(bootstrap, "__self__", None)
    if execution is None or not isinstance(thread, Thread):
        return _start(bootstrap, *args, **keywords)
    if execution.over:
        raise RuntimeError("can't start new thread: the execution that this thread belongs to is over")
    execution.admit(thread)
    own = vars(thread)
    own["_invoke_excepthook"] = partial(_tell, own["_invoke_excepthook"])
    if EXIT_WAITS_IN_C:
        keywords["daemon"] = True  # for C alone: should it get stuck, the exit won't wait for it
    try:
        return _start(lambda: execution.enter(thread, bootstrap), *args, **keywords)
    except BaseException:
        execution.dismiss(thread)
        raise


def _tell(hand_on: Callable[[threading.Thread], object], thread: threading.Thread) -> None:
    """Stands for a thread's way to its excepthook."""
    execution = current_execution()
    for exception in unhandled(hand_on, thread):
        if execution is not None and all(raised.exception is not exception for raised in execution.raised()):
            execution.record(thread, exception)
