"""What executions leave behind, and what it says as it dies, isn't the scenario's: it is collected between executions,
and unheard where threads were unwound. Within one nothing is collected, but by the scenario itself."""

from __future__ import annotations

import _thread
import gc
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from stress.runtime.control.execution import Execution
from stress.runtime.control.thread import Ended

if TYPE_CHECKING:
    from stress.runtime.control.session import Session

GARBAGE: Final = 5_000  # objects, after which it is collected, between two executions


class Tidying:
    """After the executions of one exploration."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._scenario_collects = False  # all generations, by itself
        self._hushed = False
        self._unwound = False  # some execution ended so

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Garbage is collected by `tidy` alone."""
        collects = gc.isenabled()
        with self._quiet():
            gc.callbacks.append(self._note_collection)
            gc.disable()
            try:
                yield
            finally:
                if collects:
                    gc.enable()
                if self._note_collection in gc.callbacks:  # a scenario may clear them
                    gc.callbacks.remove(self._note_collection)

    def tidy(self, execution: Execution) -> None:
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

    def close(self) -> None:
        """After the last one."""
        if self._unwound:
            self._hushed = True  # what threads that were unwound left behind dies unheard
            gc.collect(1)
            self._hushed = False

    def _note_collection(self, phase: str, about: dict[str, int]) -> None:
        """Called by the garbage collector."""
        if about["generation"] == 2 and self._session.here() is not None:
            self._scenario_collects = True

    def _is_hushed(self) -> bool:
        """Whether the calling thread is being unwound, or clears up after that, or was left behind."""
        execution, ident = self._session.execution, _thread.get_ident()
        over = execution is not None and execution.over and ident == execution.current.ident
        return self._hushed or over or ident in self._session.left_behind

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """What threads say while they are unwound, and what they leave behind says as it dies, isn't the scenario's."""
        unraisable, show = sys.unraisablehook, warnings.showwarning
        loggers = [logging.getLogger("concurrent.futures"), logging.getLogger("asyncio")]

        def unraisablehook(args: Any) -> None:
            if not isinstance(args.exc_value, Ended) and not self._is_hushed():
                try:  # noqa: SIM105  (suppress is Python code, and would be found to be new in there)
                    unraisable(args)
                except Ended:
                    pass  # that is new code, so that all is given up: the thread ends at its next operation

        def showwarning(*args: Any, **keywords: Any) -> None:
            if not self._is_hushed():
                show(*args, **keywords)

        def passes(record: logging.LogRecord) -> bool:
            return not self._is_hushed() and (record.exc_info is None or not isinstance(record.exc_info[1], Ended))

        for logger in loggers:
            logger.addFilter(passes)
        sys.unraisablehook, warnings.showwarning = unraisablehook, showwarning
        try:
            yield
        finally:
            sys.unraisablehook, warnings.showwarning = unraisable, show
            for logger in loggers:
                logger.removeFilter(passes)
