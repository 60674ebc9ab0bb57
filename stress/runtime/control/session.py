"""One exploration's hold on the process: prepares it, runs executions one after the other, and puts all back.

Executions run on a worker, in a row, without the caller's thread taking part: it keeps the watch.
"""

from __future__ import annotations

import _thread
import itertools
import os
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple, TypeVar

from stress.runtime.control.ages import Ages, ordered_by_age
from stress.runtime.control.execution import UNCHANGED, Chooser, Execution
from stress.runtime.control.forks import Forks
from stress.runtime.control.lives import Lives, context_of, live, look_ended, look_started, trace_begins, trace_ends
from stress.runtime.control.outcome import Outcome, blocked_in, leaked_of
from stress.runtime.control.sight import Sight
from stress.runtime.control.thread import Ended, Thread
from stress.runtime.control.tidying import Tidying
from stress.runtime.control.values import UNKNOWN, Peek
from stress.runtime.control.watch import Watch
from stress.runtime.control.workers import Pool, Worker
from stress.runtime.stacks import is_started_by_us, run_by
from stress.runtime.stuck import Raised
from stress.runtime.threads import unhandled

T = TypeVar("T")

BETWEEN_ASKS: Final = 0.001  # seconds
LONG_ENOUGH: Final = 3 * UNCHANGED  # operations, to see a livelock in


class Closer(NamedTuple):
    """After the operation of this number what only one thread can reach is seen too, for LONG_ENOUGH, and another
    strategy chooses."""

    last: int
    then: Callable[[], Chooser]


