"""The rooms know one another in one direction only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import stress

ROOT = Path(str(stress.__file__)).parent

# What each room may import of the others. `exploration` ties them together; the rooms below it don't know one another.
BASE = {"_arguments", "_compat", "_given", "_lines", "_unread", "errors", "events", "failure", "schedule"}
ALLOWED = {
    "errors": {"failure"},  # for type checkers only
    "events": set(),
    "_compat": set(),
    "_arguments": set(),
    "_commands": set(),
    "_given": set(),
    "_lines": {"events"},
    "_unread": {"errors"},
    "_identity": {"_compat"},
    "failure": {"_lines", "errors", "events", "schedule"},
    "schedule": {"_compat", "errors", "events"},
    "minimize": {"events", "schedule"},
    "search": BASE | {"search"},
    "instrument": BASE | {"instrument"},
    "runtime": BASE | {"runtime"},
    "report": {"_lines", "events", "report"},
    "detect": BASE | {"detect"},
    "judging": BASE | {"detect", "report", "runtime"},
    "fresh": BASE | {"judging", "minimize", "runtime", "search"},
    "control": BASE | {"exploration", "fresh", "instrument", "judging", "minimize", "runtime", "search"},
    "exploration": BASE | {"control", "runtime", "search"},
    "scenarios": BASE | {"exploration"},
    "targets": BASE | {"_commands", "scenarios"},
    "pytest_plugin": {"_commands", "_compat", "_given", "_identity", "_unread", "instrument", "schedule"},
    "__main__": {
        "_commands",
        "_identity",
        "_lines",
        "errors",
        "exploration",
        "failure",
        "report",
        "scenarios",
        "schedule",
        "targets",
    },
    "__init__": BASE | {"exploration", "runtime", "scenarios"},
}


def rooms_imported_by(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "stress":
            inner = node.module.split(".")[1:2]
            found.update(inner or [alias.name for alias in node.names])
        elif isinstance(node, ast.Import):
            found.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("stress."))
    return found


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_room_imports_only_what_it_may_know(file: Path) -> None:
    room = file.relative_to(ROOT).parts[0].removesuffix(".py")
    assert rooms_imported_by(file) <= ALLOWED[room]


def test_search_knows_no_threads() -> None:
    for file in (ROOT / "search").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert not names & {"threading", "_thread"}


def test_the_wheel_needs_nothing_of_the_bank() -> None:
    for file in ROOT.rglob("*.py"):
        assert "import bank" not in file.read_text(encoding="utf-8")
