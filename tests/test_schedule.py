"""Schedules as text: what can be written can be read, and what can't be read is refused with a reason."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

import stress
from stress.events import MODES
from stress.schedule import ABOUT, ENDED, ENDING, LONGEST, WAITS, Position, Schedule, Switch

numbers = st.integers(1, 10**6)
positions = st.one_of(
    st.builds(lambda n, mode: Position(ABOUT, n, mode), numbers, st.sampled_from(MODES)),
    st.builds(
        lambda n, entry, taken, inner: Position(ABOUT, n, "", entry, taken, inner),
        st.integers(0, 99),
        numbers,
        st.integers(0, 99),
        numbers,
    ),
    st.builds(lambda n, waits: Position(WAITS, n, waits=waits), numbers, numbers),
    st.sampled_from([Position(ENDING), Position(ENDED)]),
)
switches = st.builds(Switch, st.integers(0, 99), positions, st.integers(0, 99), st.booleans())
seeds = st.one_of(st.just(""), st.integers(0, 2**32 - 1).map(str), st.integers(0, 2**32 - 1).map("x{:08x}".format))
schedules = st.builds(Schedule, st.lists(switches).map(tuple), seeds)


@given(schedules)
def test_a_text_is_read_as_the_schedule_that_it_was_written_from(schedule: Schedule) -> None:
    text = str(schedule)
    assert Schedule.parse(text) == schedule and hash(Schedule.parse(text)) == hash(schedule)
    assert text.startswith("v1") and re.fullmatch(r"[A-Za-z0-9._:,+-]+", text)
    assert eval(repr(schedule), {"Schedule": Schedule}) == schedule


def test_the_example_of_the_module_says_what_is_said_there() -> None:
    assert Schedule.parse("v1:1.4w-2,2e-0\n").switches == (
        Switch(1, Position(ABOUT, 4, "write"), 2),
        Switch(2, Position(ENDING), 0),
    )


@given(st.text(alphabet="v1:.,+-rwdubextl0h9 é", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert Schedule.parse(str(Schedule.parse(text))) == Schedule.parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a schedule: at character 1 it takes the version of its format, v1, got nothing"),
        ("hello", "not a schedule: at character 1 it takes the version of its format, v1, got 'hello'"),
        ("v2:1.4w-2", "a schedule of format v2: this release reads v1"),
        ("v1:", "not a schedule: at character 4 it takes a switch such as 1.4w-2, got nothing"),
        ("v1:1.4w-2;2e-0", "at character 10 it takes a comma, +h and a hash seed, or the end, got ';2e-0'"),
        ("v1:1.4w-2,2.q", "not a schedule: at character 11 it takes a switch such as 1.4w-2, got '2.q'"),
        ("v1:1.٤w-2", "not a schedule: at character 4 it takes a switch such as 1.4w-2, got '1.٤w-2'"),
        ("v1:1." + "9" * 5000 + "w-2", "at character 4 it takes a switch"),
        ("v1" + "," * LONGEST, "not a schedule: 1,000,002 characters, and none has more than 1,000,000"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused_with_where_and_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        stress.Schedule.parse(text)


def test_only_text_is_read() -> None:
    with pytest.raises(TypeError, match=r"a schedule is a str, got 3 \(int\)"):
        stress.Schedule.parse(3)  # type: ignore[arg-type]
