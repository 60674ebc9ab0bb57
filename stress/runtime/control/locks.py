"""Locks and C queues under control: by identity, however and whenever they were made.

The model says who may have a lock; the real lock is taken as soon as it does, so that code that isn't controlled sees
the truth. A real lock that somebody else holds is waited for in earnest: a step that isn't controlled.
"""

from __future__ import annotations

import _queue
import _thread
import functools
import queue
import threading
from collections.abc import Callable
from typing import Any, Final

from stress._compat import unprofiled
from stress.events import READ, STATE, UPDATE, OperationSite, Touch
from stress.runtime.control.execution import Execution
from stress.runtime.control.places import Place
from stress.runtime.control.thread import Ended, Thread

LOCK: Final = _thread.LockType
RLOCK: Final = _thread.RLock


# Before the exploration somebody took it who isn't controlled, or whom nobody saw.
SOMEBODY: Final[Any] = type("Somebody", (), {"held": {}, "ended": False, "name": "somebody outside", "number": -1})()


class Lock:
    """The model of one real lock, for one execution."""

    word = "lock"
    takes = True
    __slots__ = ("count", "entries", "owner", "real", "reentrant", "tried", "waited_for_own", "waiters", "was_held")

    def __init__(self, real: Any, reentrant: bool) -> None:
        self.real = real
        self.reentrant = reentrant
        self.owner: Thread | None = None
        self.count = 0
        self.entries: list[Place] = []  # where the owner of an RLock has entered it, the oldest first
        self.waiters: list[Thread] = []
        self.tried = False  # without waiting
        self.waited_for_own = False  # with a time limit, by its holder
        self.was_held = is_held(real, reentrant)
        if self.was_held:
            self.owner, self.count = SOMEBODY, 1

    @property
    def level(self) -> int:
        """1, if nobody had it when the execution met it."""
        return 0 if self.was_held else 1

    @property
    def use(self) -> tuple[Touch, ...]:
        """What taking it does, or giving it back."""
        return ((UPDATE, self.real, STATE),)

    def was_given_back_unseen(self) -> bool:
        """Whether C code has released it by itself (`map(call, [lock.release])`): the model thinks that it is held."""
        return self.owner is not None and not self.reentrant and not self.real.locked()


def is_held(real: Any, reentrant: bool) -> bool:
    """Whether anybody has the real lock."""
    if not reentrant:
        return bool(real.locked())
    # An RLock has no locked() until 3.14, and nobody who runs now can be its owner.
    if real.acquire(blocking=False):
        real.release()
        return False
    return True


