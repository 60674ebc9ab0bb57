"""A fork in a thread of the scenario is one step; its child isn't controlled, and may run where this process may."""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from stress.runtime.control.execution import Execution
from stress.runtime.control.workers import Pool

if TYPE_CHECKING:
    from stress.runtime.control.session import Session


class Forks:
    """Those of one exploration."""

    def __init__(self, session: Session, pool: Pool) -> None:
        self._session = session
        self._pool = pool
        self._forking: Execution | None = None  # its current thread forks now

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """From os.fork, for the time of the exploration."""
        _noticing.append(self)
        try:
            yield
        finally:
            _noticing.remove(self)

    def begins(self) -> None:
        """From here on nothing is seen."""
        execution = self._session.here()
        if execution is not None:
            self._forking, execution.ident = execution, 0
            self._pool.unpin()

    def ends(self) -> None:
        """In this process it is over."""
        if self._forking is not None and _thread.get_ident() == self._forking.current.ident:
            execution, self._forking = self._forking, None
            execution.ident = execution.current.ident
            self._pool.pin()

    def as_fork(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same, which starts a child process: one that runs where this process may."""

        def spawn(*args: Any, **keywords: Any) -> Any:
            self.begins()
            try:
                return function(*args, **keywords)
            finally:
                self.ends()

        return spawn

    def in_the_child(self) -> None:
        """No other thread is there; this one goes on by itself, and ends where it ends."""
        if self._forking is not None:
            self._forking.alone = True
        self._forking = None
        self._session.forked()


_noticing: Final[list[Forks]] = []


def _before_fork() -> None:
    """What others do before and after a fork (logging takes its lock) belongs to it: one step."""
    for forks in _noticing:
        forks.begins()


def _after_fork_in_parent() -> None:
    for forks in _noticing:
        forks.ends()


def _after_fork_in_child() -> None:
    for forks in _noticing:
        forks.in_the_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
