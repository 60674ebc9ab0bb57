"""Records what the scenarios come to:  python -m tests.portability.record [--compare]

One line for each outcome and failure: how it is compared, the scenario, the schedule, the digest of the first
operations of the user's code in order, and what came of it. `walk`: no code of the standard library ran beside other
threads, so that a random walk with the same seed is the same on every Python, and so is all that it finds. `replay`:
the schedule is replayed, which is the same as long as few of its switches are inside the standard library.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import stress
from stress.events import Event
from stress.search.replaying import Replaying
from tests.portability.scenarios import SCENARIOS, SEARCHED

FILE = Path(__file__).with_name("recorded.txt")
SEEDS = range(7, 13)
BY_HAND = {
    "an_executor": ["v1:1.3w-2"],  # a walk finds none that is short
    "an_event": ["v1:1.3r-2,2.0+4-1,1.3+1-2,2.0+5-1,1.6+1-2,2.0+6-1"],  # counts on where a lock is taken
}
COMPARED = 200  # operations: an endless loop is cut off somewhere
INSIDE = 12  # switches inside the standard library


def found(name: str) -> dict[str, str]:
    """What walks find: by schedule what came of it. Short walks: long ones would keep the shortest schedules alone."""
    schedules: dict[str, str] = {}
    for seed in SEEDS:
        exploration = stress.explore(SCENARIOS[name], search="random", executions=2, seed=seed, keep_going=True)
        for value, schedule in exploration.outcomes.items():
            schedules.setdefault(repr(value), str(schedule))
        for each in exploration.failures:
            schedules.setdefault(ending(each), str(each.schedule))
    return {schedule: end for end, schedule in schedules.items()}


def shortest(name: str) -> str:
    """The schedule of the failure that a search finds."""
    failure = stress.explore(SCENARIOS[name]).failure
    assert failure is not None, name
    return str(failure.schedule)


def ending(failure: stress.Failure) -> str:
    """A failure in a few words."""
    raised = "" if failure.exception is None else f" {type(failure.exception).__name__}"
    return f"{failure.kind}{raised} at {' '.join(str(site.line) for site in failure.sites)}"


def replayed(name: str, schedule: str) -> tuple[str, str, bool]:
    """The digest of the user's operations under a schedule, what came of it, and whether other code ran."""
    with seeing() as runs:
        exploration = stress.replay(SCENARIOS[name], schedule)
    (end,) = map(repr, exploration.outcomes) if exploration.failure is None else [ending(exploration.failure)]
    events = runs[-1]
    begun = next((event.position for event in events if event.thread), 0)
    text = "\n".join(
        f"{each.thread} {each.site.kind} {each.mode} {each.site.name} {each.site.line}"
        for each in [event for event in events if not event.place.inside][:COMPARED]
    )
    others = any(event.place.inside and event.site.line for event in events[begun:])
    return hashlib.sha256(text.encode()).hexdigest()[:12], end, others


@contextmanager
def seeing() -> Iterator[list[Sequence[Event]]]:
    """The operations of each execution that follows a schedule."""
    runs: list[Sequence[Event]] = []

    def follow(self: Replaying, decisions: Sequence[int], events: Sequence[Event]) -> None:
        runs.append(events)

    before, Replaying.follow = Replaying.follow, follow  # type: ignore[method-assign]
    try:
        yield runs
    finally:
        Replaying.follow = before  # type: ignore[method-assign]


def recorded() -> list[tuple[str, str, str, str, str]]:
    """The lines of the file, in fields."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    return [(*line.split(" ", 4),) for line in lines]  # type: ignore[misc]


def compared() -> list[str]:
    """The schedules that give something else on this Python."""
    return [
        f"{name} {schedule}"
        for _, name, schedule, digest, end in recorded()
        if replayed(name, schedule)[:2] != (digest, end)
    ]


def main() -> None:
    lines = []
    for name in SCENARIOS:
        schedules = [schedule for schedule in found(name) if schedule.count("+") <= INSIDE]
        schedules = [*(schedules or ["v1"]), *BY_HAND.get(name, []), *([shortest(name)] if name in SEARCHED else [])]
        told = [(schedule, *replayed(name, schedule)) for schedule in dict.fromkeys(schedules)]
        slow = any(end.startswith("livelock") for _, _, end, _ in told)
        way = "replay" if slow or any(others for *_, others in told) else "walk"
        lines += [f"{way} {name} {schedule} {digest} {end}" for schedule, digest, end, _ in told]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if "--compare" in sys.argv:
        others = compared()
        told = f"{len(recorded())} schedules, {len(others)} give something else"
        print(f"Python {sys.version.split()[0]}: {told}", *others)
    else:
        main()
