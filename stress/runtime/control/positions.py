"""Where a thread is, counted as schedules count it: the same in the user's code on every Python.

Operations of the user's code are counted through. Those of the standard library, whose source differs from version to
version, are counted anew in each call of it that the user's code makes, and there since it last took a lock or gave one
back: that it does in the same order on every Python, nearly always, and what comes in between matters little. Those of
an assert statement, of which pytest makes others that do more, are counted anew in each of them, with what pytest calls
to show what failed: a `__repr__` of the user's. That C code calls a function, which depends on what others can reach,
counts as little.
"""

from __future__ import annotations

import types
from collections.abc import Sequence

from stress.events import Event, OperationSite, Touch
from stress.runtime.control.places import Place, is_shown_by_pytest
from stress.schedule import ABOUT, ENDED, ENDING, WAITS, Position


class Counted:
    """The position of one thread, in an execution that is recorded.

    `place`: of the operation that it is about to do, or does. `ending`: that is its end.
    """

    __slots__ = (
        "_asserts",
        "_entered",
        "_entry",
        "_inner",
        "_operation",
        "_since",
        "_taken",
        "_waits",
        "did",
        "ending",
        "place",
        "touches",
    )

    def __init__(self) -> None:
        self.place: Place | None = None
        self.ending = False
        self.touches: Sequence[Touch] = ()  # what the operation that it is about to do touches
        self.did: Event | None = None  # its last operation
        self._operation = 0
        self._entry = 0
        self._inner = 0
        self._taken = 0
        self._since = 0
        self._waits = 0
        self._asserts: tuple[str, int] | None = None  # the assert statement that it is in
        self._entered: tuple[types.CodeType | str | None, int] | None = None

    def comes_to(self, site: OperationSite) -> None:
        """It is about to do an operation."""
        self.place = place = Place(site)
        if site.assertion and not place.inside:
            self._asserts = site.file, site.assertion
        elif self._asserts is not None and not is_shown_by_pytest():
            self._asserts = None
        if not (place.inside or self._asserts or site.kind == "entry"):
            self._operation += 1
            self._entry = self._inner = self._taken = self._since = self._waits = 0
            self._entered = None
            return
        entered = self._asserts or (place.entered if place.inside else (site.file, 0))
        if entered != self._entered:
            self._entered = entered
            self._entry += 1
            self._inner = self._taken = self._since = 0
        elif self.did is not None and self.did.delta and self.did.place.inside:
            self._taken += 1
            self._since = 0
        self._inner += 1
        self._since += 1

    @property
    def operation(self) -> int:
        """How many operations of the user's code it has come to."""
        return self._operation

    def waits(self) -> None:
        """It can't do it now."""
        self._waits += 1

    def position(self, goes_on: bool, ended: bool, counts_all: bool = False) -> Position:
        """Where it is. goes_on: it could do its operation now. ended: it has no other. counts_all: the operations of
        the standard library, whatever was taken."""
        if ended:
            return Position(ENDED)
        if not goes_on:
            return Position(WAITS, self._operation, waits=self._waits)
        if self.ending:
            return Position(ENDING)
        if self._inner or self.place is None:
            taken, inner = (0, self._inner) if counts_all else (self._taken, self._since)
            return Position(ABOUT, self._operation, "", self._entry, taken, inner)
        return Position(ABOUT, self._operation, self.place.site.mode)
