"""Annotations as text."""

from __future__ import annotations

import dataclasses

from tests.instrument.things import Box


def annotations_are_text(log):
    def f(a: Box.x, b: list[no_such_name] = 1, *c: "str", d: lambda: 1 = 2, **e: [i for i in c]) -> Box[0].y:  # noqa: F821
        x: Box.z = 1
        return x

    class C:
        a: Box.name
        b: int = 1

    return f.__annotations__, C.__annotations__, f(1)


def dataclass_with_text(log):
    @dataclasses.dataclass
    class D:
        a: Box
        b: list[D] = dataclasses.field(default_factory=list)

    return D(1, [2])
