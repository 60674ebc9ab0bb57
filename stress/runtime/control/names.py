"""Names of the objects that one execution touches: by who came to them first, and with how many-eth of its operations.

An object's address names nothing: it is given to the next one as soon as the object has died. So each object that can
be weakly referenced is watched; of the others (lists, dicts, closure cells) a new one at the address of one that died
is taken for the same, which makes two operations depend on each other that don't, and never the other way round.
Nothing is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from stress.events import Identity, Touch, Watch

T = TypeVar("T")


class Names:
    """Numbers objects in order of first touch, from 0."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[int, Watch | None]] = {}  # by id(): the number, and what tells whether it holds
        self.first_touched: list[tuple[int, int]] = []  # thread, and how many-eth operation of it; by number

    def of(self, thing: Any, thread: int, step: int) -> int:
        """The number of an object, which this thread touches with its operation of this number."""
        known = self.known.get(id(thing))
        if known is not None and (known[1] is None or known[1]() is thing):
            return known[0]
        try:
            watch = Watch(thing)
        except TypeError:
            watch = None
        number = len(self.first_touched)
        self.known[id(thing)] = number, watch
        self.first_touched.append((thread, step))
        return number

    def of_those(self, addresses: Mapping[int, T]) -> dict[int, T]:
        """By the number of each object that has one of these addresses, what stands there."""
        known = self.known
        return {known[address][0]: what for address, what in addresses.items() if address in known}

    def named(self, accesses: Sequence[Touch], thread: int, step: int) -> tuple[Touch, ...]:
        """The same accesses, with numbers for the objects."""
        if not accesses:
            return ()
        named: list[Touch] = []
        names = self.known
        for mode, thing, location in accesses:
            if type(thing) is Watch:
                thing = thing()
            known = names.get(id(thing))  # as `of` has it, without the call
            if known is None or (known[1] is not None and known[1]() is not thing):
                number = self.of(thing, thread, step)
            else:
                number = known[0]
            if type(location[1]) is Identity:
                location = location[0], ("object", self.of(location[1].key, thread, step))
            named.append((mode, number, location))
        return tuple(named)
