"""What only the running thread can reach: operations on it need not be announced, since nobody can come in between.

Told from reference counts, at the cost of one comparison where it can't be told (`variables` says where it can). An
object is private while the references to it are exactly those that the operation itself needs: the variable of the
running function that the source names it by (or none, for the result of a call that stands there), the copies on the
value stack, and those of the hook's own calls. `site.own` holds the first two, `_compat.HOOK_REFERENCES` the last. So
another variable, an attribute, an item, a closure cell, an argument further up, a bound method, an iterator or a thread
that has the object makes it one more, and then it is announced. Being wrong is possible on that side only.

References that aren't counted are looked at one by one:

- weak references: an object that has any is announced (but for those that name it for us, `events.Watch`);
- an instance's `__dict__`, which leads to its attributes and not to it: an instance whose dict has another holder is
  announced;
- borrowed references (3.14 on): code with hooks makes none (see `marks`), and a variable that could hold one made by
  other code doesn't count (see `variables`);
- C objects that hide what they share: only built-in containers, instances of classes that are Python code all the
  way up, and iterators of the language itself can be private;
- frames and the garbage collector (`sys._current_frames`, `f_locals`, a traceback's frame, `gc.get_objects`): not
  looked at. Who takes an object from another thread's running frame that way isn't seen (docs/instrumentation.md).

Without exact counts (a free-threaded build, a running JIT, an interpreter on which the check below fails) nothing is
private. The answer doesn't depend on the version of Python: each object has the same holders on all of them.
"""

from __future__ import annotations

import functools
import itertools
import types
from sys import getrefcount
from typing import Any
from weakref import getweakrefcount, getweakrefs

from stress._compat import HOOK_REFERENCES, counts_references
from stress.events import Watch
from stress.instrument import kinds
from stress.instrument.kinds import CONTAINERS, class_attribute, has_plain_dict, is_all_python

__builtins__ = vars(kinds)["__builtins__"]

NEVER = -(10**9)  # what `beyond` is while nothing is left out: no count is equal to it plus anything

_MADE: list[Any] = [[], (), {}, set(), "", b"", bytearray(), range(0), range(2**70, 2**70 + 1), {}.values(), {}.items()]
_REVERSED: list[Any] = [[], {}, {}.values(), {}.items()]
_ITERATORS: frozenset[type] = frozenset(
    (
        types.GeneratorType,
        *(type(iter(made)) for made in _MADE),
        *(type(reversed(made)) for made in _REVERSED),
        *(enumerate, zip, map, filter, reversed, itertools.count, itertools.chain, itertools.islice, itertools.repeat),
    )
)


def is_reached_by_count_alone(value: Any) -> bool:
    """Whether every way to this object's state is a counted reference to it: asked when the count is right."""
    kind = type(value)
    if kind is list or kind is dict:  # they can't be weakly referenced
        return True
    if getweakrefcount(value) and any(type(one) is not Watch for one in getweakrefs(value)):
        return False
    if kind in CONTAINERS or kind in _ITERATORS:
        return True
    return is_all_python(kind) and not _leaks_its_dict(value, kind)


def _leaks_its_dict(value: Any, kind: type) -> bool:
    """Whether somebody may have an instance's dict, or code of the user's answers for it."""
    if has_plain_dict(kind):  # the instance has it, and the value stack
        return getrefcount(object.__getattribute__(value, "__dict__")) != 2
    return class_attribute(kind, "__dict__") is not None


def beyond(listener: Any) -> int:
    """How many references to an operand a hook's own calls hold; NEVER if this listener is told of everything."""
    if listener is None or getattr(listener, "sees_private", False) or not counts_references() or not _is_checked():
        return NEVER
    return HOOK_REFERENCES


@functools.cache
def _is_checked() -> bool:
    """Whether, on this interpreter, one more reference than `HOOK_REFERENCES` says is noticed on each hook's way."""
    from stress.instrument.checked import announces_what_two_hold

    return announces_what_two_hold()


def forget() -> None:
    """Check again the next time."""
    _is_checked.cache_clear()
