"""What an operation read or wrote, as text: taken by looking, so that nothing of the scenario's runs, and bounded."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from stress.events import Event, Location, Touch, Watch, printable

LONGEST: Final = 40  # characters of a value
MOST: Final = 3  # items of a container

UNKNOWN: Final = object()
Peek = Callable[[Any, Location], Any]

_name_of = vars(type)["__name__"].__get__  # a metaclass may have another, which would run
_BRACKETS: Final[dict[type, str]] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}


def shown(value: Any, depth: int = 1) -> str:
    """The value in at most so many characters: of built-in types what it is, of others the type's name alone."""
    kind = type(value)
    if kind is int:
        text = repr(value) if value.bit_length() < 100 else "<int of many digits>"
    elif kind in (bool, float, complex, type(None)):
        text = repr(value)
    elif kind is str or kind is bytes:
        text = repr(value[: LONGEST + 1])
    elif kind in (set, frozenset) and not value:
        text = f"{kind.__name__}()"
    elif kind in _BRACKETS and depth:
        some = [shown(each, depth - 1) for each in islice(value, MOST)]
        rest = ["..."] if len(value) > MOST else []
        comma = "," if kind is tuple and len(some) == 1 else ""
        text = f"{', '.join([*some, *rest])}{comma}".join(_BRACKETS[kind])
    elif kind is dict and depth:
        items = [f"{shown(key, 0)}: {shown(each, depth - 1)}" for key, each in islice(value.items(), MOST)]
        text = f"{{{', '.join([*items, *(['...'] if len(value) > MOST else [])])}}}"
    else:
        text = f"<{printable(_name_of(kind))}>"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


class Writing:
    """What a thread is about to write, until it has: then its event gets the value."""

    __slots__ = ("_event", "_location", "_owner")

    def __init__(self, event: Event, access: Touch) -> None:
        _, owner, self._location = access
        self._event = event
        try:
            self._owner: Callable[[], Any] = Watch(owner)  # which may die of it
        except TypeError:
            self._owner = lambda: owner  # for so long it has one reference more, which `settle` is for

    def done(self, peek: Peek) -> None:
        """It has."""
        self._event.value = seen(peek, (self._event.mode, self._owner(), self._location))


def seen(peek: Peek, access: Touch) -> str:
    """What is there now, "" where that can't be told."""
    value = peek(access[1], access[2])
    return "" if value is UNKNOWN else shown(value)
