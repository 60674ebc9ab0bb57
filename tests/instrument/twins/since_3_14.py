"""Syntax of 3.14: template strings, deferred annotations, except without parentheses."""

import annotationlib

from tests.instrument.things import Box, boom, noisy


def template_strings(log):
    box = Box(x=1)
    made = t"{box.x} {noisy(log, 1, [1])!r:>{5}} {box.x=}"
    return made.strings, [(i.value, i.expression, i.conversion, i.format_spec) for i in made.interpolations]


def deferred_annotations(log):
    local = int

    def f(a: local, b: later = 1) -> undefined:  # noqa: F821
        return a, b

    class C:
        x: local
        y: later  # noqa: F821

    forward = annotationlib.Format.FORWARDREF
    return f(1), annotationlib.get_annotations(C, format=forward).keys(), annotationlib.get_annotations(f, format=forward)["a"]


def deferred_annotations_fail(log):
    def f(a: undefined):  # noqa: F821
        pass

    return f.__annotations__


def except_without_parentheses(log):
    try:
        boom()
    except ValueError, RuntimeError:
        return "caught"
