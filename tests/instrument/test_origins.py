"""Code is instrumented wherever its source is at hand: run by `python -m`, typed into a notebook, found by doctest."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import stress
from stress.instrument import Instrumentation, Passing, listen
from tests.instrument.running import Recorder

PROGRAM = """
    import sys
    from stress.instrument import Instrumentation, Passing, listen

    class Account:
        balance = 0

        def add(self, amount):
            self.balance += amount

    class Printing(Passing):
        def access(self, site, mode, owner, location):
            print(mode, site.name, site.line, site.text, site.file == __file__)

    with Instrumentation() as instrumentation:
        assert instrumentation.add(Account.add), instrumentation.reasons
        listen(Printing())
        Account().add(3)
        listen(None)
"""


@pytest.mark.parametrize("way", [["-m", "program"], ["program.py"], ["-c", "import program"]])
def test_a_program_is_instrumented_however_it_is_run(tmp_path: Path, way: list[str]) -> None:
    (tmp_path / "program.py").write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, *way],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(str(stress.__file__)).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout.splitlines()[-1:] == ["write balance 9 self.balance True"], ended.stderr


def cell(number: int, source: str, namespace: dict[str, Any]) -> None:
    """What a notebook or an interactive session does with a cell: its source goes into linecache, under a name of its
    own that is no file."""
    name = f"<ipython-input-{number}-made-up>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec", dont_inherit=True), namespace)


def test_cells_of_a_notebook_are_instrumented() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cell(1, "class Account:\n    balance = 0\n", namespace)
    cell(2, "def add(account, amount):\n    account.balance += amount\n", namespace)
    recorder = Recorder()
    with Instrumentation() as instrumentation:
        assert instrumentation.add(namespace["add"]), instrumentation.reasons
        before = listen(recorder)
        try:
            namespace["add"](namespace["Account"](), 3)
        finally:
            listen(before)
    assert [(site.mode, site.text) for site, _ in recorder.operations] == [
        ("read", "account.balance"),
        ("write", "account.balance"),
    ]


def test_a_cell_typed_again_is_instrumented_as_it_is_now() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cell(3, "def get(account):\n    return account.old\n", namespace)
    with Instrumentation() as instrumentation:
        assert instrumentation.add(namespace["get"])
    cell(4, "def get(account):\n    return account.new\n", namespace)
    recorder = Recorder()
    account = type("Account", (), {})()
    account.new = 1
    with Instrumentation() as instrumentation:
        assert instrumentation.add(namespace["get"])
        before = listen(recorder)
        try:
            assert namespace["get"](account) == 1
        finally:
            listen(before)
    assert [site.name for site, _ in recorder.operations] == ["new"]


def test_a_session_that_keeps_no_source_says_so() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("def get(account):\n    return account.balance\n", "<stdin>", "exec", dont_inherit=True), namespace)
    with Instrumentation() as instrumentation:
        assert not instrumentation.add(namespace["get"])
    (reason,) = instrumentation.reasons.values()
    assert "source" in reason


# Recursion


class Node:
    child: Node | None = None


def descend(node: Node, depth: int) -> int:
    """Recurses to the limit, reading an attribute and a global in each call; how deep it came."""
    try:
        if node.child is None:
            return descend(node, depth + 1)
    except RecursionError:
        return depth
    raise AssertionError


def deepest() -> int:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        return descend(Node(), 0)
    finally:
        sys.setrecursionlimit(before)


def test_recursion_passing_through_goes_as_deep_but_for_the_hook_itself() -> None:
    plain = deepest()
    with Instrumentation() as instrumentation:
        assert instrumentation.add(descend)
        hooked = deepest()
    assert plain - 2 <= hooked <= plain


def test_recursion_with_a_listener_goes_as_deep_but_for_the_listeners_own_calls() -> None:
    """The factor is 1: what is lost is the depth of a hook and its listener, once, not in each call."""
    plain = deepest()
    with Instrumentation() as instrumentation:
        assert instrumentation.add(descend)
        before = listen(Passing())
        try:
            hooked = deepest()
        finally:
            listen(before)
    assert plain - 12 <= hooked <= plain
