"""What could hang, break or leak an exploration under control: each file beside this one is a program, run by itself.

A case's docstring says what is promised, and then, each where it applies:

    Needs: os.fork, coverage        names without which it is skipped: of a module, or in one
    Exits with: 7                   its exit status, 0 if nothing is said
    Fails on 3.11: why              it doesn't keep its promise there yet
    Prints:                         all of its output, errors' too, up to the end of the docstring
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import textwrap
from pathlib import Path

import pytest

from tests.starting import python_alone

HELPERS = {"__init__", "telling"}
FOLDER = Path(__file__).parent
CASES = sorted(
    file.stem for file in FOLDER.glob("*.py") if file.stem not in HELPERS and not file.stem.startswith("test_")
)


def said(case: str, what: str) -> str:
    """What a case's docstring says after these words; "" if nothing."""
    docstring = ast.get_docstring(ast.parse((FOLDER / f"{case}.py").read_text("utf-8"))) or ""
    head, _, printed = docstring.partition("\nPrints:")
    if what == "Prints":
        return textwrap.dedent(printed.strip("\n")).strip()
    found = re.search(rf"^{re.escape(what)}: (.*)$", head, re.MULTILINE)
    return "" if found is None else found[1]


def missing(names: str) -> list[str]:
    """Those of the names that aren't there."""
    return [name for name in filter(None, names.split(", ")) if not is_there(name)]


def is_there(name: str) -> bool:
    module, _, attribute = name.partition(".")
    try:
        return hasattr(importlib.import_module(module), attribute or "__name__")
    except ImportError:
        return False


@pytest.mark.parametrize("case", CASES)
def test_nothing_hangs_and_all_is_as_before_after(case: str, request: pytest.FixtureRequest) -> None:
    if lacks := missing(said(case, "Needs")):
        pytest.skip(f"there is no {', '.join(lacks)} here")
    if reason := said(case, f"Fails on {sys.version_info[0]}.{sys.version_info[1]}"):
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    ended = python_alone(case, FOLDER)
    assert ended.stdout.strip() == said(case, "Prints")
    assert ended.returncode == int(said(case, "Exits with") or 0)


def test_every_case_says_what_it_prints() -> None:
    assert all("\nPrints:" in (FOLDER / f"{case}.py").read_text("utf-8") for case in CASES)


def test_what_a_case_needs_is_looked_up() -> None:
    assert missing("os.getpid, sys, os.no_such_thing, no_such_module") == ["os.no_such_thing", "no_such_module"]
