"""What an operation costs: in calls of our functions, which are the same on a slow machine as on a fast one."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType

import pytest

import stress

OURS = str(Path(stress.__file__).parent)


class Box:
    def __init__(self) -> None:
        self.value = 0


def calls(writes: int, executions: int) -> int:
    """Of our functions, in an exploration of three threads, each of which writes so often what it alone writes."""
    found = 0

    def scenario() -> None:
        shared, boxes = Box(), [Box(), Box(), Box()]

        def work(box: Box) -> None:
            for number in range(writes):
                box.value = number
            shared.value = 1

        stress.parallel(*(lambda box=box: work(box) for box in boxes))  # type: ignore[misc]

    def count(code: CodeType, _: int) -> None:
        nonlocal found
        found += code.co_filename.startswith(OURS)

    monitoring = sys.monitoring
    monitoring.use_tool_id(4, "counts calls")
    try:
        monitoring.register_callback(4, monitoring.events.PY_START, count)
        monitoring.set_events(4, monitoring.events.PY_START)
        exploration = stress.explore(scenario, search="dpor", executions=executions, seed=0)
    finally:
        monitoring.set_events(4, 0)
        monitoring.free_tool_id(4)
    assert exploration.executions == executions
    return found


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")
def test_an_access_that_is_seen_takes_few_calls() -> None:
    calls(10, 4)  # finds what there is
    one, other = (calls(writes, 4) - calls(writes, 3) for writes in (10, 30))
    # The hook, what it announces, the execution, its choice (two) and the event; a few are put in order (two).
    assert (other - one) / (3 * 20) <= 8
