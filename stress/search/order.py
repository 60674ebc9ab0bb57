"""What came before what in an execution: each thread's operations in their order, dependent ones in the order in which
they came, and a thread's start before all that it does.

Executions of a search of traces begin alike, so it is kept from one to the next for as much as both did the same. The
events before an event are the bits of a number: bit i stands for event i.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter, eq
from typing import Any, Final

from stress.events import ANY, READ, Event, Path, Touch

_Used = tuple[int, dict[Path, int]]
"""Who used one location last: the last write, -1 if there is none, and the last read of each thread since. Never
changed."""

_NO_READS: Final[dict[Path, int]] = {}
_KEYED: Final = ("item", "shape", "attribute")
_WITH_ITEMS: Final = ("item", "shape", "state")
_what_it_did: Final = attrgetter("path", "accesses", "starts", "forced")


class Order:
    """The events of an execution, noted one after the other.

    before: the events before each. last_of: by thread, the events up to its last one, or up to its start. written: by
    object, the events that wrote it. unordered: keys came into one container, and none of them before the other.
    """

    def __init__(self) -> None:
        self.before: list[int] = []
        self.last_of: dict[Path, int] = {}
        self.written: dict[int, list[int]] = {}
        self.unordered = False
        self._did: list[Any] = []  # the events, as far as anything here hangs on them
        self._used: dict[int, dict[str, dict[Any, _Used]]] = {}  # by object, and the two halves of a location
        self._undo: list[list[tuple[dict[Any, Any], Any, Any]]] = []  # by event: where what stood, or None

    def keep(self, events: Sequence[Event], most: int) -> int:
        """Forgets what isn't the beginning of these events too, and all but the first so many. Returns how many are
        left."""
        did = [*map(_what_it_did, events)]
        same = [*map(eq, self._did[: len(self.before)], did[: max(most, 0)])]
        kept = same.index(False) if False in same else len(same)
        self._did = did
        for steps in reversed(self._undo[kept:]):
            for where, key, stood in reversed(steps):
                if stood is None:
                    del where[key]
                else:
                    where[key] = stood
        for written in self.written.values():
            while written and written[-1] >= kept:
                written.pop()
        del self.before[kept:], self._undo[kept:]
        return kept

    def depends_on(self, touches: Sequence[Touch], own: int) -> list[int]:
        """The last events that these touches depend on, but for those that came before their thread's last one in any
        case (`own`): each of the others came before one of them."""
        found: set[int] = set()
        for mode, thing, location in touches:
            spaces = self._used.get(thing)
            if spaces is None:
                continue
            space, key = location
            keys = spaces.get(space)
            if len(spaces) == 1 and keys is not None and key is not ANY and ANY not in keys:  # nearly always
                used = keys.get(key)
                if used is None:
                    continue
                overlapping: Iterable[_Used] = (used,)
            else:
                overlapping = _overlapping(spaces, space, key)
            for write, reads in overlapping:
                if write >= 0 and not own >> write & 1:
                    found.add(write)
                if reads and mode != READ:
                    found.update([read for read in reads.values() if not own >> read & 1])
        return sorted(found, reverse=True) if len(found) > 1 else [*found]

    def note(self, event: Event, own: int, others: list[int]) -> None:
        """The next event, which came after those that its thread did (`own`) and those that it depends on."""
        here = len(self.before)
        before = own
        for other in others:
            before |= self.before[other] | 1 << other
        if event.forced:  # nobody could run: it came after all that was
            before = (1 << here) - 1
        up_to = before | 1 << here
        last_of = self.last_of
        undo: list[tuple[dict[Any, Any], Any, Any]] = []
        path = event.path
        undo.append((last_of, path, last_of.get(path)))
        last_of[path] = up_to
        for thread in event.starts:
            undo.append((last_of, thread, last_of.get(thread)))
            last_of[thread] = up_to
        all_used = self._used
        for mode, thing, (space, key) in event.accesses:
            spaces = all_used.get(thing)
            if spaces is None:
                spaces = all_used[thing] = {}
            keys = spaces.get(space)
            if keys is None:
                keys = spaces[space] = {}
            used = keys.get(key)
            undo.append((keys, key, used))
            if mode == READ:
                keys[key] = (-1, {path: here}) if used is None else (used[0], {**used[1], path: here})
                continue
            if space == "shape":
                self.unordered |= any(write >= 0 and not up_to >> write & 1 for write, _ in keys.values())
            keys[key] = here, _NO_READS
            written = self.written.get(thing)
            if written is None:
                self.written[thing] = [here]
            elif not written or written[-1] != here:
                written.append(here)
        self.before.append(before)
        self._undo.append(undo)


def _overlapping(spaces: dict[str, dict[Any, _Used]], space: str, key: Any) -> Iterable[_Used]:
    """What was used of an object and has something in common with a location (see `overlap`)."""
    keys = spaces.get(space)
    if space == "whole":
        return [used for keys in spaces.values() for used in keys.values()]
    found: list[_Used] = []
    if keys is not None:
        if space not in _KEYED or key is ANY:
            found += keys.values()
        else:
            found += [keys[each] for each in (key, ANY) if each in keys]
    if len(spaces) > (keys is not None):
        further = ["whole"]
        if space == "items":
            further += _WITH_ITEMS
        elif space in _WITH_ITEMS:
            further.append("items")
        for name in further:
            found += spaces.get(name, {}).values()
    return found
