"""Ctrl-C, which may come anywhere in the caller's thread, comes where it does no harm: while that thread waits, or runs
the user's code. In between, while the process is being prepared or put back as it was, it is kept for the next such
moment, at the latest for the end.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Interrupts:
    """A context manager around an exploration. Python runs signal handlers in the main thread: in another one, or where
    nobody wants to know of Ctrl-C, it does nothing."""

    def __init__(self) -> None:
        self._handler: Any = None  # the one from before
        self._allowed = False
        self._pending = False

    def __enter__(self) -> Interrupts:
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._handler = handler
            signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        if self._handler is not None:
            if signal.getsignal(signal.SIGINT) == self._interrupted:  # the user may have put another there
                signal.signal(signal.SIGINT, self._handler)
            self._raise_pending()

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
            self._handler(number, frame)
        else:
            self._pending = True

    def _raise_pending(self) -> None:
        if self._pending:
            self._pending = False
            self._handler(signal.SIGINT, sys._getframe())
