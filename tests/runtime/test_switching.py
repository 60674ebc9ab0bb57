"""stress.switch_interval forces context switches, and puts the old interval back whatever happens."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

import stress


@pytest.fixture(autouse=True)
def _interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_the_default_is_a_microsecond() -> None:
    with stress.switch_interval():
        assert sys.getswitchinterval() == pytest.approx(1e-6)


def test_the_old_interval_comes_back() -> None:
    before = sys.getswitchinterval()
    with stress.switch_interval(1e-3):
        assert sys.getswitchinterval() == pytest.approx(1e-3)
    assert sys.getswitchinterval() == before


def test_the_old_interval_comes_back_after_an_exception() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(KeyboardInterrupt), stress.switch_interval():
        raise KeyboardInterrupt
    assert sys.getswitchinterval() == before


@given(st.integers(1, 5_000_000))
def test_the_old_interval_comes_back_to_the_microsecond(microseconds: int) -> None:
    """CPython cuts off below a microsecond, so that a plain set(get()) wanders downwards."""
    sys.setswitchinterval((microseconds + 0.5) * 1e-6)
    before = sys.getswitchinterval()
    with stress.switch_interval(), stress.switch_interval(2e-6):
        pass
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("seconds", [0, -1, 1e-7, math.nan, math.inf, 5000])
def test_an_interval_that_is_none_is_refused(seconds: float) -> None:
    before = sys.getswitchinterval()
    with pytest.raises(ValueError, match=r"seconds=.*takes 1e-6 .* to 4000"):
        stress.switch_interval(seconds)
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("seconds", ["1", None, True])
def test_something_else_than_a_number_is_refused(seconds: object) -> None:
    with pytest.raises(TypeError, match="seconds= takes a number"), stress.switch_interval(seconds):  # type: ignore[arg-type]
        pass
