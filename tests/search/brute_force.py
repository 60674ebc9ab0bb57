"""All interleavings of a scenario, run by the engine one after the other, and which of them are the same trace.

There is a choice only before what races with an operation of another thread, in any execution: all else is done at
once. Which places these are is found by running; whenever there is a new one, all begins anew. In the end nothing that
was done at once races with anything. Then nothing is left out: what others could have done before it doesn't conflict
with it, for the first of them that did would race with it in an execution that was run.
Nothing is used of stress.search but the protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

import stress
from stress import control
from stress.events import Event, OperationSite, Path, Pending, depend, writes
from stress.search.dpor import Dpor
from stress.search.protocol import Strategy

T = TypeVar("T", bound=Any)


class TooMany(Exception):
    """There are more interleavings than were asked for."""


class Everything:
    """Each choice everywhere, depth first. `complete`: nothing mattered of any execution that its events don't tell."""

    early = True
    sees = True
    stays_until = 0
    finishes = False
    traces = None

    def __init__(self, most: int) -> None:
        self.most = most
        self.contended: set[OperationSite] = set()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._waiting: list[tuple[int, ...]] = [()]
        self.found: list[Any] = []
        self.complete = True

    @property
    def exhausted(self) -> bool:
        return not self._waiting

    def begin(self, execution: int) -> None: ...

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        self._script = self._waiting[-1]
        self._choices: list[int] = []

    def choose(self, enabled: Sequence[T], current: T) -> T:
        for thread in enabled:
            if thread.site not in self.contended:  # or it has only just started
                return thread
        here = len(self._choices)
        self._choices.append(len(enabled))
        return enabled[self._script[here] if here < len(self._script) else 0]

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        self.complete &= complete
        more = contended(events, blocked) - self.contended
        if more:
            self.contended |= more
            self._begin_anew()
            return True
        script = self._waiting.pop()
        self.found.append(trace(events, blocked))
        if len(self.found) > self.most:
            raise TooMany
        for position in range(len(script), len(self._choices)):
            for choice in range(1, self._choices[position]):
                self._waiting.append((*script, *([0] * (position - len(script))), choice))
        return True


def contended(events: Sequence[Event], blocked: Sequence[Pending]) -> set[OperationSite]:
    """Where something was done that could have come before, or after, what another thread did or was about to do."""
    before: list[set[Event]] = []  # what each event comes after, whatever the order of the threads
    last: dict[Path, set[Event]] = {}  # what the next one of a thread comes after
    found: set[OperationSite] = set()
    for event in events:
        own = last.get(event.path, set())
        rivals = [
            other for other in events[: event.position] if other not in own and depend(other.accesses, event.accesses)
        ]
        found |= _racing(event, rivals, before)
        came = own.union(rivals, *(before[other.position] for other in rivals))
        before.append(set(events[: event.position]) if event.forced else came)
        for path in (event.path, *event.starts):
            last[path] = {*before[-1], event}
    for pending in blocked:
        own = last.get(pending.path, set())
        for other in events:
            if other not in own and other.delta <= 0 and depend(other.accesses, pending.accesses):
                found.add(other.site)
    return found


def _racing(event: Event, rivals: list[Event], before: list[set[Event]]) -> set[OperationSite]:
    """Where the event stands, and those that it races with, of the events that it depends on."""
    if event.needs:
        # It races with whoever took it before; not with whoever gave it, if it can't be had before that.
        given = event.needs != "queue" and not event.may_time_out
        racing = [other for other in rivals if not (given and other.delta > 0)]
    else:
        racing = [other for other in rivals if not any(other in before[each.position] for each in rivals)]
    return {each.site for each in (event, *racing)} if racing else set()


def _shared(events: Sequence[Event]) -> list[list[Event]]:
    """What was done to each thing that several threads touched, one of them writing."""
    by_thing: dict[int, list[Event]] = {}
    written = set()
    for event in events:
        for mode, thing, _ in event.accesses:
            done = by_thing.setdefault(thing, [])
            if not done or done[-1] is not event:
                done.append(event)
            if writes(mode):
                written.add(thing)
    return [done for thing, done in by_thing.items() if thing in written and len({each.path for each in done}) > 1]


def trace(events: Sequence[Event], blocked: Sequence[Pending]) -> Any:
    """The same for each execution of a trace, and for no other."""
    count: dict[Path, int] = {}
    label = []
    for event in events:
        count[event.path] = number = count.get(event.path, 0) + 1
        label.append((event.path, number, event.site, event.mode, event.timed_out))
    order = {
        (label[one.position], label[other.position])
        for sharing in _shared(events)
        for index, one in enumerate(sharing)
        for other in sharing[index + 1 :]
        if one.path != other.path and depend(one.accesses, other.accesses)
    }
    return frozenset(label), frozenset(order), frozenset(each.path for each in blocked)


class Noting(Dpor):
    """Dpor, and the trace of each of its executions."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Any] = []

    def end(self, events: Sequence[Event], blocked: Sequence[Pending], levels: dict[int, int], complete: bool) -> bool:
        as_planned = super().end(events, blocked, levels, complete)
        self.found = [*self.found, trace(events, blocked)] if as_planned else []
        return as_planned


def explored(scenario: Any, search: Strategy, executions: int = 10**9) -> stress.Exploration:
    """An exploration by this strategy, until it is exhausted, or by so many executions. A failure is neither run again
    nor made shorter, which would take longer than all else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(control, "strategy", lambda name, seed: search)
        patch.setattr(control.Controlled, "_verified", lambda self, outcome, found: (outcome, found))
        return stress.explore(scenario, search="dpor", executions=executions, keep_going=True)
