"""A failing execution made short: the fewest preemptions, then the fewest operations.

Without a strategy a thread goes on until it waits or ends, and then the first one that can goes on. An execution is
written as its deviations from that. First all schedules with no preemption are tried, then all with one, and so on
(iterative context bounding, Musuvathi and Qadeer, PLDI 2007), until one of them fails in the same way: then no schedule
with fewer does, since all were run. Where there are too many of them, deviations are left out of the schedule that
failed, as long as it still fails (delta debugging, Zeller and Hildebrandt, TSE 2002), and nothing is claimed.

Knows neither threads nor executions: it yields what is to be run, and is sent what came of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, NamedTuple, Protocol, TypeVar

from stress.events import Event, OperationSite
from stress.schedule import by_default

RUNS: Final = 600  # of candidates
OPERATIONS: Final = 60_000  # of all candidates together
AT_LEAST: Final = 8  # candidates with some deviations left out, however long they are
MORE: Final = 30  # candidates, once one has failed: for one with fewer operations
MORE_OPERATIONS: Final = 10_000  # of those
MANY: Final = 100  # deviations
PARTS: Final = (1_024, 256, 64, 16, 4)  # of them: what is too short to fail is over soon


class Candidate(Protocol):
    """A thread that may be chosen."""

    @property
    def number(self) -> int: ...

    @property
    def site(self) -> OperationSite | None: ...

    @property
    def tired(self) -> bool: ...

    @property
    def would_time_out(self) -> bool: ...


T = TypeVar("T", bound=Candidate)

Decision = tuple[int, int]
"""A choice, by the thread that ran before it, and how many-eth it was of those after that thread."""


class Option(NamedTuple):
    """A choice that there was. instead: the numbers of those that could have gone on, and didn't. preempts: to take
    one of them ends the turn of a thread that could go on; site: what it was about to do."""

    decision: Decision
    instead: tuple[int, ...]
    preempts: bool
    site: OperationSite | None


class Attempt:
    """A strategy for one execution: the threads that are named by decision, and nobody else's turn is ended.

    early: whether time-outs may come early. decisions: the threads by number, wherever there is a choice; if they are
    given, `deviations` is filled with what that comes to.
    options, preemptions: the choices that there were, and how often the turn was ended of a thread that could go on and
    wasn't tired, once it has run.
    """

    sees = False
    stays_until = 0

    def __init__(self, deviations: dict[Decision, int], early: bool, decisions: Sequence[int] | None = None) -> None:
        self.early = early
        self.deviations = deviations
        self.options: list[Option] = []
        self.preemptions = 0
        self._decisions = decisions
        self._made: Sequence[int] = ()
        self._counts: dict[int, int] = {}

    @property
    def deviates_at(self) -> list[OperationSite | None]:
        """What the threads were about to do, where it deviates."""
        return [option.site for option in self.options if option.decision in self.deviations]

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None:
        """Another execution begins, or the same again."""
        self._made = decisions
        if self._decisions is not None:
            self.deviations.clear()
        self.options.clear()
        self._counts.clear()
        self.preemptions = 0

    def choose(self, enabled: Sequence[T], current: T) -> T:
        """The named one, else the one by default, which doesn't time out if another can go on."""
        here = self._counts.get(current.number, 0)
        self._counts[current.number] = here + 1
        can = [thread for thread in enabled if not thread.would_time_out]
        goes_on = current in can and not current.tired
        chosen = by_default(can, current) if can else enabled[0]
        decision = current.number, here
        named = self.deviations.get(decision)
        if self._decisions is not None and len(self._made) < len(self._decisions):
            named = self._decisions[len(self._made)]
            if named != chosen.number:
                self.deviations[decision] = named
        if named is not None:
            for thread in enabled:
                if thread.number == named:
                    chosen = thread
        instead = tuple([thread.number for thread in enabled if thread is not chosen])
        if not current.tired:  # else it went round and round: to go on so is no other choice
            self.options.append(Option(decision, instead, goes_on, current.site))
        self.preemptions += goes_on and chosen is not current
        return chosen


@dataclass
class Tried:
    """What came of an attempt. failed: in the way that is looked for. inside: how many of its deviations stand in the
    standard library, which another Python does otherwise."""

    failed: bool
    operations: int
    inside: int = 0


@dataclass(frozen=True)
class Shortest:
    """deviations and early: as an Attempt takes them. fewest: every schedule with fewer preemptions was run, and didn't
    fail so."""

    deviations: dict[Decision, int] = field(repr=False)
    early: bool
    preemptions: int
    operations: int
    fewest: bool

    def told(self) -> str:
        """In one sentence."""
        many = f"{self.preemptions} preemption{'s' if self.preemptions != 1 else ''}"
        if not self.preemptions:
            return "it takes no preemption"
        if self.fewest:
            return f"it takes {many}: no schedule with fewer fails so"
        return f"the shortest execution found that fails so takes {many}"


