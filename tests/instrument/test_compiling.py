"""What is compiled for an exploration: what runs, once a process. Counted, not timed."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stress.instrument import forget_source, source
from tests.controlled import explored, side_by_side

MODULES, FUNCTIONS = 50, 100  # of ten lines each: 50,000 lines
FUNCTION = """
def f{number}(state):
    value = state["value"]
    if value < 0:
        for each in state:
            state[each] = 0
        return None
    state["value"] = value + 1
    state["last"] = {number}
    return value

"""


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ModuleType]]:
    """Two modules of a package of 50,000 lines."""
    package = tmp_path / "large_package"
    package.mkdir()
    text = "".join(FUNCTION.format(number=number) for number in range(FUNCTIONS))
    for number in range(MODULES):
        (package / f"part{number}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    modules = [importlib.import_module(f"large_package.part{number}") for number in (3, 4)]
    assert sum(text.count("\n") for _ in range(MODULES)) >= 50_000
    yield modules
    for name in [name for name in sys.modules if name.startswith("large_package")]:
        del sys.modules[name]


class Counted:
    """Counts what instrumentation parses and compiles."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parsed: list[str] = []
        self.compiled: list[str] = []
        monkeypatch.setattr(source, "compile", self.compile, raising=False)
        monkeypatch.setattr(source, "ast", self)

    def __getattr__(self, name: str) -> Any:
        return getattr(ast, name)

    def parse(self, text: str, file: str) -> ast.Module:
        self.parsed.append(text)
        return ast.parse(text, file)

    def compile(self, tree: ast.Module, file: str, *arguments: Any, **keywords: Any) -> Any:
        self.compiled.append(f"{Path(file).name} {next(ast.walk(tree.body[0])).name}")  # type: ignore[attr-defined]
        return compile(tree, file, *arguments, **keywords)

    def lines(self) -> int:
        return sum(len(text.strip().splitlines()) for text in self.parsed)


def test_of_a_large_package_only_what_runs_is_compiled(
    large: list[ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(module: ModuleType) -> None:
        for number in range(10):
            getattr(module, f"f{number}")({"value": 0})

    def scenario() -> None:
        side_by_side(lambda: work(large[0]), lambda: work(large[1]))

    explored(lambda: side_by_side(lambda: None), 2)  # what every scenario of this file runs
    counted = Counted(monkeypatch)
    assert explored(scenario, 2).failure is None
    compiled = [each for each in counted.compiled if each.startswith("part")]
    functions = [f"part{module}.py f{number}" for module in (3, 4) for number in range(10)]
    assert sorted(compiled) == sorted(functions * 2)  # as it is, and with hooks
    assert counted.lines() < 3 * 1000 + 500  # two modules, to find the functions in; then the functions alone


def test_the_second_exploration_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario() -> None:
        state = {"value": 0}

        class New:
            @property
            def value(self) -> int:
                return state["value"]

        side_by_side(lambda: New().value, lambda: New().value)

    forget_source(__file__)
    counted = Counted(monkeypatch)
    assert explored(scenario, 2).failure is None
    assert counted.compiled
    counted.compiled.clear()
    counted.parsed.clear()
    assert explored(scenario, 2).failure is None
    assert counted.compiled == counted.parsed == []
