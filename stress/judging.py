"""What an execution came to: its failures, with what was done before them, and whether two executions did the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from stress._lines import cut
from stress.detect.leaks import Leak, leaked_lock
from stress.detect.steps import NO_SCHEDULE, Came, changing, nondeterministic, uncontrolled_blocking
from stress.detect.waiting import Hold, Waiting, deadlock, livelock, short
from stress.errors import StressFailure
from stress.events import Event, OperationSite, Path, Pending, Site, writes
from stress.failure import Failure
from stress.runtime.control.outcome import Blocked, Outcome
from stress.runtime.stacks import relative
from stress.runtime.stuck import error
from stress.schedule import Schedule


def failures_of(outcome: Outcome, timeout: float) -> list[Failure]:
    """The failures of one execution, the first one first. timeout: real seconds, that a step may have taken."""
    found = []
    if outcome.lost is not None:
        found.append(
            uncontrolled_blocking(
                outcome.lost_thread, outcome.lost.site, outcome.lost.awaited, outcome.lost.runs, timeout
            )
        )
    elif outcome.spinning:
        threads = [_waiting(thread) for thread in outcome.blocked]
        found.append(livelock(threads, outcome.operations, outcome.endless))
    elif outcome.blocked:
        found.append(deadlock([_waiting(thread) for thread in outcome.blocked]))
    elif outcome.leaked:
        found.append(leaked_lock([Leak(name, held.name, held.where) for name, held in outcome.leaked]))
    errors = outcome.raised or (list(outcome.held_back.values()) if found else [])
    if errors:
        first, *others = errors
        of_parallel = getattr(first.exception, "failure", None)
        if isinstance(first.exception, StressFailure) and isinstance(of_parallel, Failure):
            found.insert(0, of_parallel)
        else:
            after = found[0] if found and found[0].kind == "deadlock" else None
            found.insert(0, error(first, others, after))
    return [_with_more(failure, outcome) for failure in found]


def replayable(failure: Failure, schedule: Schedule | None, outcome: Outcome) -> Failure:
    """The failure, with the schedule that gives it."""
    return replace(_told(failure, outcome, outcome.events, _ending(failure, outcome)), schedule=schedule)


def _told(failure: Failure, outcome: Outcome, events: Sequence[Event], ending: str) -> Failure:
    """The failure, with what was done before it in its execution, if that was recorded, and how it ended."""
    from stress.report.timeline import timeline  # when something has failed

    # One at the limit of recursion may have no place.
    events = tuple([event for event in events if event.place is not None]) if outcome.recorded else ()
    told = timeline(events, outcome.threads, ending)
    return replace(failure, operations=events, threads=outcome.threads, timeline=told)


def _ending(failure: Failure, outcome: Outcome) -> str:
    """What came of it, in a sentence."""
    at = f", at {failure.sites[0]}" if failure.sites else ""
    if failure.kind == "error" and failure.exception is not None:
        return f"{_who_raised(failure.exception, outcome)}{at}."
    return {
        "deadlock": "From here on no thread can go on: each waits for what will never come, as told above.",
        "livelock": (
            "Here it was given up."
            if outcome.endless
            else "From here on threads go round and round, and nothing changes any more."
        ),
        "leaked lock": "All threads have ended, and a lock is still held: nobody will ever give it back.",
        "uncontrolled blocking": (
            f"In the end {short(outcome.lost_thread)} began a step that isn't controlled{at}, and did not come back "
            "from it."
        ),
    }[failure.kind]


def _who_raised(exception: BaseException, outcome: Outcome) -> str:
    """That it was raised, and by which thread; not when, since the others may have gone on after that."""
    raised = [*outcome.raised, *outcome.held_back.values()]
    name = next((each.thread for each in raised if each.exception is exception), None)
    kind = type(exception).__name__
    return f"{kind} was raised" if name is None else f"{cut(short(name), LONGEST)} raised {kind}"


def _with_more(failure: Failure, outcome: Outcome) -> Failure:
    """The failure, with what its execution rested on, and what it came of."""
    more = []
    if outcome.guarded:
        more.append("before that a join timed out, since nobody could run:")
        more.append(str(deadlock([_waiting(thread) for thread in outcome.guarded])))
    more += [f"in this execution a time-out came early: {site}  {site.text}" for site in outcome.early]
    more += [f"a time-out came while others ran and changed nothing: {site}  {site.text}" for site in outcome.passed]
    return replace(failure, switches=outcome.switches, text="\n".join([failure.text, *more]))


def _waiting(blocked: Blocked) -> Waiting:
    awaited, held, _ = blocked.stand.awaited.partition(" held by ")
    return Waiting(
        thread=blocked.thread,
        site=blocked.stand.site,
        awaited=f"{awaited})" if held else awaited,  # by whom is told in a line of its own
        holds=[Hold(held.name, held.where) for held in blocked.holds],
        owner=blocked.owner,
        owner_ended=blocked.owner_ended,
        taken=blocked.taken,
        joins=blocked.joins,
    )


def same(one: Outcome, other: Outcome, found: list[Failure], again: list[Failure]) -> bool:
    """Whether two runs of one schedule did the same, and failed so."""
    return (
        one.operations == other.operations
        and one.decisions == other.decisions
        and (not (one.recorded and other.recorded) or parting(one, other) is None)
        and [kind_of(failure) for failure in found] == [kind_of(failure) for failure in again]
        and _drift(one, other, found, again) is None
    )


def _drift(one: Outcome, other: Outcome, found: Sequence[Failure], again: Sequence[Failure]) -> int | None:
    """Of two runs that failed with other words: the first operation of the user's code in which they met another value.
    Both must differ: words alone, or values, may hold an address or a thread's identifier."""
    words = [[_ADDRESS.sub("", failure.text) for failure in each] for each in (found, again)]
    if words[0] == words[1]:
        return None
    return other_value(one, other)