class Session:
    """One controlled exploration; made by `session()`."""

    def __init__(self, sight: Sight, timeout: float) -> None:
        self.sight = sight
        self._timeout = timeout
        self._pool = Pool()
        self.watch = Watch(self, self._pool, timeout)
        self.forks = Forks(self, self._pool)
        self.tidying = Tidying(self)
        self.ages = Ages()
        self.execution: Execution | None = None
        self.outcome = Outcome()
        self.count = 0  # of executions
        self.most: int | None = None  # operations of each, if not as many as an execution may have
        self.left_behind: set[int] = set()  # identifiers of OS threads
        self._failed: BaseException | None = None
        self._excepthook = threading.excepthook
        # Whether a module is of the test tools, which have no part in a scenario.
        self.is_tool: Callable[[str], bool] = lambda module: False
        self.peek: Peek = lambda owner, location: UNKNOWN  # what is at a location, without running anybody's code
        self.begins: Callable[[], None] = lambda: None  # called before each execution
        self.ends: Callable[[Execution], bool] = lambda execution: True  # and after it: whether it may count
        self.pause: Callable[[], Any] = lambda: None  # hooks see nothing, until `resume` is called with what it gives
        self.let_go: Callable[[], None] = lambda: None  # hooks hold nothing of the execution that is over
        self.resume: Callable[[Any], None] = lambda paused: None
        self.settle_first: Callable[[Callable[[], None] | None], None] = lambda settle: None  # as Execution has it
        self.see_private: Callable[[bool], None] = lambda also: None  # what only one thread can reach
        self.tell_accesses: Callable[[bool], None] = lambda wanted: None  # of operations, in the execution that begins
        self._profile: Callable[..., object] | None = None  # for sys.setprofile in each thread
        self.profile: Callable[[], Callable[..., object] | None] = lambda: None  # gives the one of the next execution
        self.missed: Callable[[bool], bool] = lambda failed: False  # whether the one that has ended should have had it
        self._of: dict[int, Thread] = {}  # the threads of the execution by id() of their Thread object
        # What the scenario's own thread begins with: to make a Thread in earnest for each execution would cost more.
        self._like = dict(vars(threading.Thread(name="scenario", daemon=False)))
        self._caller = _thread.get_ident()
        self.outsiders: set[int] = set()  # threads from before that run code with hooks
        sight.stranger = self._stranger
        sight.start_new_thread = self._start_new_thread
        for name in ("system", "posix_spawn", "posix_spawnp"):
            if hasattr(os, name):
                sight.spawns(getattr(os, name), self.forks.as_fork(getattr(os, name)))

    # --- asked by the rest of the room --------------------------------------------------------------------------------

    def here(self) -> Execution | None:
        """The execution, if the calling thread is the one that runs in it, and is seen."""
        execution = self.execution
        if execution is not None and _thread.get_ident() == execution.ident:
            return execution
        if _thread.get_ident() in self.left_behind:
            raise Ended
        return None

    def watches(self) -> bool:
        """Whether the calling thread is that one. Never ends it: what asks may stand in code of ours."""
        execution = self.execution
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
        number = len(execution.threads)
        name = execution.told_apart(str(vars(python)["_name"]), number)
        thread = Thread(number, path, name, python, daemon, worker)
        execution.note_start(parent, path)
        context = context_of(python)
        look_started(python, worker.ident, worker.native_id)
        self._of[id(python)] = thread

        def task() -> _thread.LockType | None:
            try:
                live(execution, thread, context, self._profile, self.sight.called, self._tell)
            except BaseException:
                if thread.ident not in self.left_behind:
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

    def guards(self, only: bool) -> None:
        """Whether the time limits of what the current thread waits for are only there in case that it never comes:
        threads that get nowhere are a livelock all the same."""
        execution = self.here()
        assert execution is not None
        execution.current.guards = only

    def _ends(self, execution: Execution, thread: Thread) -> _thread.LockType | None:
        assert thread.python is not None
        look_ended(thread.python, thread.ident)
        if thread.ident in self.left_behind:
            return None  # left behind: it came back too late
        self._pool.give_back(thread.worker)
        return execution.leave(thread)

    def _take(self) -> Worker:
        worker = self._pool.take()
        self.left_behind.discard(worker.ident)  # it may have the identifier of one that was left behind, and ended
        return worker

    def _start_new_thread(self, function: Callable[..., Any], args: Any, kwargs: Any = None, /) -> int:
        """As _thread.start_new_thread: a thread that `threading` knows nothing of."""
        python = threading.Thread(target=function, args=args, kwargs=dict(kwargs or {}), daemon=True)
        python.start()
        ident = python.ident
        assert ident is not None
        return ident

    def others(self) -> list[types.FrameType]:
        """Where threads stand that aren't of the exploration, nor left behind by one."""
        ours = {self._caller, _thread.get_ident(), *self._pool.idents(), *self.left_behind}
        return [
            frame for ident, frame in sys._current_frames().items() if ident not in ours and not is_started_by_us(frame)
        ]

    # --- executions ---------------------------------------------------------------------------------------------------

    def run(
        self,
        scenario: Callable[[], object],
        following: Callable[[], Chooser | None],
        judged: Callable[[Outcome], None],
        recording: bool = False,
        closer: Closer | None = None,
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
                    again = self._drive(worker, scenario, following, judged, recording, closer)
                except BaseException as exception:
                    if worker.ident not in self.left_behind:
                        self._failed = exception
                if worker.ident in self.left_behind:
                    return None  # left behind: it came back too late
                self._pool.give_back(worker)
                return self.watch.done

            worker.task = drive
            self.watch.over(worker)
            if closer is not None:
                self.see_private(False)
            if self._failed is not None:
                failed, self._failed = self._failed, None
                raise failed
            if self.outcome.lost is not None:
                outcome, self.outcome = self.outcome, Outcome()
                judged(outcome)
                again = True

    def _drive(
        self,
        worker: Worker,
        scenario: Callable[[], object],
        following: Callable[[], Chooser | None],
        judged: Callable[[Outcome], None],
        recording: bool,
        closer: Closer | None,
    ) -> bool:
        """Whether to go on, on another worker."""
        while not self.watch.interrupted and (chooser := following()) is not None:
            outcome = self._once(worker, scenario, chooser, recording, closer)
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
        self.watch.busy = True  # its time is up here, and not by the watch
        try:
            while not (self.sight.locks.look_again() or self.sight.queues.look_again()):
                if time.monotonic() >= deadline:
                    return False
                time.sleep(BETWEEN_ASKS)
            return True
        finally:
            self.watch.busy = False

    def _stranger(self, ident: int) -> None:
        """A thread that isn't the one that runs came to an operation."""
        if ident in self.left_behind:
            raise Ended
        if ident in self._pool.idents() or ident == self._caller:  # the caller only drops what is over
            return
        try:  # not suppress(): contextlib has hooks while a scenario runs
            if run_by(sys._getframe(), self.is_tool):
                return
        except RecursionError:
            pass
        self.outsiders.add(ident)

    def _stopped(self, worker: Worker) -> bool:
        return self.watch.interrupted or worker.ident in self.left_behind or self.outcome.lost is not None

    def _once(
        self,
        worker: Worker,
        scenario: Callable[[], object],
        chooser: Chooser,
        recording: bool,
        closer: Closer | None,
    ) -> Outcome:
        self.begins()
        threading.excepthook = self.excepthook  # anew each time: a scenario may put its own there
        for owner, name, first in _COUNTERS:
            setattr(owner, name, itertools.count(first).__next__)
        python = threading.Thread.__new__(threading.Thread)
        vars(python).update(self._like)
        outcome = self.outcome = Outcome()
        self.ages.begin()
        execution = Execution(chooser, self._stuck, self.peek if recording else None)
        if self.most is not None:
            execution.most = self.most
        if closer is not None:
            self._look_closer(execution, closer)
        outcome.could_be_early = chooser.early
        thread = Thread(0, (), "scenario", python, False, worker)
        look_started(python, worker.ident, worker.native_id)
        self._of = {id(python): thread}
        execution.add(thread)
        pools = _pools()
        self._profile = self.profile()
        self.sight.begin(execution)
        self.tell_accesses(execution.sees)
        self.settle_first(execution.settle if recording else None)
        execution.look_again = self._look_again
        context = context_of(python)

        def body() -> None:
            trace_begins(self._profile)
            try:
                outcome.value = context.run(scenario)
            except Ended:
                pass
            except BaseException as exception:
                if not execution.over:
                    self.record(thread, exception)
            finally:
                trace_ends()

        self.execution = execution
        self.count += 1
        try:
            execution.run(body)
        finally:
            look_ended(python, worker.ident)
        if worker.ident in self.left_behind:
            return outcome  # left behind: it came back too late, and another execution may run
        self.execution = None
        execution.ident = 0
        may_count = self.ends(execution)
        if not (execution.discarded or outcome.blocked):
            outcome.leaked = tuple(leaked_of(self.sight.locks))
        for each in execution.threads:
            if each.held:
                self.sight.locks.give_back_all(each)
        self.sight.locks.restore()
        self._of.clear()
        for key in _pools().keys() - pools.keys():
            del vars(sys.modules["multiprocessing.util"])["_finalizer_registry"][key]
        self.sight.end()
        self.tell_accesses(False)
        self.settle_first(None)
        self.let_go()
        failed = bool(outcome.raised or outcome.blocked or outcome.guarded or outcome.leaked)
        discarded = execution.discarded or self.missed(failed) or not may_count
        if outcome.lost is None:  # else it was told when that was seen, and not when the others had been unwound
            outcome.discarded = discarded
            outcome.tell(execution)
        self.tidying.tidy(execution)
        return outcome

    def _look_closer(self, execution: Execution, closer: Closer) -> None:
        last, then = closer

        def from_here() -> None:
            self.see_private(True)
            execution.at(last + 1, lambda: execution.choose_by(then()))

        execution.most = last + LONG_ENOUGH
        if last:
            self.see_private(False)
            execution.at(last, from_here)
        else:
            from_here()

    def record(self, thread: Thread, exception: BaseException) -> None:
        """An exception left this thread."""
        self.outcome.raised.append(self.outcome.in_parallel.get(id(exception), Raised(thread.name, exception)))

    def _tell(self, thread: Thread) -> None:
        """An exception leaves this thread."""
        python = thread.python
        assert python is not None
        for exception in unhandled(vars(python)["_invoke_excepthook"], python, (Ended,)):
            if all(raised.exception is not exception for raised in self.outcome.raised):
                self.record(thread, exception)

    def held_back(self, exception: BaseException) -> None:
        """stress.parallel keeps the exception of the current thread for its caller."""
        execution = self.execution
        left_behind = _thread.get_ident() in self.left_behind
        if execution is not None and not (execution.over or left_behind):  # else it comes of being unwound
            raised = self.outcome.in_parallel.setdefault(id(exception), Raised(execution.current.name, exception))
            self.outcome.held_back[id(exception)] = raised

    def hand_over(self, raised: Sequence[Raised]) -> None:
        """The caller of stress.parallel gets these: they are its affair."""
        for each in raised:
            self.outcome.held_back.pop(id(each.exception), None)

    def excepthook(self, args: threading.ExceptHookArgs) -> None:
        """An exception left a thread: a scenario's is recorded, anybody else's goes where it would have gone."""
        thread = None if args.thread is None else self.thread_of(args.thread)
        if thread is None or args.exc_value is None:
            self._excepthook(args)
        elif not issubclass(args.exc_type, SystemExit):  # ends a thread quietly
            self.record(thread, args.exc_value)

    def unseen(self, function: Callable[..., T], *args: Any) -> T:
        """Calls a function of ours in the current thread: what it does is no operation of the scenario's, and may take
        its time."""
        execution = self.here()
        if execution is None:
            return function(*args)
        before, execution.ident = execution.ident, 0
        paused = self.pause()
        self.watch.busy = True
        try:
            return function(*args)
        finally:
            self.watch.busy = False
            self.resume(paused)
            execution.ident = before

    def _stuck(self, execution: Execution) -> None:
        blocked = self.unseen(blocked_in, execution)
        if execution.stuck_at_end:
            self.outcome.spinning, self.outcome.blocked = execution.spinning, blocked
            self.outcome.endless = execution.endless
            if blocked:
                self.outcome.guarded = ()  # the end tells it
        elif not self.outcome.guarded:
            self.outcome.guarded = blocked

    def forked(self) -> None:
        """This is the child: nothing of the exploration is left but the thread that forked."""
        self.execution = None
        self.left_behind.clear()
        self.watch.interrupted = True
        self.sight.end()

    def close(self) -> None:
        """Ends the workers."""
        self._pool.close()
        self.tidying.close()


def _pools() -> dict[Any, Any]:
    """The pools that multiprocessing is to shut down at exit: none of an execution that is over, whose threads have all
    ended."""
    util = sys.modules.get("multiprocessing.util")
    if util is None or "multiprocessing.pool" not in sys.modules:
        return {}
    shut_down = vars(vars(sys.modules["multiprocessing.pool"])["Pool"])["_terminate_pool"].__func__
    registry = vars(util)["_finalizer_registry"]
    return {key: each for key, each in registry.items() if getattr(each._callback, "__func__", None) is shut_down}


# Numbers that the standard library counts up in the whole process, and that a scenario sees in names.
_COUNTERS: Final = ((threading, "_counter", 1), (ThreadPoolExecutor, "_counter", 0))


@contextmanager
def session(sight: Sight, timeout: float) -> Iterator[Session]:
    """Prepares the process for controlled executions, and puts all back as it was.

    timeout: real seconds that one step may take to come back.
    """
    made = Session(sight, timeout)
    excepthook = threading.excepthook
    with ExitStack() as stack:
        stack.enter_context(made.tidying.taken_over())
        stack.callback(setattr, threading, "excepthook", excepthook)
        for owner, name, _ in _COUNTERS:
            stack.callback(setattr, owner, name, vars(owner)[name])
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        stack.enter_context(Lives(made).taken_over())
        stack.enter_context(ordered_by_age())
        stack.callback(made.close)
        stack.enter_context(made.forks.noticed())
        _sessions.append(made)
        stack.callback(_sessions.remove, made)
        try:
            yield made
        except BaseException:
            made.watch.interrupt()
            raise


_sessions: Final[list[Session]] = []


def current_session() -> Session | None:
    """The session whose execution the calling thread runs in."""
    return _sessions[-1] if _sessions and _sessions[-1].here() is not None else None
