"""The order of threads and futures in a set, and when sorted by id(), as executors have them: by age.

Their addresses would decide, and differ from one execution to the next. So `hash()` of what is born in an execution is
a number, the same in each; nothing else changes its hash.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import Future, _base
from contextlib import contextmanager
from typing import Any, Final

_AGE: Final = " age"  # no identifier: nobody else has such an attribute


class Ages:
    """Numbers those that are born, from 1 in each execution."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Of another execution."""
        self._numbers = itertools.count(1)

    def born(self, thing: Any) -> None:
        """A thread or future begins to be."""
        vars(thing)[_AGE] = next(self._numbers)


def by_age(thing: Any) -> int:
    """The hash of what has an age."""
    age = vars(thing).get(_AGE)
    return object.__hash__(thing) if age is None else age


def _id(future: Any) -> int:
    return vars(future).get(_AGE) or id(future)


@contextmanager
def ordered_by_age() -> Iterator[None]:
    """Threads and futures hash by their age, where they have one."""
    kinds: tuple[Any, ...] = (threading.Thread, Future)
    for kind in kinds:
        kind.__hash__ = by_age
    setattr(_base, "id", _id)  # noqa: B010  no attribute of it that type checkers know
    try:
        yield
    finally:
        delattr(_base, "id")
        for kind in kinds:
            del kind.__hash__
