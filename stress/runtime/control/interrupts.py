"""Ctrl-C and other signals, which may come anywhere in the caller's thread, come where they do no harm: while that
thread waits, or runs the user's code. In between, while the process is being prepared or put back as it was, what their
handlers would raise is kept for the next such moment, at the latest for the end.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_signal: Any = vars(signal)["_signal"]  # the same without enumerations, which take long to make of all signals


class Interrupts:
    """A context manager around an exploration. Python runs signal handlers in the main thread: in another one, or where
    nobody wants to know of a signal, it does nothing."""

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[..., object]] = {}  # those from before, by signal
        self._allowed = False
        self._pending: list[int] = []  # signals

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            try:
                for number in _signal.valid_signals():
                    handler = _signal.getsignal(number)
                    if callable(handler):  # not one of the system's, nor of C code
                        self._handlers[number] = handler
                        signal.signal(number, self._interrupted)
            except BaseException:  # of a handler that isn't exchanged yet
                self._put_back()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        raised = self._put_back()
        self._raise_pending()
        if raised is not None:
            raise raised

    def _put_back(self) -> BaseException | None:
        """What a handler raises that is there again meanwhile, is returned."""
        raised = None
        while True:
            try:
                for number, handler in self._handlers.items():
                    if signal.getsignal(number) == self._interrupted:  # the user may have put another there
                        signal.signal(number, handler)
            except BaseException as exception:
                raised = exception
            else:
                return raised

    def during(self, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a function that may be interrupted."""
        self._raise_pending()
        self._allowed = True
        try:
            return function(*arguments)
        finally:
            self._allowed = False

    def _interrupted(self, number: int, frame: Any) -> None:
        if self._allowed:
            self._handlers[number](number, frame)
        elif number not in self._pending:  # as the system has it, one that waits already comes once
            self._pending.append(number)

    def _raise_pending(self) -> None:
        if self._pending:
            number = self._pending.pop(0)
            try:
                self._handlers[number](number, sys._getframe())
            finally:
                self._raise_pending()