def other_value(one: Outcome, other: Outcome) -> int | None:
    """The first operation of the user's code in which two runs that were recorded met another value."""
    if one.recorded and other.recorded:
        for index, (a, b) in enumerate(zip(one.events, other.events, strict=False)):
            if a.value != b.value and a.place is not None and not a.place.inside:
                return index
    return None


LONGEST: Final = 30  # columns of a thread's name in a sentence
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]+")


def kind_of(failure: Failure) -> tuple[object, ...]:
    return failure.kind, type(failure.exception), failure.sites


def kinds_of(failures: Sequence[Failure]) -> list[tuple[object, ...]]:
    """The same, but for where: in a loop that may be anywhere."""
    return [(failure.kind, type(failure.exception)) for failure in failures]


def alike(failure: Failure) -> tuple[object, ...]:
    """What failures have in common that differ in which thread did what."""
    return failure.kind, type(failure.exception), frozenset(failure.sites)


def parting(one: Outcome, other: Outcome) -> int | None:
    """The first operation in which two runs that were recorded differ, None if there is none."""
    first, second = one.events, other.events
    for index, (a, b) in enumerate(zip(first, second, strict=False)):
        if a.thread != b.thread or not _same_place(a.site, b.site):
            return index
    return None if len(first) == len(second) else min(len(first), len(second))


def _same_place(one: Site, other: Site) -> bool:
    return one is other or (str(one) == str(other) and one.column == other.column)


def difference(
    one: Outcome, other: Outcome, found: Sequence[Failure], again: Sequence[Failure], outsiders: bool
) -> Failure:
    """Where two runs of one schedule part, which failed so."""
    position = parting(one, other) if one.recorded and other.recorded else None
    if position is None and (drift := _drift(one, other, found, again)) is not None:
        position = drift
        first, second = (_came(run, drift, f"met {run.events[drift].value} at") for run in (one, other))
    elif position is None:
        position = min(one.operations, other.operations)
        first, second = _ended(found), _ended(again)
    else:
        first, second = _came(one, position), _came(other, position)
        if first == second:  # one line of the user's, that led to two of the library's
            first, second = (_came(run, position, f"came to {_within(run, position)} below") for run in (one, other))
    clue = "threads that were there before the exploration ran free beside it"
    if not outsiders:
        clue = "perhaps state that outlives an execution (a global, a cache), a set's order, real time, or randomness"
    failure = nondeterministic(position, first, second, clue)
    ending = f"Up to here both runs did the same. Then, in one, {first}; in the other, {second}. {NO_SCHEDULE}"
    return _told(failure, other, other.events[:position], ending)


def _came(outcome: Outcome, position: int, what: str = "came to") -> Came:
    if position >= len(outcome.events):
        return Came("all was over")
    event = outcome.events[position]
    thread, site = short(outcome.threads[event.thread]), event.place.shown() if event.place is not None else event.site
    return Came(f"{thread} {what}", site) if site.line else Came(f"{thread} came to its end")


def _within(outcome: Outcome, position: int) -> str:
    site = outcome.events[position].site
    return f"{relative(site.file)}:{site.line} {site.text}"


def _ended(found: Sequence[Failure]) -> Came:
    if not found:
        return Came("nothing failed")
    message, _, _ = found[0].text.partition("\n")
    return Came(f"there was this {message}")


def shared_sites(outcome: Outcome) -> frozenset[OperationSite]:
    """Where something was done to what several threads touched, one of them writing, or would have been."""
    threads: dict[int, set[Path]] = {}
    written = set()
    tried: list[Event | Pending] = [*outcome.events, *outcome.pending]
    for each in tried:
        for mode, thing, _ in each.accesses:
            threads.setdefault(thing, set()).add(each.path)
            if writes(mode) or isinstance(each, Pending):
                written.add(thing)
    things = {thing for thing in written if len(threads[thing]) > 1}
    return frozenset(each.site for each in tried if each.site and any(thing in things for _, thing, _ in each.accesses))


def written_sites(outcome: Outcome) -> set[OperationSite]:
    """Where something was written, in an execution that was recorded."""
    return {event.site for event in outcome.events if any(writes(mode) for mode, _, _ in event.accesses)}


def never_again(outcome: Outcome, times: int) -> Failure:
    """Of a scenario that does the same when it is repeated at once, and something else later, so many times."""
    return _told(changing(times), outcome, outcome.events, f"This is one of the runs. {NO_SCHEDULE}")
