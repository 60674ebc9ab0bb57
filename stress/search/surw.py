"""SURW, selectively uniform random walk: H. Zhao, D. Wolff, U. Mathur, A. Roychoudhury, "Selectively Uniform
Concurrency Testing", ASPLOS 2025.

A set of operations is *interesting*, and every order of them is to be as likely as any other. So which thread does the
next of them is drawn in proportion to how many each has left, and until it has done it, no other thread does one of
its own; all that isn't interesting is left to a random walk. A thread that hasn't started yet is drawn with the one
that will start it, on the way to it: its operations count as the other's. Where no thread waits for another, and the
counts are right, the orders are uniform; and no order of all operations is left out.

How many each thread has is counted in the first execution, which is a random walk. It also tells what can be
interesting: each location (an attribute, a lock, a key) that two threads touched and one changed. Every execution after
it draws one of these, each as likely as any other, and is interested in the operations at the places in the source
where that was touched.

Departs from the paper where this can't hold. If all that can go on are kept from going on, another thread is drawn; one
that is about to do more than it was counted to do has one left; and after 1,000 choices without an interesting
operation, all threads go on as they like until one is done, since the drawn one may spin, waiting for another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from stress.events import ANY, Event, Location, OperationSite, Path, Pending, overlap, writes
from stress.search.protocol import T
from stress.search.seeded import Seeded, patience

Sites = frozenset[OperationSite]


class SURW(Seeded):
    """A strategy for each execution of one exploration."""

    sees = True

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._counts: dict[OperationSite, dict[Path, int]] = {}  # operations, in the first execution
        self._candidates: list[Sites] | None = None  # None: there was no execution yet
        self._interesting: Sites = frozenset()
        self._identities: set[int] = set()  # of them: to ask one for its hash would be a call
        self._left: dict[Path, int] = {}  # by thread: interesting operations, of those that it will start too
        self._drawn: Path | None = None  # the thread that does the next one
        self._known = 0  # how many events have been looked at
        self._last = 0  # position of the last interesting one

    def begin(self, execution: int) -> None:
        super().begin(execution)
        self._interesting = frozenset()
        if self._candidates:
            self._interesting = self._candidates[int(self.draw() * len(self._candidates))]
        self._identities = set(map(id, self._interesting))
        self._left = defaultdict(int)
        for site in self._interesting:
            for path, count in self._counts[site].items():
                for length in range(len(path) + 1):
                    self._left[path[:length]] += count
        self._drawn = None
        self._known = self._last = 0

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The thread to run next, one of `enabled`."""
        interesting = self._identities
        free: Sequence[T] = enabled
        if interesting:
            self._catch_up()
            if len(self._decisions) - self._last <= patience(len(enabled)):
                free = [thread for thread in enabled if id(thread.site) not in interesting]
                if len(free) < len(enabled):
                    if self._drawn is None:
                        self._draw_one(enabled)
                    free = self._not_kept(enabled)
                    if not free:
                        self._draw_one(enabled)
                        free = self._not_kept(enabled)
        return free[int(self.draw() * len(free))]

    def _not_kept(self, enabled: Sequence[T]) -> Sequence[T]:
        return [thread for thread in enabled if id(thread.site) not in self._identities or thread.path == self._drawn]

    def _draw_one(self, enabled: Sequence[T]) -> None:
        """Draws the thread that does the next interesting operation; one of them is about to do one."""
        left = [max(self._left[thread.path], id(thread.site) in self._identities) for thread in enabled]
        position = int(self.draw() * sum(left))
        for thread, count in zip(enabled, left, strict=True):
            position -= count
            if position < 0:
                self._drawn = thread.path
                return

    def _catch_up(self) -> None:
        """Takes account of what has been done since the last choice."""
        events = self._events
        for number in range(self._known, len(events)):
            event = events[number]
            if id(event.site) in self._identities:
                self._left[event.path] = max(self._left[event.path] - 1, 0)
                self._drawn = None
                self._last = len(self._decisions)
            for child in event.starts:
                # What the parent was drawn for is one of its own, or one of the child's.
                if self._drawn == event.path and int(self.draw() * self._left[event.path]) < self._left[child]:
                    self._drawn = child
                self._left[event.path] = max(self._left[event.path] - self._left[child], 0)
        self._known = len(events)

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        """The execution counts, and is learned from."""
        if self._candidates is None:
            counts: dict[OperationSite, dict[Path, int]] = defaultdict(lambda: defaultdict(int))
            for event in events:
                counts[event.site][event.path] += 1
            self._counts = counts
            self._candidates = list(dict.fromkeys(shared(events)))
        return True


def shared(events: Iterable[Event]) -> Iterator[Sites]:
    """For each location that two threads touched and one changed, in order of first touch: where in the source that
    was, and where what overlaps with it was touched. What was done before the first start of a thread is left out, and
    so are beginnings and ends of threads: nobody has another order of them."""
    touched: dict[int, dict[Location, _Touched]] = {}
    lives: set[int] = set()
    started = False
    for event in events:
        if event.starts or event.needs == "thread":
            lives.update(thing for _, thing, _ in event.accesses)
        if not started:
            started = bool(event.starts)
            continue
        for mode, thing, location in event.accesses:
            touched.setdefault(thing, {}).setdefault(location, _Touched()).add(event, mode)
    for thing, locations in touched.items():
        if thing in lives:
            continue
        # A location that one key tells overlaps with few others; a dict of a thousand keys has a thousand.
        broad = [location for location in locations if not _has_a_key(location)]
        for location in locations:
            others = broad if _has_a_key(location) else locations
            parts = [locations[other] for other in others if other == location or overlap(location, other)]
            if _has_a_key(location):
                parts.append(locations[location])
            if any(part.changed for part in parts) and len(set().union(*(part.paths for part in parts))) > 1:
                yield frozenset().union(*(part.sites for part in parts))


def _has_a_key(location: Location) -> bool:
    return location[0] in ("attribute", "item", "shape") and location[1] is not ANY


class _Touched:
    """Who touched a location, and where."""

    def __init__(self) -> None:
        self.sites: set[OperationSite] = set()
        self.paths: set[Path] = set()
        self.changed = False

    def add(self, event: Event, mode: str) -> None:
        self.sites.add(event.site)
        self.paths.add(event.path)
        self.changed |= writes(mode)
