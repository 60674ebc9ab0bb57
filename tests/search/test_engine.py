"""DPOR over real threads against the model: as many executions as traces, the same values, the same deadlocks."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest

import stress
from stress.events import Event
from stress.search.dpor import Dpor
from tests.controlled import flat, side_by_side
from tests.effort import generated
from tests.search.model import Ran, traces
from tests.search.programs import HEAD, drawn, model, module_of, source

MOST = 600  # interleavings of the model; a program with more is left out
SEEDS = range(generated(10, ci=60, thorough=60))


def value_of(ran: Ran) -> Any:
    """What the Python of the model's program returns."""
    got: list[list[int]] = [[], [], []]
    for path, word, *rest in ran.what:
        if word == "try" and not rest[-1]:
            got[path[0]].append(int(rest[0][1]))
    return (*(ran.values.get(name, 0) for name in "aigc"), str(got))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    text = HEAD + "".join(source(f"program{seed}", drawn(seed)) for seed in SEEDS)
    yield module_of(tmp_path_factory.mktemp("programs") / "drawn_programs.py", text)
    sys.modules.pop("drawn_programs", None)


def check(programs: ModuleType, seed: int) -> bool:
    expected = traces(model(drawn(seed)), MOST)
    if expected is None:
        return False
    exploration = stress.explore(getattr(programs, f"program{seed}"), search="dpor", executions=10_000, keep_going=True)
    text = source("program", drawn(seed))
    kinds = {failure.kind for failure in exploration.failures}
    assert exploration.exhausted, text
    assert kinds == ({"deadlock"} if any(ran.stuck for ran in expected.values()) else set()), text
    assert set(exploration.outcomes) == {value_of(ran) for ran in expected.values() if not ran.stuck}, text
    assert exploration.executions == len(expected), text
    return True


def test_executions_are_the_traces_of_the_model(programs: ModuleType) -> None:
    assert sum(check(programs, seed) for seed in SEEDS) > len(SEEDS) // 3


def handed_on() -> list[int]:
    """Waits with and without a time limit, tries, and what is read again and again."""
    items: queue.Queue[int] = queue.Queue()
    lock = threading.Lock()
    got: list[int] = []
    ready: list[bool] = []

    def gives() -> None:
        with lock:
            items.put(1)
        ready.append(True)

    def takes() -> None:
        with contextlib.suppress(queue.Empty):
            got.append(items.get(timeout=1))
        if lock.acquire(blocking=False):
            lock.release()
        while not ready:
            pass

    side_by_side(gives, takes)
    return got


def test_who_need_not_be_asked_goes_on_as_if_it_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same operations in the same executions, whether or not the strategy is asked who goes on."""
    did: list[list[tuple[int, str]]] = []
    asked = 0
    end, choose = Dpor.end, Dpor.choose

    def noted(self: Dpor, events: Sequence[Event], *rest: Any) -> bool:
        did.append([(event.thread, repr(event.site)) for event in events])
        return end(self, events, *rest)

    def counted(self: Dpor, *threads: Any) -> Any:
        nonlocal asked
        asked += 1
        return choose(self, *threads)

    monkeypatch.setattr(Dpor, "end", noted)
    monkeypatch.setattr(Dpor, "choose", counted)
    stress.explore(handed_on, search="dpor", executions=60)
    unasked, did, first = did, [], asked
    monkeypatch.setattr(Dpor, "stays_until", property(lambda _: 0, lambda *_: None), raising=False)
    stress.explore(handed_on, search="dpor", executions=60)
    assert did == unasked and len(did) == 60
    assert 2 * first < asked - first


class Pool:
    pass


def last_to_drop() -> None:
    """Who drops the pool last runs its finalizer: which of the two that is hangs on no operation."""
    pools: list[Pool | None] = [Pool()]
    closed: list[bool] = []
    weakref.finalize(pools[0], lambda: closed.append(True))
    used = [0]

    def uses() -> None:
        pool = pools[0]
        used[0] += 1
        del pool

    def drops() -> None:
        pools[0] = None
        used[0] += 1

    side_by_side(uses, drops)
    assert closed == [True]


def test_a_finalizer_that_another_thread_runs_is_no_failure_and_no_proof() -> None:
    exploration = stress.explore(last_to_drop, search="dpor")
    assert exploration.failure is None and not exploration.exhausted
    assert "all traces that were found were run, but in one others dropped an object last" in flat(exploration)


def test_what_was_left_out_of_the_traces_is_looked_for_in_other_ways() -> None:
    exploration = stress.explore(last_to_drop, executions=100)
    assert exploration.failure is None and not exploration.exhausted and exploration.executions == 100
