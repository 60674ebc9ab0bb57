"""What is at a location, told without running anything of the user's: what the program would get there, or nothing."""

from __future__ import annotations

import collections
from typing import Any

import pytest

from stress.instrument.lookup import value_at

UNKNOWN = object()


class Cents:
    """A data descriptor that keeps another value, in the instance, than it gives."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, owner: Any, kind: type) -> float:
        return float(owner.__dict__[self.name] / 100)

    def __set__(self, owner: Any, value: float) -> None:
        owner.__dict__[self.name] = int(value * 100)


class Account:
    amount = Cents()
    bank = "here"

    def __init__(self) -> None:
        self.amount = 5.0
        self.owner = "ann"


class Changing:
    value = 1

    def __init__(self) -> None:
        self.own = 2

    def __getattribute__(self, name: str) -> Any:
        return 100 if name == "own" else object.__getattribute__(self, name)


class Slotted:
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 3


class Named(dict[str, int]): ...


class Numbers(list[int]): ...


@pytest.mark.parametrize(
    ("owner", "space", "key", "value"),
    [
        (Account(), "attribute", "owner", "ann"),
        (Account(), "attribute", "bank", "here"),
        (Account(), "attribute", "amount", UNKNOWN),
        (Changing(), "attribute", "own", UNKNOWN),
        (Changing(), "attribute", "value", UNKNOWN),
        (Slotted(), "attribute", "value", 3),
        ({"a": 1}, "item", "a", 1),
        (Named(a=1), "item", "a", 1),
        (collections.Counter("aa"), "item", "a", 2),
        (collections.defaultdict(int), "item", "a", UNKNOWN),
        (Numbers([7]), "item", 0, 7),
        (Numbers([7]), "item", 1, UNKNOWN),
        ((7,), "item", 0, 7),
    ],
)
def test_a_value_is_what_the_program_would_get_or_none_is_told(owner: Any, space: str, key: Any, value: Any) -> None:
    assert value_at(owner, (space, key), UNKNOWN) == value
