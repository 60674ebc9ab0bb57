"""Failure: what went wrong in one execution, as data and as text. Knows nothing of how it was found."""

from __future__ import annotations

import ast
import collections
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType, FunctionType, TracebackType
from typing import Final, NoReturn

from stress._lines import fitted
from stress.errors import KINDS, StressFailure
from stress.events import Event, Site, printable
from stress.schedule import Schedule

# The schedule of the failure raised last: whoever runs tests takes it from here, and adds how it is replayed.
thrown: Final[collections.deque[Schedule | None]] = collections.deque(maxlen=1)


@dataclass(frozen=True, eq=False)
class Failure:
    """An execution that went wrong.

    kind: one of "error", "deadlock", "livelock", "leaked lock", "uncontrolled blocking", "nondeterministic",
        "not linearizable", "data race".
    exception: the exception that the scenario or one of its threads raised; None where it raised nothing.
    schedule: which replays it; None natively, where free threads can't be replayed, and of what is nondeterministic or
        came to something else when the same choices were made again.
    switches: how many times another thread went on; None natively, where nobody counts.
    timeline: the switches as printed; "" natively.
    operations: every operation of the execution; of what is nondeterministic those that two runs had in common; ()
        natively. threads: the name of each thread, by number.
    sites: where it went wrong: of an error the line that raised, of a deadlock a line for each stuck thread,
        but for one whose whole work is the call that it is stuck in.
    model: "gil" (reachable on GIL builds too), "free-threaded" (shown to be only there), None (not known).

    text: the report, without the schedule, at 80 columns. str() is the whole one.
    """

    kind: str
    exception: BaseException | None
    text: str = field(repr=False)
    schedule: Schedule | None = None
    switches: int | None = None
    timeline: str = field(default="", repr=False)
    operations: tuple[Event, ...] = field(default=(), repr=False)
    threads: tuple[str, ...] = field(default=(), repr=False)
    sites: tuple[Site, ...] = ()
    model: str | None = None
    _traceback: TracebackType | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", fitted(self.text))
        object.__setattr__(self, "sites", tuple(site for site in self.sites if site.line))
        if self.exception is not None:
            object.__setattr__(self, "_traceback", self.exception.__traceback__)

    def __str__(self) -> str:
        return self.text if self.schedule is None else f"{self.text}\nschedule: {self.schedule}"

    def throw(self, test: Callable[..., object] | None = None) -> NoReturn:
        """Raises the scenario's own exception with its own traceback and this report as a note (PEP 678); without
        one, the StressFailure of this kind. One that ends a process, and tells nobody, is a StressFailure's cause.

        test: where the StressFailure is raised, for whoever reads its traceback."""
        __tracebackhide__ = True
        thrown.append(self.schedule)
        if self.exception is None:
            raise_at(test, KINDS[self.kind](self))
        if isinstance(self.exception, SystemExit):
            raise StressFailure(self) from self.exception
        add_note(self.exception, str(self))
        raise self.exception.with_traceback(self._traceback)


def raise_at(test: Callable[..., object] | None, exception: BaseException) -> NoReturn:
    """Its traceback has the line of the test's `def`, as that of an exception has a line that comes out of it: pytest
    shows the test by it, and editors open it there."""
    __tracebackhide__ = True
    code = getattr(test, "__code__", None)
    if not isinstance(code, CodeType):
        raise exception
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    decorators = next((index for index, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
    statement = ast.parse("\n" * decorators + "raise exception")
    for node in ast.walk(statement):
        vars(node).update(dict.fromkeys(vars(node).keys() & {"col_offset", "end_col_offset"}, -1))  # no carets
    raising = compile(statement, code.co_filename, "exec").replace(
        co_firstlineno=code.co_firstlineno, co_name=code.co_name, co_qualname=code.co_qualname
    )
    FunctionType(raising, {"exception": exception})()
    raise exception  # which nobody comes to


def add_note(exception: BaseException, note: str) -> None:
    """Adds the note once; an exception whose `__notes__` isn't a list keeps what it has."""
    notes = getattr(exception, "__notes__", None)
    if notes is None or (isinstance(notes, list) and note not in notes):
        BaseException.add_note(exception, note)  # not what a subclass makes of it


def describe(exception: BaseException) -> str:
    """Type and message, without what a terminal takes for a command; an exception whose str() raises is named by its
    type."""
    try:
        str(exception)
    except BaseException:  # whatever it raises, it is told here that the exception has no text
        return type(exception).__name__
    message = traceback.format_exception_only(exception)[0].rstrip("\n")
    return "\n".join(map(printable, message.split("\n")))