class Locks:
    """All locks that one execution met."""

    def __init__(self, execution: Execution) -> None:
        self._by_id: dict[int, Lock] = {}  # the model holds the lock: its id stays its own
        self.begin(execution)

    def begin(self, execution: Execution) -> None:
        """A new execution has met none."""
        self._execution = execution
        self._by_id.clear()

    def of(self, real: Any) -> Lock:
        """The model of a real lock."""
        found = self._by_id.get(id(real))
        if found is None:
            found = self._by_id[id(real)] = Lock(real, type(real) is RLOCK)
        return found

    def __iter__(self) -> Any:
        return iter(self._by_id.values())

    # --- operations ---------------------------------------------------------------------------------------------------

    def acquire(self, lock: Lock, site: OperationSite, blocking: Any = True, timeout: Any = -1) -> bool:
        """As Lock.acquire and RLock.acquire."""
        if not _is_plain(blocking, timeout):
            return bool(lock.real.acquire(blocking, timeout))  # raises what it raises
        execution = self._execution
        thread = execution.current
        if lock.was_given_back_unseen():
            execution.unseen = True
            self._given_back(lock, lock.count)
        if lock.reentrant and lock.owner is thread:
            execution.will_lock(execution.operations + 1)
            execution.reach(site, UPDATE)  # nobody else sees how often
        elif not blocking or timeout == 0:
            lock.tried = True
            execution.waited_for_own |= lock.waited_for_own
            if not execution.tried(lock, site) and not execution.over:
                return False
        else:
            lock.waited_for_own |= timeout != -1 and lock.owner is thread
            execution.waited_for_own |= lock.waited_for_own and lock.tried
            if not execution.wait(lock, site, None if timeout == -1 else timeout, ready=lock.owner is None):
                return False
        if execution.over:
            return _last_try(lock.real)
        self._take(lock, thread, site)
        return True

    def _take(self, lock: Lock, thread: Thread, site: OperationSite) -> None:
        if not lock.real.acquire(blocking=False):
            lock.real.acquire()  # of somebody who isn't controlled; what doesn't come back is told as such
        lock.count += 1
        place = Place(site)
        if lock.reentrant:
            lock.entries.append(place)
        if lock.owner is not thread:
            lock.owner = thread
            thread.held[lock] = place
            if lock.waiters:
                self._execution.taken(lock)

    def release(self, lock: Lock, site: OperationSite) -> None:
        """As Lock.release (any thread may) and RLock.release."""
        self._about_to_give_back(lock, site, 1)
        lock.real.release()  # raises what it raises
        self._given_back(lock, 1)
        if lock.count and lock.owner is not None and lock.entries:
            self._left(lock, lock.owner, site)

    def _about_to_give_back(self, lock: Lock, site: OperationSite, count: int) -> None:
        execution = self._execution
        execution.will_lock(execution.operations + 1)
        if lock.reentrant and (lock.owner is not execution.current or lock.count > count):
            execution.reach(site, UPDATE)  # raises, or nobody else sees how often
        else:
            execution.reach(site, UPDATE, lock.use)
            execution.it_added(1 if lock.owner is not None else 0)

    def _given_back(self, lock: Lock, count: int) -> None:
        lock.count -= count
        if lock.count > 0 or lock.owner is None:
            return
        lock.owner.held.pop(lock, None)
        lock.owner = None
        lock.count = 0
        lock.entries.clear()
        if lock.waiters and not self._execution.over:
            self._execution.available(lock)

    def _left(self, lock: Lock, owner: Thread, site: OperationSite) -> None:
        """An RLock was left once, and is still held: by the end of a `with` from where that entered it, else from where
        it was entered last and by no `with`."""
        ends_with = site.kind == "enter"
        for index in range(len(lock.entries) - 1, -1, -1):
            entered = lock.entries[index].site
            if entered is site if ends_with else entered.kind != "enter":
                del lock.entries[index]
                break
        else:
            del lock.entries[-1]
        if lock.entries:
            owner.held[lock] = lock.entries[0]

    def locked(self, lock: Lock, site: OperationSite) -> bool:
        """As Lock.locked."""
        self._execution.reach(site, READ, ((READ, lock.real, STATE),))
        return bool(lock.real.locked())

    def release_save(self, lock: Lock, site: OperationSite) -> Any:
        """As RLock._release_save, which Condition calls: given back however often it was entered."""
        self._about_to_give_back(lock, site, lock.count)
        state = lock.real._release_save()
        self._given_back(lock, lock.count)
        return state

    def acquire_restore(self, lock: Lock, site: OperationSite, state: Any) -> None:
        """As RLock._acquire_restore: taken again, as often as before."""
        execution = self._execution
        thread = execution.current
        execution.wait(lock, site, ready=lock.owner is None)
        if execution.over:
            raise Ended
        lock.real._acquire_restore(state)
        lock.count = state[0]
        lock.owner = thread
        place = thread.held[lock] = Place(site)
        lock.entries[:] = [place] * lock.count
        if lock.waiters:
            execution.taken(lock)

    def look_again(self) -> bool:
        """Whether a lock that threads wait for is free, since C code gave it back by itself: nobody saw that."""
        given_back = [lock for lock in self._by_id.values() if lock.waiters and lock.was_given_back_unseen()]
        for lock in given_back:
            self._given_back(lock, lock.count)
        return bool(given_back)

    # --- as they were -------------------------------------------------------------------------------------------------

    def give_back_all(self, thread: Thread) -> None:
        """On the thread's own worker, once all is judged: what it left locked is unlocked."""
        for lock in list(thread.held):
            if lock.owner is not thread:
                continue
            for _ in range(lock.count if lock.reentrant else 1):
                try:
                    lock.real.release()
                except RuntimeError:  # its unwinding has given it back
                    break
            lock.owner, lock.count = None, 0
        thread.held.clear()

    def restore(self) -> None:
        """Locks from before that were held then, and were given back, are held again."""
        for lock in self._by_id.values():
            if lock.was_held and not lock.reentrant and not lock.real.locked():
                lock.real.acquire(blocking=False)


def _is_plain(blocking: Any, timeout: Any) -> bool:
    """Whether these are arguments that acquire() takes."""
    if type(timeout) not in (int, float) or not isinstance(blocking, int):
        return False
    return timeout == -1 or (bool(blocking) and 0 <= timeout <= threading.TIMEOUT_MAX)


def _last_try(real: Any) -> bool:
    if real.acquire(blocking=False):
        return True
    raise Ended


class Held:
    """Stands for a lock in a `with` statement."""

    __slots__ = ("_lock", "_locks", "_site")

    def __init__(self, locks: Locks, lock: Lock, site: OperationSite) -> None:
        self._locks = locks
        self._lock = lock
        self._site = site

    @unprofiled
    def __enter__(self) -> bool:
        return self._locks.acquire(self._lock, self._site)

    @unprofiled
    def __exit__(self, *_: object) -> None:
        self._locks.release(self._lock, self._site)


Method = Callable[[Locks, Lock, OperationSite], Callable[..., Any]]


def _method(function: Callable[..., Any]) -> Method:
    called = unprofiled(function)
    return lambda locks, lock, site: functools.partial(called, locks, lock, site)


