"""What the documents quote is what comes now: files word for word, output but for its numbers."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stress._compat import gil_enabled
from stress.control import EXECUTIONS, OPERATIONS
from stress.exploration import DEFAULT_EXECUTIONS, DEFAULT_TIMEOUT
from stress.instrument.finding import SHARED
from stress.runtime.control.execution import UNCHANGED
from tests.starting import python_m

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs").exists() or not (ROOT / "stress").exists(), reason="the documents are in the checkout only"
)


def _refresh() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


refresh = _refresh() if (ROOT / "docs").exists() else ModuleType("refresh")


def quoted(what: str) -> list[tuple[str, str, str]]:
    """(document, source, body) of each block of this kind."""
    if not (ROOT / "docs").exists():
        return []
    return [
        (document.name, block["source"], block["body"])
        for document in DOCUMENTS
        for block in refresh.BLOCK.finditer(document.read_text(encoding="utf-8"))
        if block["what"] == what
    ]


OUTPUT = [each for each in quoted("output") if "benchmarks" not in each[1]]  # those take minutes


@pytest.mark.parametrize(("document", "source", "body"), quoted("text"))
def test_a_file_is_quoted_as_it_is(document: str, source: str, body: str) -> None:
    assert body == (ROOT / source).read_text(encoding="utf-8"), f"python docs/refresh.py {document}"


@pytest.mark.skipif(not gil_enabled(), reason="what is quoted natively is of a build with a GIL")
@pytest.mark.skipif(sys.platform == "win32", reason="paths are quoted with slashes")
@pytest.mark.parametrize(("document", "source", "body"), OUTPUT, ids=[source for _, source, _ in OUTPUT])
def test_output_is_quoted_as_it_comes(document: str, source: str, body: str) -> None:
    if " pytest " in source:
        told, now = _of_pytest, refresh.output_of(source)
    else:
        told, now = _but_for_numbers, refresh.output_of(source, run)
    assert told(body) == told(now), f"python docs/refresh.py {document}"


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    assert arguments[0] == "-m"
    return python_m(*arguments[1:], cwd=ROOT, COLUMNS="80", NO_COLOR="1")


def _but_for_numbers(output: str) -> list[str]:
    """The lines, without what is measured or depends on the version of Python, and without the table's padding."""
    changing = r"\bv1[:\w.,+-]*|0x[0-9a-f]+|\d[\d.,]*"  # a schedule, an address, a number
    lines = [re.sub(changing, "N", " ".join(line.split())) for line in output.splitlines()]
    return [line for line in lines if line.strip(" ─-")]


def _of_pytest(output: str) -> list[str]:
    """What it says of the failure; the rest is its own affair."""
    return _but_for_numbers("\n".join(line for line in output.splitlines() if line.startswith(("E ", ">"))))


def test_there_is_something_to_compare() -> None:
    assert len(OUTPUT) >= 9 and quoted("text")


@pytest.mark.parametrize("kind", ["deadlock", "leaked lock", "livelock", "uncontrolled blocking", "nondeterministic"])
def test_each_kind_of_failure_is_shown(kind: str) -> None:
    assert any(document == "control.md" and f"\n{kind}: " in body for document, _, body in OUTPUT)


def test_the_numbers_of_the_documents_are_those_of_the_code() -> None:
    control = (ROOT / "docs" / "control.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    flat = " ".join(f"{control} {readme}".split())
    for text in (
        f"the budget is {EXECUTIONS:,} executions, or as many as have {OPERATIONS:,} operations together",
        f"or {EXECUTIONS:,} times, or has done {OPERATIONS:,} operations",
        f"it is run {DEFAULT_EXECUTIONS} times",
        f"`timeout=` real seconds, {DEFAULT_TIMEOUT:g} by default",
        f"for {UNCHANGED:,} operations nothing changes",
    ):
        assert text in flat, text


def test_what_is_controlled_of_the_standard_library_is_listed() -> None:
    flat = " ".join((ROOT / "docs" / "control.md").read_text(encoding="utf-8").split())
    listed = re.search(r"what keeps state of threads \(([^)]*)\)", flat)
    assert listed is not None
    names = set(re.findall(r"`([\w.]+)`", listed[1]))
    missing = {name for name in SHARED if not name.startswith("_")} - names
    assert missing == {"multiprocessing.dummy"}  # what ThreadPool is made of
    assert names <= set(SHARED)


def test_a_path_to_a_document_leads_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_readme_types_what_its_commands_say(tmp_path: Path) -> None:
    """Its code is Python, and its first test fails when it is typed into an empty folder."""
    code = next(body for document, source, body in quoted("text") if source.endswith("test_counter.py"))
    (tmp_path / "test_it.py").write_text(code, encoding="utf-8")
    ended = python_m("pytest", "-q", "-p", "no:cacheprovider", "test_it.py", cwd=tmp_path)
    assert ended.returncode == 1 and "assert 1 == 2" in ended.stdout, ended.stdout
