"""A pytest plugin that writes down what became of each test: to the file that FIDELITY_RECORD names, as JSON."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_tests: dict[str, list[str]] = {}  # by node id: what each phase came to, passed set-ups and tear-downs left out
_seconds = 0.0
_FOLDER = str(Path.cwd())  # asked now: a test may pretend to be on another system


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Both runs draw the same examples, and no deadline tells a slow machine from a fast one."""
    if hypothesis := sys.modules.get("hypothesis"):
        hypothesis.settings.register_profile("fidelity", hypothesis.settings(), deadline=None, derandomize=True)
        hypothesis.settings.load_profile("fidelity")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call() -> Iterator[None]:
    """Processor time: a machine has other things to do."""
    global _seconds
    start = time.process_time()
    try:
        return (yield)
    finally:
        _seconds += time.process_time() - start


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    phases = _tests.setdefault(_lasting(report.nodeid), [])
    if report.when == "call" or report.outcome != "passed":
        phases.append(f"{report.when} {'x' if hasattr(report, 'wasxfail') else ''}{report.outcome}{_why(report)}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.outcome != "passed":
        _tests.setdefault(_lasting(report.nodeid), []).append(f"collect {report.outcome}{_why(report)}")


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The last line of a failure, or the reason of a skip."""
    if report.outcome == "passed" or report.longrepr is None:
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longrepr
    return ": " + _lasting(str(text[2] if isinstance(text, tuple) else text).partition("\n")[0])


def _lasting(text: str) -> str:
    """Without what differs from run to run: addresses, times of day, and the folder of the run."""
    return re.sub(r"(0x)?[0-9a-fA-F]{8,}|\d\d:\d\d:\d\d", "#", text).replace(_FOLDER, ".")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    instrumenting = config.pluginmanager.get_plugin("stress-instrument")
    figures = instrumenting.figures if instrumenting is not None else {}
    record = {"tests": _tests, "seconds": _seconds, "figures": figures}
    Path(os.environ["FIDELITY_RECORD"]).write_text(json.dumps(record), encoding="utf-8")