def _acquire(locks: Locks, lock: Lock, site: OperationSite, *args: Any, **keywords: Any) -> bool:
    if not (args or keywords):
        return locks.acquire(lock, site)
    try:
        blocking, timeout = _arguments_of_acquire(*args, **keywords)
    except TypeError:
        return bool(lock.real.acquire(*args, **keywords))  # raises what it raises
    return locks.acquire(lock, site, blocking, timeout)


def _arguments_of_acquire(blocking: Any = True, timeout: Any = -1) -> tuple[Any, Any]:
    return blocking, timeout


def _release(locks: Locks, lock: Lock, site: OperationSite, *args: Any, **keywords: Any) -> None:
    if args or keywords:
        lock.real.release(*args, **keywords)  # raises what it raises
    locks.release(lock, site)


def _locked(locks: Locks, lock: Lock, site: OperationSite, *args: Any, **keywords: Any) -> bool:
    if args or keywords:
        lock.real.locked(*args, **keywords)  # raises what it raises
    return locks.locked(lock, site)


def _exit(locks: Locks, lock: Lock, site: OperationSite, *_: object) -> None:
    locks.release(lock, site)


def _acquire_restore(locks: Locks, lock: Lock, site: OperationSite, state: Any, /) -> None:
    locks.acquire_restore(lock, site, state)


# What each method of a real lock is under control; any other is as it is.
METHODS: Final[dict[str, Method]] = {
    "acquire": _method(_acquire),
    "acquire_lock": _method(_acquire),
    "__enter__": _method(_acquire),
    "release": _method(_release),
    "release_lock": _method(_release),
    "__exit__": _method(_exit),
    "locked": _method(_locked),
    "locked_lock": _method(_locked),
    "_release_save": _method(Locks.release_save),
    "_acquire_restore": _method(_acquire_restore),
}


# --- queue.SimpleQueue, which blocks in C -----------------------------------------------------------------------------


class Queue:
    """The model of one SimpleQueue, for one execution: who waits for an item."""

    word = "queue"
    takes = True
    __slots__ = ("level", "real", "waiters")

    def __init__(self, real: Any) -> None:
        self.real = real
        self.level: int = real.qsize()
        self.waiters: list[Thread] = []

    @property
    def use(self) -> tuple[Touch, ...]:
        """What getting an item does, or putting one."""
        return ((UPDATE, self.real, STATE),)


class Queues:
    """All SimpleQueues that one execution met."""

    def __init__(self, execution: Execution) -> None:
        self._by_id: dict[int, Queue] = {}
        self.begin(execution)

    def begin(self, execution: Execution) -> None:
        """A new execution has met none."""
        self._execution = execution
        self._by_id.clear()

    def of(self, real: Any) -> Queue:
        """The model of a real queue."""
        found = self._by_id.get(id(real))
        if found is None:
            found = self._by_id[id(real)] = Queue(real)
        return found

    def look_again(self) -> bool:
        """Whether a queue that threads wait for has an item, which nobody saw come."""
        filled = [model for model in self._by_id.values() if model.waiters and not model.real.empty()]
        for model in filled:
            self._execution.available(model)
        return bool(filled)

    def put(self, model: Queue, site: OperationSite, item: Any, block: Any = True, timeout: Any = None) -> None:
        """As SimpleQueue.put, which never blocks."""
        self._execution.reach(site, UPDATE, model.use)
        self._execution.it_added(1)
        model.real.put(item, block, timeout)
        if model.waiters and not self._execution.over and model.real.qsize() == 1:
            self._execution.available(model)

    def get(self, model: Queue, site: OperationSite, block: Any = True, timeout: Any = None) -> Any:
        """As SimpleQueue.get."""
        execution = self._execution
        if not block or (timeout is not None and not (isinstance(timeout, (int, float)) and timeout > 0)):
            execution.reach(site, UPDATE, model.use)
            if not model.real.empty():
                execution.it_added(-1)
            item = model.real.get(block, timeout)  # doesn't block, or raises what it raises
        else:
            while execution.wait(model, site, timeout, ready=not model.real.empty()):
                if execution.over or not model.real.empty():
                    break
                execution.unseen = True  # C code has taken the item
            else:
                raise queue.Empty
            item = model.real.get_nowait()
        if model.waiters and model.real.empty():
            execution.taken(model)
        return item

    def get_nowait(self, model: Queue, site: OperationSite) -> Any:
        """As SimpleQueue.get_nowait."""
        return self.get(model, site, False)


QUEUE: Final = _queue.SimpleQueue

QUEUE_METHODS: Final[dict[str, Callable[..., Any]]] = {
    "put": unprofiled(Queues.put),
    "put_nowait": unprofiled(Queues.put),
    "get": unprofiled(Queues.get),
    "get_nowait": unprofiled(Queues.get_nowait),
}
