"""Known programs, each broken and fixed: what search.py looks for failures in. Knows no tool.

Most are of SCTBench (Thomson, Donaldson, Betts, "Concurrency Testing Using Schedule Bounding: an Empirical Study",
PPoPP 2014), written anew as one would write them in Python. A program is a class: its instance is the fresh state of
one execution, `threads()` gives what runs side by side, `check()` asserts what must hold in the end.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import stress


class Program:
    """One execution of a program. Its locks are made with it, so that a tool that replaces their types is met."""

    def threads(self) -> list[Callable[[], object]]:
        """What the threads do."""
        raise NotImplementedError

    def check(self) -> None:
        """Asserts what must hold when all threads have ended."""


class Case(NamedTuple):
    """A program by name, in some size, broken and fixed."""

    broken: Callable[[], Program]
    fixed: Callable[[], Program]
    kind: str  # of the failure of the broken one


def _case(module: str, *size: int, kind: str = "error") -> Case:
    """The case of a module of this folder; `size` is what its two classes take."""
    found: Any = importlib.import_module(f"{__name__}.{module}")
    return Case(partial(found.Broken, *size), partial(found.Fixed, *size), kind)


CASES = {
    "account": _case("account"),
    "bluetooth_driver": _case("bluetooth_driver"),
    "carter01": _case("carter01", kind="deadlock"),
    "circular_buffer": _case("circular_buffer", 7),
    "deadlock01": _case("deadlock01", kind="deadlock"),
    "lazy01": _case("lazy01"),
    "queue": _case("queue", 20),
    "stack": _case("stack", 10),
    "reorder_3": _case("reorder", 3),
    "reorder_4": _case("reorder", 4),
    "reorder_5": _case("reorder", 5),
    "reorder_10": _case("reorder", 10),
    "reorder_20": _case("reorder", 20),
    "token_ring": _case("token_ring"),
    "twostage": _case("twostage", 2),
    "twostage_20": _case("twostage", 20),
    "wronglock_3": _case("wronglock", 3),
    "wronglock": _case("wronglock", 7),
    "stringbuffer": _case("stringbuffer"),
    "boundedBuffer": _case("bounded_buffer", 2, kind="deadlock"),
    "WorkStealQueue": _case("work_steal_queue", 4),
    "philosophers_2": _case("philosophers", 2, kind="deadlock"),
    "philosophers_3": _case("philosophers", 3, kind="deadlock"),
    "philosophers_5": _case("philosophers", 5, kind="deadlock"),
}

# Those whose fixed side has few enough traces to run them all, three of them smaller than SCTBench has them.
SMALL = {
    **{
        name: CASES[name]
        for name in (
            "account",
            "bluetooth_driver",
            "carter01",
            "deadlock01",
            "lazy01",
            "queue",
            "reorder_3",
            "reorder_4",
            "reorder_5",
            "token_ring",
            "twostage",
            "wronglock_3",
            "stringbuffer",
            "WorkStealQueue",
            "philosophers_2",
            "philosophers_3",
            "philosophers_5",
        )
    },
    "circular_buffer, 4 rounds": _case("circular_buffer", 4),
    "stack, 4 items": _case("stack", 4),
    "boundedBuffer, 1 item each": _case("bounded_buffer", 1, kind="deadlock"),
}


def scenario(program: Callable[[], Program]) -> Callable[[], None]:
    """A scenario that runs a program: what stress explores."""

    def runs() -> None:
        state = program()
        stress.parallel(*state.threads())
        state.check()

    return runs
