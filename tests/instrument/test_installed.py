"""However a module was installed, what a scenario runs of it is controlled with default settings; what can't be is
named, with the reason."""

from __future__ import annotations

import compileall
import ctypes
import heapq
import importlib
import importlib.abc
import importlib.util
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sortedcontainers import SortedList

import stress
from tests.controlled import explored, outcomes, side_by_side
from tests.instrument.foreign import Thing, push

SOURCE = """
STATE = {"value": 0}

def race():
    value = STATE["value"]
    STATE["value"] = value + 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to install in; what is imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in [name for name in set(sys.modules) - before if _lies_in(sys.modules[name], tmp_path)]:
        del sys.modules[name]


def _lies_in(module: ModuleType, folder: Path) -> bool:
    spec = module.__spec__
    places = [] if spec is None else [spec.origin or "", *(spec.submodule_search_locations or ())]
    return any(place.startswith(str(folder)) for place in places)


def races(module: ModuleType) -> stress.Exploration:
    def scenario() -> None:
        module.STATE["value"] = 0
        side_by_side(module.race, module.race)
        assert module.STATE["value"] == 2

    return explored(scenario)


def assert_found(exploration: stress.Exploration) -> None:
    assert exploration.failure is not None, str(exploration)
    assert isinstance(exploration.failure.exception, AssertionError), str(exploration)


def test_a_race_is_found_in_a_wheel_in_site_packages() -> None:
    def scenario() -> None:
        numbers = SortedList()
        side_by_side(lambda: numbers.add(1), lambda: numbers.add(2))
        assert len(numbers) == 2

    assert SortedList.__module__ in sys.modules
    assert "-packages" in str(importlib.util.find_spec("sortedcontainers"))
    assert_found(explored(scenario))


def test_a_race_is_found_in_an_editable_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As build tools make them: a finder that knows where the checkout is."""
    file = folder / "checkout" / "src.py"
    file.parent.mkdir()
    file.write_text(SOURCE, encoding="utf-8")

    class Finder(importlib.abc.MetaPathFinder):
        def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
            return importlib.util.spec_from_file_location(name, file) if name == "made_editable" else None

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    assert_found(races(importlib.import_module("made_editable")))


def test_a_race_is_found_in_a_zipped_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(folder / "packed.zip", "w") as archive:
        archive.writestr("zipped/__init__.py", "")
        archive.writestr("zipped/inner.py", SOURCE)
    monkeypatch.syspath_prepend(folder / "packed.zip")
    assert_found(races(importlib.import_module("zipped.inner")))


def test_a_race_is_found_in_a_namespace_package(folder: Path) -> None:
    (folder / "spaced" / "deeper").mkdir(parents=True)
    (folder / "spaced" / "deeper" / "inner.py").write_text(SOURCE, encoding="utf-8")
    assert_found(races(importlib.import_module("spaced.deeper.inner")))


def test_a_race_is_found_in_a_module_that_is_imported_only_when_two_threads_meet(folder: Path) -> None:
    (folder / "rarely.py").write_text(SOURCE, encoding="utf-8")
    inside: list[None] = []
    imported: list[None] = []

    def meet() -> None:
        inside.append(None)
        if len(inside) == 2:
            import rarely  # type: ignore[import-not-found]

            imported.append(None)
            rarely.race()
        inside.pop()

    def scenario() -> int:
        imported.clear()
        if "rarely" in sys.modules:
            sys.modules["rarely"].STATE["value"] = 0
        side_by_side(meet, meet)
        return len(imported) - (sys.modules["rarely"].STATE["value"] if imported else 0)

    assert "rarely" not in sys.modules
    assert outcomes(scenario, 200) == {0, 1}


def test_a_module_whose_source_changed_after_its_import_runs_as_one_step_and_is_named(folder: Path) -> None:
    file = folder / "changed.py"
    file.write_text(SOURCE, encoding="utf-8")
    module = importlib.import_module("changed")
    file.write_text(SOURCE.replace("+ 1", "+ 1 + 0"), encoding="utf-8")
    exploration = races(module)
    assert exploration.failure is None
    assert f"race ran as one step: its source in {file} isn't the one that runs" in exploration.assumptions


def test_a_module_that_comes_without_source_runs_as_one_step_and_is_named(folder: Path) -> None:
    file = folder / "compiled.py"
    file.write_text(SOURCE, encoding="utf-8")
    assert compileall.compile_file(file, legacy=True, quiet=1)
    file.unlink()
    exploration = races(importlib.import_module("compiled"))
    assert exploration.failure is None
    assert f"race ran as one step: no source for {file}" in exploration.assumptions


def test_a_function_of_a_c_extension_is_one_step_with_what_it_is_handed() -> None:
    def scenario() -> int:
        heap: list[int] = []

        def push_first() -> None:
            if not heap:
                heapq.heappush(heap, 1)

        side_by_side(push_first, push_first)
        return len(heap)

    assert set(explored(scenario).outcomes) == {1, 2}


def test_c_code_that_is_not_cpythons_own_is_named() -> None:
    size = ctypes.pythonapi.PyObject_Size
    size.argtypes = [ctypes.py_object]

    class Heir(Thing):  # type: ignore[misc]
        pass

    def scenario() -> None:
        side_by_side(lambda: push(1), lambda: Heir() + 1, lambda: heapq.heappush([], size([])))

    assert (
        "C code ran as one step each time, and touched nothing but what it was handed: "
        "ctypes.PyObject_Size, foreign.Thing, foreign.push"
    ) in explored(scenario, 2).assumptions
    assert not any("C code" in text for text in explored(lambda: side_by_side(lambda: [].append(1)), 2).assumptions)
