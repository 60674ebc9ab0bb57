"""What comes before a thread's first operation: what the one that started it did, or what started that one."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import Any

import stress
from stress.events import UPDATE, Event, OperationSite, Path
from stress.runtime.control.execution import Execution
from stress.runtime.control.thread import Thread


class Nobody:
    early = False
    sees = True
    stays_until = 0

    def follow(self, decisions: Sequence[int], events: Sequence[Event]) -> None: ...

    def choose(self, enabled: Sequence[Thread], current: Thread) -> Thread:
        raise AssertionError


class Worker:
    gate: Any = None
    ident = 0


def starts(done: Sequence[Path], parent: Path) -> list[tuple[Path, ...]]:
    """The threads that each event starts, once threads (0,) and (1,) were started by the first, and then `parent` has
    started one."""
    execution = Execution(Nobody(), lambda execution: None)
    site = OperationSite("call", UPDATE, "something")
    for position, path in enumerate(done):
        execution.events.append(Event(0, path, position, site, UPDATE, ()))
    execution.events[0].starts = ((0,), (1,))
    worker: Any = Worker()
    execution.note_start(Thread(1, parent, "", None, False, worker), (*parent, 0))
    return [event.starts for event in execution.events]


def test_it_is_the_last_operation_of_the_one_that_starts_it() -> None:
    assert starts([(), (1,), (0,)], (1,)) == [((0,), (1,)), ((1, 0),), ()]


def test_one_that_did_nothing_yet_hands_on_what_it_was_started_by() -> None:
    assert starts([(), (0,), (0,)], (1,)) == [((0,), (1,), (1, 0)), (), ()]


def test_a_target_in_c_is_an_operation() -> None:
    def by_thread() -> int:
        items: list[int] = []
        thread = threading.Thread(target=items.append, args=(1,))
        thread.start()
        seen = len(items)
        thread.join()
        return seen

    def by_parallel() -> object:
        items: list[int] = []
        return stress.parallel(functools.partial(items.append, 1), items.__len__)[1]

    for scenario in (by_thread, by_parallel):
        exploration = stress.explore(scenario, search="dpor")
        assert exploration.exhausted and set(exploration.outcomes) == {0, 1}
