"""Failures that nobody read: who is told of them before they become a warning. Light: the pytest plugin imports it."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import Final, Protocol

from stress.errors import UnreadFailureWarning

# Told of each dropped exploration with an unread failure; True: it is taken care of, no warning.
listeners: Final[list[Callable[[str], bool]]] = []


class Unread(Protocol):
    """An exploration, as this module knows it."""

    def mark_read(self) -> None:
        """Nobody has to look at its failure any more."""


# The explorations whose failure nobody has read yet.
pending: Final[weakref.WeakSet[Unread]] = weakref.WeakSet()


def dropped(text: str, file: str, line: int) -> None:
    """An exploration made at file:line was dropped, and its failure, told by `text`, was never read."""
    if not any(listener(text) for listener in listeners):
        warnings.warn_explicit(text, UnreadFailureWarning, file, line)
