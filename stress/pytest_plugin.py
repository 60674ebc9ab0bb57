"""The pytest plugin: a header line, options for explored tests, and how each failure is replayed; no failure of an
exploration goes unread. A run without stress pays nothing."""

from __future__ import annotations

import gc
import os
import shlex
import sys
from collections.abc import Generator, Iterator
from typing import Any, Final

import pytest

from stress import _given, _unread
from stress._compat import gil_enabled
from stress._identity import clash, place, version

_dropped: Final[list[str]] = []  # what the explorations that were dropped unread since the last look had to say


def pytest_report_header() -> list[str]:
    """Where stress comes from and whether the GIL is on; and a warning if another project's files lie over it."""
    lines = [f"stress: {version()} from {place()}, GIL {'on' if gil_enabled() else 'off'}"]
    return [*lines, f"stress: WARNING: {text}"] if (text := clash()) else lines


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of explored tests. They win over the decorator's arguments."""
    group = parser.getgroup("stress", "explored tests (hypothesis-stress)")
    group.addoption("--stress-seed", metavar="N", type=int, help="the seed of all explorations (default: 0)")
    group.addoption(
        "--stress-replay", metavar="SCHEDULE", help="run the one explored test that is selected under a schedule, once"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Takes failures that nobody read, instead of a warning; and the options."""
    _unread.listeners.append(_collect)
    seed, schedule = config.getoption("--stress-seed"), config.getoption("--stress-replay")
    if seed is not None:
        _given.settings["seed"] = seed
    if schedule is not None:
        from stress.schedule import Schedule

        try:
            _given.replay[:] = [Schedule.parse(schedule)]
        except ValueError as error:
            raise pytest.UsageError(f"--stress-replay: {error}") from None


def pytest_unconfigure() -> None:
    """Leaves them to the warning again."""
    _unread.listeners.remove(_collect)
    _given.settings.clear()
    _given.replay.clear()


def pytest_collection_finish(session: pytest.Session) -> None:
    """A schedule is of one test."""
    if not _given.replay or session.config.getoption("collectonly"):
        return
    explored = [item.nodeid for item in session.items if _is_explored(item)]
    if len(explored) != 1:
        raise pytest.UsageError(
            f"--stress-replay takes one explored test, {len(explored) or 'none'} "
            f"{'are' if len(explored) > 1 else 'is'} selected: name it, FILE::TEST"
        )


def _is_explored(item: pytest.Item) -> bool:
    test = getattr(item, "obj", None)
    inner = getattr(getattr(test, "hypothesis", None), "inner_test", test)
    return hasattr(inner, "__stress_interleave__")


def _collect(text: str) -> bool:
    _dropped.append(text)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fails a test that passed although it had dropped a failure."""
    before = list(_unread.pending)
    try:
        yield
    except BaseException:
        # It failed anyway, and its traceback keeps what it had: nobody is to be blamed when that goes, tests later.
        for exploration in list(_unread.pending):
            if exploration not in before:
                exploration.mark_read()
        _dropped.clear()
        raise
    del before
    if text := _collected():
        pytest.fail(text, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Ends the report of a test whose exploration failed with the command that replays it."""
    report = yield
    failure_module = sys.modules.get("stress.failure")
    if call.when == "call" and failure_module is not None and failure_module.thrown:
        schedule = failure_module.thrown.pop()
        if report.failed and schedule is not None and _is_explored(item):
            words = ["python", "-m", "pytest", _typed(item), f"--stress-replay={schedule}"]
            report.sections.append(("replay", shlex.join(words)))
    return report


def _typed(item: pytest.Item) -> str:
    """The test as it is named where pytest was started."""
    file, separator, name = item.nodeid.partition("::")
    here = item.config.invocation_params.dir
    return f"{os.path.relpath(item.config.rootpath / file, here)}{separator}{name}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What goes only when the test is over (fixtures keep their values until then) becomes an error of the test."""
    result = yield
    if text := _collected():
        report = pytest.TestReport(
            item.nodeid, item.location, keywords={}, outcome="failed", longrepr=text, when="teardown"
        )
        item.ihook.pytest_runtest_logreport(report=report)
    return result


def _collected() -> str:
    """What explorations that were dropped unread since the last time have to say."""
    if _unread.pending:
        gc.collect()  # one may hang in a cycle of references
    text = "\n".join(_dropped)
    _dropped.clear()
    return text
