"""The table of `python -m stress`: a row for each scenario and way to run it, then each failure. Text at 80 columns."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Row:
    """A scenario run in one way, in the words that are printed."""

    scenario: str
    search: str
    verdict: str
    expected: str
    met: bool
    counts: bool  # for the exit status, if it isn't met
    executions: int
    proved: str
    seconds: float


def console(file: IO[str] | None = None) -> Console:
    """The console that all goes to. What its encoding lacks is printed in ASCII."""
    stream = file or sys.stdout
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return _Console(file=file, highlight=False, markup=False, emoji=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leaves it to the caller, where rich would exit."""
        raise BrokenPipeError


def print_rows(rows: list[Row], to: Console) -> None:
    """The table, its scenarios under the names of their modules."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    table.add_column("scenario", overflow="fold")
    table.add_column("search", no_wrap=True)
    table.add_column("verdict", max_width=len("nondeterministic"))  # the one longer verdict has two words
    table.add_column("expected", no_wrap=True)
    table.add_column("executions", justify="right", no_wrap=True)
    table.add_column("proved", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    above = ""
    for row in rows:
        module, _, name = row.scenario.rpartition(".")
        if module != above:
            table.add_row(module)
            above = module
        table.add_row(
            f"  {name}",
            row.search,
            Text(row.verdict, style="green" if row.met else "bold red" if row.counts else "yellow"),
            row.expected,
            f"{row.executions:,}",
            row.proved,
            f"{row.seconds:.2f} s",
        )
    to.print(table)


class Live:
    """What is being run, while it runs; nothing where there is no terminal.

    Drawn by who shows it, not by a thread of its own: that would be one more to switch to.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)
        self._drawn = -math.inf

    def show(self, scenario: str, executions: int) -> None:
        """`scenario` has had so many executions. Drawn ten times a second at most."""
        self._progress.update(self._task, description=f"{scenario}: {executions:,} executions")
        if executions == 0 or time.monotonic() - self._drawn > 0.1:
            self._progress.refresh()
            self._drawn = time.monotonic()


@contextmanager
def live(to: Console) -> Iterator[Live]:
    """Shows progress on a terminal, and takes it away at the end."""
    columns = (SpinnerColumn("line"), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=to, transient=True, auto_refresh=False, disable=not to.file.isatty()) as progress:
        yield Live(progress)
