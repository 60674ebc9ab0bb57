"""Which calls into C code, and other operations done by it, a thread is in the middle of: C code may call Python code
(`list.sort` its key, a dict the `__eq__` of a key, `next` the body of a generator), whose operations let others run
before it is done.

C code that goes on after one of those operations can't be told from it: no other thread runs in between. So each of
them does, beside its own, what the C code around it may do. Then what others do meanwhile comes before or after.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import islice
from opcode import opmap
from types import CodeType, FrameType
from typing import Final

from stress.events import ANY, SHAPE, OperationSite, Touch
from stress.runtime.stacks import OURS, outside_us

Entered = tuple[OperationSite, tuple[Touch, ...]]
"""An operation that C code does, and what it touches, objects by their number."""

# Where instructions stand that were asked for, by the id() of their code and their offset: to find one takes as long as
# its code; and which they are.
_Place = tuple[int | None, int | None, int | None, int | None]
_positions: Final[dict[tuple[int, int], tuple[CodeType, _Place, int]]] = {}
MOST: Final = 10_000  # of them

_LIFE: Final = "threading"  # the file of the operations that no source shows

# Methods of locks, and of built-in containers that look at no item; and those that look for one by its key.
_BLIND: Final = frozenset(
    "__exit__ acquire clear copy items keys pop popitem popleft release reverse values".split()  # noqa: SIM905
)
_BY_KEY: Final = frozenset({"add", "discard", "get", "pop", "setdefault"})
_STARS: Final = frozenset({"*", "**"})
_PASSING_ON: Final = frozenset({"append", "deque", "extend", "list", "next", "send", "tuple"})
_GATHERING: Final = frozenset(opmap[name] for name in ("LIST_EXTEND", "SET_UPDATE", "DICT_UPDATE", "DICT_MERGE"))
_TAKING_APART: Final = frozenset({opmap["UNPACK_SEQUENCE"], opmap["UNPACK_EX"]})
_TAKING: Final = frozenset({"attribute", "global", "method"})  # a module's are the items of its dict


def may_call_back(site: OperationSite, touches: Sequence[Touch]) -> bool:
    """Whether it is done by C code that may call Python code: it isn't the taking of an attribute, a name or a closure
    variable; nor of an item by a key whose equality is a built-in one; nor a step of the iteration over a built-in
    container; nor a thread's start or end."""
    space, key = touches[0][2] if touches else ("attribute", None)
    if len(touches) == 1 and (space == "attribute" or space == "value"):  # nearly always
        return False
    kind, name = site.kind, site.name
    if kind == "item" and space == "item" and key is not ANY:  # of the rest, nearly always
        last, same = touches[-1][2]
        if same is key and len(touches) <= 2 and (last == "item" or last == "shape"):
            return False
    if kind in ("truth", "enter") or (site.file == _LIFE and not site.line):
        return False
    blind = kind == "method" and name in _BLIND  # without arguments: else it is a call, after it was taken
    by_key = kind == "item" or (name in _BY_KEY and kind in ("method", "call"))
    for _, _, location in touches:
        space, key = location
        if not (
            space in ("attribute", "value")
            or (space == "item" and key == name and kind in _TAKING)
            or (by_key and key is not ANY and space in ("item", "shape"))
            or (blind and space != "whole")
            or (location is SHAPE and name == "len")
            or (kind == "iteration" and space in ("items", "shape") and not site.detail)  # nothing that is taken apart
        ):
            return True
    return False


def looks_into_results(entered: list[Entered], giver: OperationSite) -> bool:
    """Whether the innermost of them may look into what Python code gives it: not a step of a loop; nor what puts all
    that a generator gives into a list, say."""
    around = entered[-1][0]
    return around.kind != "iteration" and (around.name not in _PASSING_ON or giver.name == "lambda")


def leave(entered: list[Entered]) -> None:
    """Forgets those that are over: no frame of the calling thread stands there, but for the one whose operation comes
    now."""
    frame: FrameType | None = outside_us(sys._getframe(1)).f_back
    left = [False] * len(entered)
    missing = len(entered)
    while frame is not None and missing:
        for index, (site, _) in enumerate(entered):
            if not left[index] and _stands_at(frame, site):
                left[index] = True
                missing -= 1
        frame = frame.f_back
    if missing:
        entered[:] = [each for each, stays in zip(entered, left, strict=True) if stays]


def called_within(entered: list[Entered], has_hooks: Callable[[CodeType], bool]) -> bool:
    """Whether one of them called the function that the calling thread is in, if need be through code without hooks."""
    leave(entered)
    frame: FrameType | None = outside_us(sys._getframe(1)).f_back
    while entered and frame is not None:
        if any(_stands_at(frame, site) for site, _ in entered):
            return True
        if has_hooks(frame.f_code):
            return False  # which has come to an operation of its own
        frame = frame.f_back
    return False


def _stands_at(frame: FrameType, site: OperationSite) -> bool:
    """Whether what the frame does now is this operation or a part of it."""
    code = frame.f_code
    if not site.line:  # C code that we call, in the place of code that isn't instrumented
        return code.co_name == "_announced" and code.co_filename.startswith(OURS)
    if code.co_filename != site.file and not code.co_filename.startswith("<frozen "):
        return False
    # Within an f-string or a display, all of which the instruction covers.
    starred = site.kind == "walk" and site.name in _STARS
    covered = starred or (site.kind == "walk" and site.name == "format")
    apart = site.name == "unpack" or (site.kind == "iteration" and bool(site.detail))  # by an instruction at the target
    if not (covered or apart or site.line <= frame.f_lineno <= site.end_line):
        return False  # the rest is looked up only now, since it takes long
    key = id(code), frame.f_lasti
    known = _positions.get(key)
    if known is None or known[0] is not code:
        if len(_positions) > MOST:
            _positions.clear()
        # No call of Python code, which a thread at the recursion limit might have room for in one execution alone.
        place = next(islice(code.co_positions(), frame.f_lasti // 2, None))
        known = _positions[key] = code, place, code.co_code[frame.f_lasti]
    line, end_line, column, end_column = known[1]
    if line is None or end_line is None or column is None or end_column is None:
        return True
    begin, end = (site.line, site.column), (site.end_line, site.end_column)
    if apart and known[2] in _TAKING_APART and (end_line, end_column) <= begin:
        return True  # `a, b = x`, `for a, b in x`: the target comes first
    if covered and (not starred or known[2] in _GATHERING):  # a call with stars comes after them
        return (line, column) <= begin and end <= (end_line, end_column)
    return begin <= (line, column) and (end_line, end_column) <= end