def shortest(failed: Attempt, operations: int, shared: frozenset[OperationSite]) -> Generator[Attempt, Tried, Shortest]:
    """Looks for the shortest execution that fails in the same way as one that has run, with so many operations. Yields
    attempts, and is sent what came of each.

    shared: where that one did something to what several of its threads touched. Turns are ended there only; what is
    claimed of the fewest is claimed of all places.
    """
    early, preemptions = failed.early, failed.preemptions
    known = Shortest(failed.deviations, early, preemptions, operations, preemptions == 0 and not early)
    if known.fewest and not known.deviations:
        return known
    for some_early in (False, True) if early else (False,):
        found = yield from _by_preemptions(some_early, preemptions, Budget(), shared)
        if found is not None:
            return found
    budget = Budget(at_least=AT_LEAST)
    few = yield from _first_few(known, budget)
    return (yield from _left_out(few, budget))


@dataclass
class Budget:
    """How much may still be run. at_least: so many runs, however long they are."""

    runs: int = RUNS
    operations: int = OPERATIONS
    at_least: int = 0

    def spend(self, tried: Tried) -> None:
        self.runs -= 1
        self.at_least -= 1
        self.operations -= tried.operations

    @property
    def spent(self) -> bool:
        return self.runs <= 0 or (self.operations <= 0 and self.at_least <= 0)


def _by_preemptions(
    early: bool, most: int, budget: Budget, shared: frozenset[OperationSite]
) -> Generator[Attempt, Tried, Shortest | None]:
    """All schedules with no preemption, then with one, ..."""
    skipped = False
    level: deque[dict[Decision, int]] = deque([{}])
    for preemptions in range(most + 1):
        following: deque[dict[Decision, int]] = deque()
        found: list[tuple[tuple[int, int, int], Shortest]] = []
        while level and not budget.spent:
            deviations = level.popleft()
            attempt = Attempt(deviations, early)
            tried = yield attempt
            budget.spend(tried)
            if tried.failed:
                if not found:
                    budget = Budget(min(budget.runs, MORE), min(budget.operations, MORE_OPERATIONS - tried.operations))
                # With one preemption it is enough that none without fails: none of those was skipped.
                fewest = preemptions <= 1 or not skipped
                rank = tried.operations, tried.inside, len(deviations)
                found.append((rank, Shortest(deviations, early, preemptions, tried.operations, fewest)))
            for option in _after(attempt.options, deviations):
                if option.preempts and option.site not in shared:
                    skipped = True
                    continue
                for other in option.instead:
                    (following if option.preempts else level).append({**deviations, option.decision: other})
        if found:
            return min(found, key=itemgetter(0))[1]
        if budget.spent:
            break
        level = following
    return None


def _after(options: Sequence[Option], deviations: dict[Decision, int]) -> Sequence[Option]:
    """The choices after the last deviation: those before it have been deviated from elsewhere."""
    last = max((i for i, option in enumerate(options) if option.decision in deviations), default=-1)
    return options[last + 1 :]


def _first_few(known: Shortest, budget: Budget) -> Generator[Attempt, Tried, Shortest]:
    """Leaves out all but the first few of many deviations: most are the turns of a livelock."""
    kept = list(known.deviations.items())
    for part in PARTS if len(kept) >= MANY else ():
        shorter, best = yield from _fewer(known, dict(kept[: len(kept) // part]), budget)
        if shorter:
            return best
    return known


def _left_out(known: Shortest, budget: Budget) -> Generator[Attempt, Tried, Shortest]:
    """Leaves out half of the deviations, a quarter, ..., one."""
    best = known
    size = max(1, len(best.deviations) // 2)
    while best.deviations and not budget.spent:
        kept = list(best.deviations.items())
        for start in range(0, len(kept), size):
            shorter, best = yield from _fewer(best, dict(kept[:start] + kept[start + size :]), budget)
            if shorter or budget.spent:
                break
        else:
            if size == 1:
                break
            size //= 2
    return best


def _fewer(
    best: Shortest, deviations: dict[Decision, int], budget: Budget
) -> Generator[Attempt, Tried, tuple[bool, Shortest]]:
    """Whether it fails with these deviations, and they are fewer; and the shortest now."""
    attempt = Attempt(deviations, best.early)
    tried = yield attempt
    budget.spend(tried)
    if not tried.failed or (attempt.preemptions, len(deviations)) >= (best.preemptions, len(best.deviations)):
        return False, best
    return True, Shortest(deviations, best.early, attempt.preemptions, tried.operations, False)
