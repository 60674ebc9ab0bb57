"""One exploration's hold on the process: prepares it, runs executions one after the other, and puts all back.

Executions run on a worker, in a row, without the caller's thread taking part: it waits, is interrupted by Ctrl-C, and
looks after them. An execution in which no operation was reached for `timeout` real seconds is in a step that isn't
controlled and doesn't come back: its thread is left behind, and told by where it stands.
"""

from __future__ import annotations

import _thread
import gc
import itertools
import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from stress.errors import InternalError
from stress.events import Event, OperationSite, Site
from stress.runtime.control.ages import Ages, ordered_by_age
from stress.runtime.control.execution import Chooser, Ended, Execution, Thread
from stress.runtime.control.lives import Lives, context_of, live, look_ended, look_started, trace_begins, trace_ends
from stress.runtime.control.locks import Lock
from stress.runtime.control.sight import Sight
from stress.runtime.control.workers import Pool, Worker
from stress.runtime.stacks import Stand, stands
from stress.runtime.stuck import Raised
from stress.runtime.threads import end, let_go
from stress.schedule import Schedule

T = TypeVar("T")

LOOKS: Final = 0.05  # seconds, between two looks at whether the executions go on
GARBAGE: Final = 5_000  # objects, after which it is collected, between two executions
BETWEEN_ASKS: Final = 0.001  # seconds
LAST: Final = 2.0  # seconds, that threads have to be unwound once their execution is over
SOON: Final = 0.3  # seconds, that a step has to come back once the exploration was interrupted


@dataclass(frozen=True)
class Held:
    """A lock that a thread holds, and the line where it took it."""

    where: Site
    name: str  # as that line names it


@dataclass(frozen=True)
class Blocked:
    """A thread that can't go on, or (spinning) doesn't get anywhere."""

    thread: str
    stand: Stand
    holds: tuple[Held, ...]
    owner: str | None  # who holds the lock that it waits for
    owner_ended: bool
    taken: Site | None  # where the owner took it
    joins: str | None  # the thread for whose end it waits


@dataclass
class Outcome:
    """What one execution came to.

    raised: what left the scenario and its threads, in this order.
    blocked: the threads that were left and couldn't go on; spinning: they could, and got nowhere.
    guarded: those who couldn't go on when a join timed out.
    lost: where a thread stood in a step that didn't come back.
    leaked: locks that were held when all was over by a thread that had ended, or by the scenario itself.
    early: sites of time-outs that came early. could_be_early: the strategy let them.
    schedule: what an execution that was recorded did.
    """

    value: Any = None
    raised: list[Raised] = field(default_factory=list)
    held_back: list[Raised] = field(default_factory=list)
    blocked: tuple[Blocked, ...] = ()
    guarded: tuple[Blocked, ...] = ()
    spinning: bool = False
    lost: Stand | None = None
    lost_thread: str = ""
    leaked: tuple[tuple[str, Held], ...] = ()
    early: tuple[Site, ...] = ()
    could_be_early: bool = False
    decisions: tuple[int, ...] = ()
    operations: int = 0
    switches: int = 0
    several: bool = False
    clock_read: bool = False
    discarded: bool = False
    events: list[Event] = field(default_factory=list)
    recorded: bool = False
    schedule: Schedule | None = None


