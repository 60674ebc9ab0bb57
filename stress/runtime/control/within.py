"""Which calls into C code, and other operations done by it, a thread is in the middle of: C code may call Python code
(`list.sort` its key, a dict the `__eq__` of a key, `next` the body of a generator), whose operations let others run
before it is done.

C code that goes on after one of those operations can't be told from it: no other thread runs in between. So each of
them does, beside its own, what the C code around it may do. Then what others do meanwhile comes before or after.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Final

from stress.events import ANY, OperationSite, Touch

_OURS: Final = str(Path(__file__).parents[2])

Entered = tuple[OperationSite, tuple[Touch, ...]]
"""An operation that C code does, and what it touches, objects by their number."""


# Methods of locks, and of built-in containers that look at no item; and those that look for one by its key.
_BLIND: Final = frozenset(
    "__exit__ acquire append appendleft clear copy insert items keys popitem popleft release reverse values".split()  # noqa: SIM905
)
_BY_KEY: Final = frozenset({"add", "discard", "get", "pop", "setdefault"})


def may_call_back(site: OperationSite, touches: tuple[Touch, ...]) -> bool:
    """Whether it is done by C code that may call Python code: it isn't the taking of an attribute, a name or a closure
    variable; nor of an item by a key whose equality is a built-in one."""
    kind = site.kind
    if kind in ("truth", "enter") or (kind == "method" and site.name in _BLIND):
        return False
    by_key = kind == "item" or (kind == "method" and site.name in _BY_KEY)
    for _, _, location in touches:
        space, key = location
        if location is site.location or space == "attribute" or space == "value":
            continue
        if not by_key or key is ANY or space not in ("item", "shape"):
            return True
    return False


def leave(entered: list[Entered]) -> None:
    """Forgets those that are over: no frame of the calling thread stands there, but for the one whose operation comes
    now."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    left = [False] * len(entered)
    missing = len(entered)
    while frame is not None and missing:
        frame = frame.f_back
        if frame is None:
            break
        for index, (site, _) in enumerate(entered):
            if not left[index] and _stands_at(frame, site):
                left[index] = True
                missing -= 1
    if missing:
        entered[:] = [each for each, stays in zip(entered, left, strict=True) if stays]


def _stands_at(frame: FrameType, site: OperationSite) -> bool:
    """Whether what the frame does now is this operation or a part of it."""
    code = frame.f_code
    if not site.line:  # C code that we call, in the place of code that isn't instrumented
        return code.co_filename.startswith(_OURS) and code.co_name == "_announced"
    if not site.line <= frame.f_lineno <= site.end_line:
        return False
    if code.co_filename != site.file and not code.co_filename.startswith("<frozen "):
        return False
    line, end_line, column, end_column = next(islice(code.co_positions(), frame.f_lasti // 2, None))
    if line is None or end_line is None or column is None or end_column is None:
        return True
    return (line, column) >= (site.line, site.column) and (end_line, end_column) <= (site.end_line, site.end_column)
