"""The OS threads that a scenario's threads run on: real ones, kept from one execution to the next, on one CPU."""

from __future__ import annotations

import _thread
import ctypes
import os
import time
from collections.abc import Callable
from typing import Final

from stress._compat import LOCALS_ARE_IN_THREAD_DICT
from stress.runtime.control.pinning import Pinning

FAREWELL: Final = 1.0  # seconds, for workers to end: each has only to find out that it has nothing to do


def _thread_dict() -> dict[str, object] | None:
    """The calling thread's dict, in which thread-local data lies, where it does."""
    if not LOCALS_ARE_IN_THREAD_DICT:
        return None
    function = ctypes.pythonapi.PyThreadState_GetDict
    function.restype = ctypes.c_void_p  # not py_object, which would take a reference that is only lent
    found: dict[str, object] = ctypes.cast(function(), ctypes.py_object).value
    return found


class Worker:
    """One OS thread, which does one task after the other; each time that its gate opens."""

    __slots__ = ("_data", "_pool", "gate", "ident", "native_id", "stale", "task")

    def __init__(self, pool: Pool) -> None:
        self.gate = _thread.allocate_lock()
        self.gate.acquire()
        self.task: Callable[[], _thread.LockType | None] | None = None  # returns the gate to be opened after it
        self.stale = False  # its thread-local data was used: the next thread mustn't see it
        self.ident = 0
        self.native_id = 0
        self._pool = pool
        self._data: dict[str, object] | None = None
        begun = _thread.allocate_lock()
        begun.acquire()
        _thread.start_new_thread(self._work, (begun,))
        begun.acquire()

    def _work(self, begun: _thread.LockType) -> None:
        self.ident = _thread.get_ident()
        self.native_id = _thread.get_native_id()
        self._pool.came(self)  # before anything that may have hooks: it is no thread from before
        self._pool.pin()
        self._data = _thread_dict()
        begun.release()
        process = os.getpid()
        while not self._pool.closed:
            self.gate.acquire()
            task, self.task = self.task, None
            if task is None:
                break
            try:
                following = task()
            except BaseException as exception:
                if not self._pool.forgot(self):  # ours: what a scenario raises ends before it gets here
                    self._pool.failed.append(exception)
                break
            del task  # before anybody else runs: what it holds must not die at an instant of its own
            if following is not None:
                following.release()
            if self.stale or os.getpid() != process:  # a child of a fork goes on here, where it must end
                break
        self._pool.gone(self)

    def used_thread_data(self) -> bool:
        """Whether the thread that just ran here left thread-local data; to be asked on this worker."""
        return self.stale or bool(self._data)


class Pool:
    """The workers of one exploration: taken and given back; all end with it."""

    def __init__(self) -> None:
        self._free: list[Worker] = []
        self._all: dict[int, Worker] = {}
        self.closed = False
        self.failed: list[BaseException] = []  # bugs of ours
        self._pinning = Pinning()
        self.pin, self.unpin = self._pinning.pin, self._pinning.unpin

    def take(self) -> Worker:
        """A worker with nothing to do."""
        if self._free:
            return self._free.pop()
        return Worker(self)

    def give_back(self, worker: Worker) -> None:
        """Called on the worker itself, as the last of its task, before anybody else is let run."""
        if worker.used_thread_data():
            worker.stale = True
        else:
            self._free.append(worker)

    def came(self, worker: Worker) -> None:
        """The worker is there."""
        self._all[worker.ident] = worker

    def gone(self, worker: Worker) -> None:
        """The worker ends."""
        if not self.forgot(worker):  # another may have its identifier
            del self._all[worker.ident]

    def idents(self) -> set[int]:
        """Of the OS threads that haven't ended."""
        return set(self._all)

    def forget(self, worker: Worker) -> None:
        """The worker is stuck in a step that doesn't come back, and is left behind."""
        worker.stale = True
        self._all.pop(worker.ident, None)

    def forgot(self, worker: Worker) -> bool:
        """Whether it was left behind."""
        return self._all.get(worker.ident) is not worker

    def close(self) -> None:
        """Ends all workers, none of which has anything to do: also those that Ctrl-C kept from being used. Returns when
        they have ended."""
        self.closed = True
        for worker in [*self._all.values()]:
            worker.task = None
            if worker.gate.locked():
                worker.gate.release()
        deadline = time.monotonic() + FAREWELL
        while self._all and time.monotonic() < deadline:
            time.sleep(0.0002)
