"""Programs under control: a small language for tests.

A program gives a hashable value. The set of values that the language and its library allow is written beside it, by
hand; the program is run once with real threads, which must give one of them, and then under control, which must give
all of them and no other:

    @gives("ab", "ba")
    def test_two_threads_run_in_either_order() -> str: ...

A random walk misses one of the values with a probability that the executions make small: a value that needs d choices
among n threads comes with p >= n**-d an execution. With d = 3, n = 2 and 60 executions, 0.875**60 < 4e-4; and the
seed is fixed, so that a test that passes goes on to. Where only one value is legal there is none to miss, and fewer do
outside of CI.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Hashable

import stress
from tests import effort

EXECUTIONS = 60
OF_ONE_VALUE = effort.times(10, ci=EXECUTIONS)
_ADDRESS = re.compile("0x[0-9a-f]+")
Program = Callable[[], Hashable]


def explored(
    scenario: Callable[[], object],
    executions: int = EXECUTIONS,
    *,
    seed: int = 0,
    timeout: float = 10.0,
    keep_going: bool = False,
) -> stress.Exploration:
    """An exploration under control."""
    return stress.explore(
        scenario, search="random", executions=executions, seed=seed, timeout=timeout, keep_going=keep_going
    )


def outcomes(scenario: Program, executions: int = EXECUTIONS) -> set[Hashable]:
    """The distinct values of a scenario in which nothing fails."""
    exploration = explored(scenario, executions)
    assert exploration.failure is None, str(exploration)
    assert exploration.executions == executions
    return set(exploration.outcomes)


def failure(
    scenario: Callable[[], object], kind: str, executions: int = EXECUTIONS, *, timeout: float = 10.0
) -> stress.Failure:
    """The failure of this kind that an exploration finds."""
    exploration = explored(scenario, executions, timeout=timeout)
    assert exploration.failure is not None, f"passes: {exploration}"
    assert exploration.failure.kind == kind, str(exploration)
    return exploration.failure


def gives(
    *legal: Hashable, executions: int | None = None, for_real: bool = True, rarely: tuple[Hashable, ...] = ()
) -> Callable[[Program], Callable[[], None]]:
    """Makes a test of a program: these are its values, as for real so under control.

    for_real: False for what real threads would take long for, or may hang in. rarely: values that are legal too, and
    that this many executions need not show.
    """

    def decorate(program: Program) -> Callable[[], None]:
        def test() -> None:
            if for_real:
                real = in_a_thread(program)
                assert real in {*legal, *rarely}, f"for real {real!r}, which isn't legal"
            found = outcomes(program, executions or (EXECUTIONS if len(legal) > 1 else OF_ONE_VALUE)) - set(rarely)
            assert found == set(legal), f"not legal: {found - set(legal)}; not found: {set(legal) - found}"

        return functools.wraps(program)(test)

    return decorate


def as_for_real(program: Program) -> Callable[[], None]:
    """Makes a test of a program that always gives the same, whoever runs when: under control it gives what it gives
    with real threads, on this Python."""

    @functools.wraps(program)
    def test() -> None:
        real, found = in_a_thread(program), outcomes(program, effort.times(4, ci=20))
        assert found == {real}, f"\nfor real       {real!r}\nunder control  {found}"

    return test


def in_a_thread(program: Program) -> Hashable:
    """What a program gives on real threads, outside any exploration; in a thread of its own, as a scenario is."""
    given: list[Hashable] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            given.append(program())
        except BaseException as exception:
            raised.append(exception)

    thread = threading.Thread(target=run, name="scenario")
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return given[0]


def flat(told: object) -> str:
    """What is told, without the folds that it has at 80 columns."""
    return " ".join(str(told).split())


def side_by_side(*functions: Callable[[], object], daemon: bool = False) -> None:
    """Runs them in a thread each, and waits for their ends."""
    threads = [threading.Thread(target=function, daemon=daemon) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def raised_by(function: Callable[..., object], *args: object, **keywords: object) -> str:
    """The exception that a call raises, as text; "nothing" if it returns."""
    try:
        function(*args, **keywords)
    except Exception as exception:
        return f"{type(exception).__name__}: {_ADDRESS.sub('0x...', str(exception))}"
    return "nothing"


def said(*calls: Callable[[], object]) -> tuple[str, ...]:
    """What each call raises, one after the other."""
    return tuple(raised_by(call) for call in calls)
