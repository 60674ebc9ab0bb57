"""The pytest plugin: a header line, and no failure of an exploration goes unread. A run without stress pays nothing."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from typing import Final

import pytest

from stress import _unread
from stress._compat import gil_enabled
from stress._identity import clash, place, version

_dropped: Final[list[str]] = []  # what the explorations that were dropped unread since the last look had to say


def pytest_report_header() -> list[str]:
    """Where stress comes from and whether the GIL is on; and a warning if another project's files lie over it."""
    lines = [f"stress: {version()} from {place()}, GIL {'on' if gil_enabled() else 'off'}"]
    return [*lines, f"stress: WARNING: {text}"] if (text := clash()) else lines


def pytest_configure() -> None:
    """Takes failures that nobody read, instead of a warning."""
    _unread.listeners.append(_collect)


def pytest_unconfigure() -> None:
    """Leaves them to the warning again."""
    _unread.listeners.remove(_collect)


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
