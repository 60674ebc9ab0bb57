"""The suite's own settings: how thorough Hypothesis is, and where `stress` has to come from."""

from __future__ import annotations

import gc
import os
import signal
import sysconfig
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import stress
from stress import control
from stress.runtime.control import execution, session

pytest_plugins = ["pytester"]

# No deadlines: an example runs threads, and how long they take says nothing about the code.
settings.register_profile("dev", max_examples=10, deadline=None)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("thorough", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure(config: pytest.Config) -> None:
    """The profile holds for the tests that generate by themselves too. And tox tests what is installed: a checkout that
    hides it would be tested instead, and nobody would know."""
    if config.getoption("--hypothesis-profile", None) == "thorough":
        os.environ.setdefault("STRESS_GENERATED", "10000")
        os.environ.setdefault("STRESS_EXECUTIONS", "10000")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # So a shell starts what it puts into the background, and children inherit it: no Ctrl-C would reach the tests'.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("STRESS_EXPECT_INSTALLED"):
        here, expected = Path(str(stress.__file__)).resolve(), Path(sysconfig.get_path("purelib")).resolve()
        assert expected in here.parents, f"stress comes from {here}, not from {expected}"


def pytest_collection_finish() -> None:
    """All that was imported and collected stays: the garbage collector need not look through it again and again."""
    gc.set_threshold(*gc.get_threshold()[:2], 1_000)


@pytest.hookimpl(optionalhook=True)  # there may be no xdist
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a third of the time a test waits, for what never comes."""
    return 1 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


@pytest.fixture
def livelocks_are_seen_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after 20,000 operations: it is enough for few threads, and a failure is run several times."""
    monkeypatch.setattr(execution, "UNCHANGED", 2_000)
    monkeypatch.setattr(execution, "ONLY_LOCKS", 6_000)
    for module in (session, control):
        monkeypatch.setattr(module, "LONG_ENOUGH", 4_000)
