"""The table of `python -m stress`, as it is printed."""

from __future__ import annotations

import io

import pytest

from stress.report.table import Row, console, live, print_rows

ROWS = [
    Row("bank.unsafe.audits", "native", "fails", "fails", True, True, 12, "no", 0.031),
    Row("bank.unsafe.other", "native", "passes", "passes", True, False, 1234, "yes", 12.5),
    Row("bank.with_a_very_long_name_of_a_module.x", "native", "fails", "passes", False, True, 1, "no", 0.0),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(file: io.StringIO) -> str:
    print_rows(ROWS, console(file))
    return file.getvalue()


def test_scenarios_stand_under_their_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = [line.rstrip() for line in printed(io.StringIO()).splitlines()]
    assert [line.split() for line in lines if line.strip() and "─" not in line] == [
        ["scenario", "search", "verdict", "expected", "executions", "proved", "time"],
        ["bank.unsafe"],
        ["audits", "native", "fails", "fails", "12", "no", "0.03", "s"],
        ["other", "native", "passes", "passes", "1,234", "yes", "12.50", "s"],
        ["bank.with_a_very_long_name_of_a_module"],
        ["x", "native", "fails", "passes", "1", "no", "0.00", "s"],
    ]


def test_it_fits_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = printed(io.StringIO())
    assert max(map(len, text.splitlines())) <= 80
    assert "1,234" in text and "12.50 s" in text


def test_a_long_verdict_takes_no_room_from_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    file = io.StringIO()
    row = Row("a.never_comes_back", "random", "uncontrolled blocking", "passes", False, True, 1, "no", 1.0)
    print_rows([row], console(file))
    assert [line.split()[:3] for line in file.getvalue().splitlines()[-3:-1]] == [
        ["never_comes_back", "random", "uncontrolled"],
        ["blocking"],
    ]


def test_it_is_plain_where_there_is_no_terminal() -> None:
    assert "\x1b" not in printed(io.StringIO())


def test_a_terminal_gets_colours_unless_it_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32mfails" in printed(Terminal())  # green: as expected
    assert "\x1b[1;31mfails" in printed(Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "[32m" not in printed(Terminal()) and "31m" not in printed(Terminal())


def test_an_encoding_without_lines_gets_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    print_rows(ROWS, console(file))
    file.flush()
    assert "----" in raw.getvalue().decode("ascii")


def test_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for file, shown in ((Terminal(), True), (io.StringIO(), False)):
        with live(console(file)) as progress:
            progress.show("bank.unsafe.audits", 1234)
        assert ("bank.unsafe.audits: 1,234 executions" in file.getvalue()) is shown