class Session:
    """One controlled exploration; made by `session()`."""

    def __init__(self, sight: Sight, timeout: float) -> None:
        self.sight = sight
        self._timeout = timeout
        self._pool = Pool()
        self._execution: Execution | None = None
        self._outcome = Outcome()
        self._ended: set[int] = set()  # identifiers of OS threads that are left behind
        self._done = _thread.allocate_lock()
        self._done.acquire()
        self.ages = Ages()
        self._count = 0
        self._failed: BaseException | None = None
        self._driver: Worker | None = None  # runs executions now
        self._interrupted = False
        self._scenario_collects = False  # all generations, by itself
        self._hushed = False
        self._unwound = False  # some execution ended so
        self._busy = False  # with something of ours, that isn't limited
        self.interruptible: Callable[..., Any] = lambda function, *arguments: function(*arguments)  # calls it
        self._forks: Execution | None = None  # its current thread forks now
        self._excepthook = threading.excepthook
        self.pause: Callable[[], Any] = lambda: None  # hooks see nothing, until `resume` is called with what it gives
        self.let_go: Callable[[], None] = lambda: None  # hooks hold nothing of the execution that is over
        self.resume: Callable[[Any], None] = lambda paused: None
        self.profile: Callable[..., object] | None = None  # for sys.setprofile in each thread, until 3.11
        self._of: dict[int, Thread] = {}  # the threads of the execution by id() of their Thread object
        # What the scenario's own thread begins with: to make a Thread in earnest for each execution would cost more.
        self._like = dict(vars(threading.Thread(name="scenario", daemon=False)))
        self._caller = _thread.get_ident()
        self.outsiders: set[int] = set()  # threads from before that run code with hooks
        sight.stranger = self._stranger
        sight.start_new_thread = self._start_new_thread
        for name in ("system", "posix_spawn", "posix_spawnp"):
            if hasattr(os, name):
                sight.spawns(getattr(os, name), self.as_fork(getattr(os, name)))

    # --- asked by the rest of the room --------------------------------------------------------------------------------

    def here(self) -> Execution | None:
        """The execution, if the calling thread is the one that runs in it, and is seen."""
        execution = self._execution
        if execution is not None and _thread.get_ident() == execution.ident:
            return execution
        if _thread.get_ident() in self._ended:
            raise Ended
        return None

    def watches(self) -> bool:
        """Whether the calling thread is that one. Never ends it: what asks may stand in code of ours."""
        execution = self._execution
        return execution is not None and _thread.get_ident() == execution.ident

    def thread_of(self, python: threading.Thread) -> Thread | None:
        """The execution's thread that this Thread object stands for."""
        found = self._of.get(id(python))
        return found if found is not None and found.python is python else None

    def start(self, execution: Execution, python: threading.Thread) -> None:
        """A thread starts: one that runs `python` on a worker."""
        if execution.over:
            raise Ended
        worker = self._take()
        daemon = bool(vars(python).get("_daemonic", False))
        parent = execution.current
        path = (*parent.path, parent.started)
        parent.started += 1
        thread = Thread(len(execution.threads), path, str(vars(python)["_name"]), python, daemon, worker)
        if execution.sees and execution.events:
            execution.events[-1].starts += (path,)
        context = context_of(python)
        look_started(python, worker.ident, worker.native_id)
        self._of[id(python)] = thread

        def task() -> _thread.LockType | None:
            try:
                live(execution, thread, context, self.profile, self.sight.called)
            except BaseException:
                if thread.ident not in self._ended:
                    raise
                # Left behind; what should end it (threads.end) came when it had ended by itself.
            return self._ends(execution, thread)

        worker.task = task
        execution.add(thread)

    def start_all(self, threads: Sequence[threading.Thread]) -> None:
        """Starts all of them as one step of the current thread."""
        execution = self.here()
        assert execution is not None
        for thread in threads:
            self.start(execution, thread)

    def _ends(self, execution: Execution, thread: Thread) -> _thread.LockType | None:
        assert thread.python is not None
        look_ended(thread.python, thread.ident)
        if thread.ident in self._ended:
            return None  # left behind: it came back too late
        self._pool.give_back(thread.worker)
        return execution.leave(thread)

    def _take(self) -> Worker:
        worker = self._pool.take()
        self._ended.discard(worker.ident)  # it may have the identifier of one that was left behind, and ended
        return worker

    def _start_new_thread(self, function: Callable[..., Any], args: Any, kwargs: Any = None, /) -> int:
        """As _thread.start_new_thread: a thread that `threading` knows nothing of."""
        python = threading.Thread(target=function, args=args, kwargs=dict(kwargs or {}), daemon=True)
        python.start()
        ident = python.ident
        assert ident is not None
        return ident

    # --- executions ---------------------------------------------------------------------------------------------------

    def run(
        self,
        scenario: Callable[[], object],
        following: Callable[[], Chooser | None],
        judged: Callable[[Outcome], None],
        recording: bool = False,
    ) -> None:
        """Runs execution after execution: `following` gives the strategy of the next one, or None when it is enough;
        `judged` is handed what each came to. Both are called on a worker, while nothing of the scenario runs. What they
        raise is raised here."""
        again = True
        while again:
            worker = self._take()
            again = False

            def drive(worker: Worker = worker) -> _thread.LockType | None:
                nonlocal again
                try:
                    again = self._drive(worker, scenario, following, judged, recording)
                except BaseException as exception:
                    if worker.ident not in self._ended:
                        self._failed = exception
                if worker.ident in self._ended:
                    return None  # left behind: it came back too late
                self._pool.give_back(worker)
                return self._done

            worker.task = drive
            self._driver = worker
            worker.gate.release()
            self._watch()
            self._driver = None
            if self._failed is not None:
                failed, self._failed = self._failed, None
                raise failed
            if self._outcome.lost is not None:
                outcome, self._outcome = self._outcome, Outcome()
                judged(outcome)
                again = True

    def _drive(
        self,
        worker: Worker,
        scenario: Callable[[], object],
        following: Callable[[], Chooser | None],
        judged: Callable[[Outcome], None],
        recording: bool,
    ) -> bool:
        """Whether to go on, on another worker."""
        while not self._interrupted and (chooser := following()) is not None:
            outcome = self._once(worker, scenario, chooser, recording)
            if self._stopped(worker):
                return False
            judged(outcome)
            if worker.used_thread_data():
                worker.stale = True
                return True
        return False

    def _look_again(self) -> bool:
        """Whether a thread can go on after all: C code did what nobody saw, or a thread that isn't controlled does it
        now. The latter is waited for, if there is one that runs code with hooks."""
        deadline = time.monotonic() + (self._timeout if self.outsiders else 0.0)
        self._busy = True  # its time is up here, and not by the watch
        try:
            while not (self.sight.locks.look_again() or self.sight.queues.look_again()):
                if time.monotonic() >= deadline:
                    return False
                time.sleep(BETWEEN_ASKS)
            return True
        finally:
            self._busy = False

    def _stranger(self, ident: int) -> None:
        """A thread that isn't the one that runs came to an operation."""
        if ident in self._ended:
            raise Ended
        if ident not in self._pool.idents() and ident != self._caller:  # the caller only drops what is over
            self.outsiders.add(ident)

    def _stopped(self, worker: Worker) -> bool:
        return self._interrupted or worker.ident in self._ended

    def _once(self, worker: Worker, scenario: Callable[[], object], chooser: Chooser, recording: bool) -> Outcome:
        threading.excepthook = self.excepthook  # anew each time: a scenario may put its own there
        for owner, name, first in _COUNTERS:
            setattr(owner, name, itertools.count(first).__next__)
        python = threading.Thread.__new__(threading.Thread)
        vars(python).update(self._like)
        outcome = self._outcome = Outcome()
        self.ages.begin()
        execution = Execution(chooser, self._stuck, recording)
        outcome.could_be_early = chooser.early
        thread = Thread(0, (), "scenario", python, False, worker)
        look_started(python, worker.ident, worker.native_id)
        self._of = {id(python): thread}
        execution.add(thread)
        pools = _pools()
        self.sight.begin(execution)
        execution.look_again = self._look_again
        context = context_of(python)

        def body() -> None:
            trace_begins(self.profile)
            try:
                outcome.value = context.run(scenario)
            except Ended:
                pass
            except BaseException as exception:
                if not execution.over:
                    self.record(thread, exception)
            finally:
                trace_ends()

        self._execution = execution
        self._count += 1
        try:
            execution.run(body)
        finally:
            look_ended(python, worker.ident)
        if worker.ident in self._ended:
            return outcome  # left behind: it came back too late, and another execution may run
        self._execution = None
        execution.ident = 0
        if not execution.stuck_at_end:
            outcome.guarded, outcome.blocked = outcome.blocked, ()
        if not (execution.discarded or outcome.blocked):
            outcome.leaked = tuple(self._leaked())
        for each in execution.threads:
            if each.held:
                self.sight.locks.give_back_all(each)
        self.sight.locks.restore()
        self._of.clear()
        for key in _pools().keys() - pools.keys():
            del vars(sys.modules["multiprocessing.util"])["_finalizer_registry"][key]
        self.sight.end()
        self.let_go()
        outcome.decisions = tuple(execution.decisions)
        outcome.operations = execution.operations
        outcome.switches = execution.switches
        outcome.several = execution.several
        outcome.clock_read = execution.clock_read
        outcome.discarded = execution.discarded
        outcome.events, outcome.recorded = execution.events, recording
        outcome.schedule = execution.schedule()
        if execution.early_timeouts:
            outcome.early = tuple(dict.fromkeys(place.shown() for place in execution.early_timeouts))
        self._tidy(execution)
        return outcome

    def _tidy(self, execution: Execution) -> None:
        """Collects the garbage of executions, at once where threads were unwound: so that it dies unheard.

        The young generations alone: nothing has been moved to the old one since the last time, and what was there
        before, much more in a large process, is left alone.
        """
        self._hushed = execution.discarded or execution.stuck_at_end
        self._unwound |= self._hushed
        if self._scenario_collects:
            gc.collect()  # its next collection must not find what is left of this execution
        elif self._hushed or gc.get_count()[0] > GARBAGE:
            gc.collect(1)
        self._hushed = False

    def note_collection(self, phase: str, about: dict[str, int]) -> None:
        """Called by the garbage collector."""
        if about["generation"] == 2 and self.here() is not None:
            self._scenario_collects = True

    def hushed(self) -> bool:
        """Whether the calling thread is being unwound, or clears up after that."""
        execution = self._execution
        over = execution is not None and execution.over and _thread.get_ident() == execution.current.ident
        return self._hushed or over

    def record(self, thread: Thread, exception: BaseException) -> None:
        """An exception left this thread."""
        first = [held for held in self._outcome.held_back if held.exception is exception]
        self._outcome.raised += first[:1] or [Raised(thread.name, exception)]

    def held_back(self, thread: str, exception: BaseException) -> None:
        """stress.parallel keeps the exception of this thread for its caller."""
        execution = self._execution
        if execution is not None and not execution.over:  # else it comes of being unwound
            self._outcome.held_back.append(Raised(thread, exception))

    def excepthook(self, args: threading.ExceptHookArgs) -> None:
        """An exception left a thread: a scenario's is recorded, anybody else's goes where it would have gone."""
        thread = None if args.thread is None else self.thread_of(args.thread)
        if thread is None or args.exc_value is None:
            self._excepthook(args)
        elif not issubclass(args.exc_type, SystemExit):  # ends a thread quietly
            self.record(thread, args.exc_value)

    # --- what went wrong ----------------------------------------------------------------------------------------------

    def unseen(self, function: Callable[..., T], *args: Any) -> T:
        """Calls a function of ours in the current thread: what it does is no operation of the scenario's, and may take
        its time."""
        execution = self.here()
        if execution is None:
            return function(*args)
        before, execution.ident = execution.ident, 0
        paused = self.pause()
        self._busy = True
        try:
            return function(*args)
        finally:
            self._busy = False
            self.resume(paused)
            execution.ident = before

    def _stuck(self, execution: Execution) -> None:
        self.unseen(self._note_blocked, execution)

    def _note_blocked(self, execution: Execution) -> None:
        names = {thread.ident: thread.name for thread in execution.live}
        where = stands(names)
        self._outcome.spinning = execution.spinning
        self._outcome.blocked = tuple(
            Blocked(
                thread=thread.name,
                stand=where[thread.ident] if thread.waits is not None else replace(where[thread.ident], awaited=""),
                holds=_holds(thread),
                **_owner_of(thread),
                joins=thread.waits.name if isinstance(thread.waits, Thread) else None,
            )
            for thread in execution.live
            if not (thread.daemon or _is_idle_worker(thread)) or _waits_for_a_holder(thread) or execution.spinning
        )

    def _leaked(self) -> Iterator[tuple[str, Held]]:
        for lock in self.sight.locks:
            owner = lock.owner
            if not isinstance(owner, Thread) or lock.waiters or lock.was_given_back_unseen():
                continue
            taken = owner.held.get(lock)
            ended = (owner.ended and not owner.unwound) or owner.number == 0
            if taken is not None and ended and not _of_a_wait(taken.site):
                yield owner.name, Held(taken.shown(), taken.lock())

    # --- the watch, in the caller's thread ----------------------------------------------------------------------------

    def _watch(self) -> None:
        """Returns when the worker is done, or had to be left behind."""
        seen, since = self._progress(), time.monotonic()
        while not self.interruptible(self._done.acquire, True, LOOKS):
            if self._pool.failed:
                raise InternalError("a thread of the exploration broke") from self._pool.failed[0]
            progress, now = self._progress(), time.monotonic()
            if progress != seen or self._busy:
                seen, since = progress, now
            elif now - since > (LAST if progress[2] else self._timeout):
                execution = self._execution
                if execution is None or _at_a_breakpoint(execution):
                    since = now
                else:
                    self._lose(execution)
                    return

    def _progress(self) -> tuple[int, int, bool]:
        """What moves as long as executions go on, and whether the one that runs is over. Looks at nothing of a
        scenario's: whoever holds a frame or a thread of it for a moment puts off what dies with it."""
        execution = self._execution
        return (self._count, -1, False) if execution is None else (self._count, execution.operations, execution.over)

    def _lose(self, execution: Execution) -> None:
        """The current thread doesn't come back: it is left behind, and the others are unwound."""
        thread = execution.current
        where = stands({thread.ident: thread.name}).get(thread.ident)
        outcome = self._outcome
        if not execution.over:
            outcome.lost = where
            outcome.lost_thread = thread.name
            outcome.decisions = tuple(execution.decisions)
            outcome.operations = execution.operations
            outcome.events = list(execution.events)
            outcome.schedule = execution.schedule()
        self._abandon(execution, thread)

    def _abandon(self, execution: Execution, thread: Thread) -> None:
        self._ended.add(thread.ident)
        self._pool.forget(thread.worker)
        driver = execution.threads[0]
        execution.unwind_without(thread)
        if thread is not driver:
            deadline = time.monotonic() + LAST
            while not self._done.acquire(timeout=LOOKS):
                if time.monotonic() > deadline:
                    self._ended.add(driver.ident)
                    self._pool.forget(driver.worker)
                    break
        else:
            time.sleep(LOOKS)
        self._execution = None
        for other in execution.threads:
            if not other.ended:
                self._ended.add(other.ident)
                self._pool.forget(other.worker)
            if other.held:
                self.sight.locks.give_back_all(other)
        left = [other.python for other in execution.threads if other.ident in self._ended and other.python is not None]
        let_go(left)
        end(left)

    def interrupt(self) -> None:
        """The exploration is to end now, whatever runs."""
        self._interrupted = True
        driver = self._driver
        seen, since = -1, time.monotonic()
        while driver is not None and not self._done.acquire(timeout=LOOKS):
            execution, now = self._execution, time.monotonic()
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

    # --- a fork in a thread of the scenario ---------------------------------------------------------------------------

    def fork_begins(self) -> None:
        """From here on nothing is seen."""
        execution = self.here()
        if execution is not None:
            self._forks, execution.ident = execution, 0
            self._pool.unpin()

    def fork_ends(self) -> None:
        """In this process it is over."""
        if self._forks is not None and _thread.get_ident() == self._forks.current.ident:
            execution, self._forks = self._forks, None
            execution.ident = execution.current.ident
            self._pool.pin()

    def as_fork(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same, which starts a child process: one that runs where this process may."""

        def spawn(*args: Any, **keywords: Any) -> Any:
            self.fork_begins()
            try:
                return function(*args, **keywords)
            finally:
                self.fork_ends()

        return spawn

    def forked(self) -> None:
        """In the child: no other thread is there; this one goes on by itself, and ends where it ends."""
        if self._forks is not None:
            self._forks.alone = True
        self._forks = self._execution = None
        self._ended.clear()
        self._interrupted = True
        self.sight.end()

    def close(self) -> None:
        """Ends the workers."""
        self._pool.close()
        if self._unwound:
            self._hushed = True  # what threads that were unwound left behind dies unheard
            gc.collect(1)
            self._hushed = False


def _pools() -> dict[Any, Any]:
    """The pools that multiprocessing is to shut down at exit: none of an execution that is over, whose threads have all
    ended."""
    util = sys.modules.get("multiprocessing.util")
    if util is None or "multiprocessing.pool" not in sys.modules:
        return {}
    shut_down = vars(vars(sys.modules["multiprocessing.pool"])["Pool"])["_terminate_pool"].__func__
    registry = vars(util)["_finalizer_registry"]
    return {key: each for key, each in registry.items() if getattr(each._callback, "__func__", None) is shut_down}


def _owner_of(thread: Thread) -> Any:
    """Who holds the lock that a thread waits for, as fields of Blocked."""
    lock = thread.waits
    if not isinstance(lock, Lock) or lock.owner is None or (thread.site is not None and _of_a_wait(thread.site)):
        return {"owner": None, "owner_ended": False, "taken": None}
    at = lock.owner.held.get(lock)
    return {"owner": lock.owner.name, "owner_ended": lock.owner.ended, "taken": None if at is None else at.shown()}


def _holds(owner: Any) -> tuple[Held, ...]:
    """The locks that a thread holds, but for the inner one of Condition.wait."""
    taken = owner.held.values() if isinstance(owner, Thread) else ()
    return tuple(Held(at.shown(), at.lock()) for at in taken if not _of_a_wait(at.site))


def _is_idle_worker(thread: Thread) -> bool:
    """A worker of an executor that waits for work: CPython ends it at exit."""
    queues = vars(sys.modules["concurrent.futures.thread"])["_threads_queues"]
    return any(worker is thread.python for worker in queues) and not isinstance(thread.waits, Lock)


def _waits_for_a_holder(thread: Thread) -> bool:
    """Whether it waits for a lock that a thread holds, and not in a Condition."""
    return isinstance(thread.waits, Lock) and thread.site is not None and not _of_a_wait(thread.site)


def _of_a_wait(site: Site) -> bool:
    """Whether a lock was taken, or is waited for, as the inner lock of Condition.wait (Lib/threading.py)."""
    return isinstance(site, OperationSite) and site.file == threading.__file__ and site.function.endswith("wait")


def _at_a_breakpoint(execution: Execution) -> bool:
    frame = sys._current_frames().get(execution.current.ident)
    while frame is not None:
        if frame.f_globals.get("__name__") in _DEBUGGERS:
            return True
        frame = frame.f_back
    return False


_DEBUGGERS: Final = ("bdb", "pdb", "pydevd", "_pydevd_bundle.pydevd")

# Numbers that the standard library counts up in the whole process, and that a scenario sees in names.
_COUNTERS: Final = ((threading, "_counter", 1), (ThreadPoolExecutor, "_counter", 0))


@contextmanager
def session(sight: Sight, timeout: float) -> Iterator[Session]:
    """Prepares the process for controlled executions, and puts all back as it was.

    timeout: real seconds that one step may take to come back.
    """
    made = Session(sight, timeout)
    excepthook = threading.excepthook
    collects = gc.isenabled()

    with ExitStack() as stack:
        stack.enter_context(_quiet_ends(made))
        stack.callback(setattr, threading, "excepthook", excepthook)
        for owner, name, _ in _COUNTERS:
            stack.callback(setattr, owner, name, vars(owner)[name])
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        stack.callback(gc.callbacks.remove, made.note_collection)
        gc.callbacks.append(made.note_collection)
        if collects:
            stack.callback(gc.enable)
            gc.disable()
        stack.enter_context(Lives(made).taken_over())
        stack.enter_context(ordered_by_age())
        stack.callback(made.close)
        _sessions.append(made)
        stack.callback(_sessions.remove, made)
        try:
            yield made
        except BaseException:
            made.interrupt()
            raise


@contextmanager
def _quiet_ends(of: Session) -> Iterator[None]:
    """What threads say while they are unwound, and what they leave behind says as it dies, isn't the scenario's."""
    unraisable, show = sys.unraisablehook, warnings.showwarning
    loggers = [logging.getLogger("concurrent.futures"), logging.getLogger("asyncio")]

    def unraisablehook(args: Any) -> None:
        if not isinstance(args.exc_value, Ended) and not of.hushed():
            unraisable(args)

    def showwarning(*args: Any, **keywords: Any) -> None:
        if not of.hushed():
            show(*args, **keywords)

    def passes(record: logging.LogRecord) -> bool:
        return not of.hushed() and (record.exc_info is None or not isinstance(record.exc_info[1], Ended))

    for logger in loggers:
        logger.addFilter(passes)
    sys.unraisablehook, warnings.showwarning = unraisablehook, showwarning
    try:
        yield
    finally:
        sys.unraisablehook, warnings.showwarning = unraisable, show
        for logger in loggers:
            logger.removeFilter(passes)


_sessions: Final[list[Session]] = []


# --- forks ------------------------------------------------------------------------------------------------------------


def _before_fork() -> None:
    """What others do before and after a fork (logging takes its lock) belongs to it: one step."""
    for made in _sessions:
        made.fork_begins()


def _after_fork_in_parent() -> None:
    for made in _sessions:
        made.fork_ends()


def _after_fork_in_child() -> None:
    for made in _sessions:
        made.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


def current_session() -> Session | None:
    """The session whose execution the calling thread runs in."""
    return _sessions[-1] if _sessions and _sessions[-1].here() is not None else None
