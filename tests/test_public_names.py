"""The public names: which there are, that each is loaded when it is first used, and what is not there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import stress

NAMES = {
    "DataRace",
    "Deadlock",
    "Exploration",
    "Failure",
    "InternalError",
    "LeakedLock",
    "Livelock",
    "Nondeterministic",
    "Schedule",
    "NotLinearizable",
    "NothingInstrumented",
    "StaleSchedule",
    "StressFailure",
    "UncontrolledBlocking",
    "UnreadFailureWarning",
    "explore",
    "interleave",
    "parallel",
    "regression",
    "replay",
    "scenario",
    "switch_interval",
}


def names_for_type_checkers() -> set[str]:
    tree = ast.parse(Path(str(stress.__file__)).read_text(encoding="utf-8"))
    return {alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names} - {
        None
    }


def test_the_public_names_are_these() -> None:
    assert set(stress.__all__) == NAMES


def test_type_checkers_see_the_same_names() -> None:
    assert names_for_type_checkers() == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_is_there_and_is_listed(name: str) -> None:
    assert getattr(stress, name).__module__.startswith("stress.")
    assert name in dir(stress)


@pytest.mark.parametrize("name", ["schedules", "ConcurrentStateMachine", "explroe"])
def test_a_name_that_is_not_built_yet_is_absent(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'stress' has no attribute '{name}'"):
        getattr(stress, name)


@pytest.mark.parametrize("first", ["interleave", "explore", "parallel"])
def test_a_name_stays_what_it_is_whichever_is_used_first(first: str) -> None:
    """A submodule that is imported becomes an attribute of its package: none may take a public name's place."""
    code = f"import stress; stress.{first}; assert all(callable(getattr(stress, name)) for name in stress.__all__)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("module", ["stress", "stress.pytest_plugin"])
def test_an_import_loads_neither_hypothesis_nor_rich(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"hypothesis", "rich"} & set(loaded.stdout.split())


def test_import_stress_loads_no_room() -> None:
    code = "import sys, stress; print(*(name for name in sys.modules if name.startswith('stress.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert loaded.stdout.split() == []
