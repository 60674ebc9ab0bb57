"""What single operations touch: an item, a walk, a comparison, a step of an iterator; and what is not known at all.

A footprint is a list of accesses. It says which object, which key or index in it, and whether it is read or written;
putting in or taking out one key is a change of shape by that key. What isn't in a table (`methods`, `calls`) may read
and write whatever it is handed. Everything is found by looking at types and at C slots of containers, never by running
code of the user: a class that overrides a method in Python is left out, since its own operations are announced where
they happen. Knows no listener.
"""

from __future__ import annotations

import collections
import gc
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stress.events import ANY, DELETE, ITEMS, READ, SHAPE, STATE, UPDATE, WHOLE, WRITE, Access, Identity, Location
from stress.instrument import kinds
from stress.instrument.kinds import (
    ALL_VIEWS,
    CODE,
    CONTAINERS,
    IMMUTABLE,
    KEY_VIEWS,
    MAPPINGS,
    class_attribute,
    family,
    in_python,
    is_class,
    module_dict,
    own_equality,
    watch,
)

# The code under test may replace a builtin (`builtins.len`); what runs here keeps the ones of the start.
__builtins__ = vars(kinds)["__builtins__"]

Footprint = list[Access]


def key(value: Any) -> Any:
    """A key for a location: itself where equality is the built-in one, by identity where that is it, else ANY."""
    kind = type(value)
    if kind is str or kind is int or kind in (bytes, float, bool, complex, type(None)):
        return value
    if kind is tuple:
        parts = tuple(key(part) for part in value)
        return ANY if ANY in parts else parts
    try:
        plain = own_equality[id(kind)]
    except KeyError:
        plain = own_equality[watch(kind)] = class_attribute(kind, "__eq__") is object.__dict__["__eq__"] or kind in CODE
    return Identity(value) if plain else ANY


def _index(value: Any) -> Location:
    kind = type(value)
    if kind is int or kind is bool:
        return ("item", int(value)) if value >= 0 else ("item", ANY)
    return ITEMS if kind is slice else ("item", ANY)


# --- single operations ------------------------------------------------------------------------------------------------


def item(mode: str, owner: Any, wanted: Any) -> Footprint:
    """`owner[wanted]`, read, stored or deleted."""
    kind = type(owner)
    if kind in IMMUTABLE or is_class(owner):
        return []
    base = family(kind)
    method = "__getitem__" if mode is READ else "__setitem__" if mode is WRITE else "__delitem__"
    if base is None:
        if kind in ALL_VIEWS:
            return [Access(READ, under, ("item", key(wanted))) for under in referents(owner)]
        if kind is memoryview:
            return [Access(mode, owner.obj, ITEMS)]
        known = class_attribute(kind, method)
        return (
            [] if known is None or in_python(kind, method) else [Access(READ if mode is READ else UPDATE, owner, WHOLE)]
        )
    if in_python(kind, method):
        return []
    if base in MAPPINGS:
        name = key(wanted)
        if mode is READ:
            if base is collections.defaultdict and factory_of(owner) is not None and lacks(owner, wanted):
                return [Access(UPDATE, owner, ("item", name)), Access(UPDATE, owner, ("shape", name))]
            return [Access(READ, owner, ("item", name))]
        return [Access(mode, owner, ("item", name)), Access(mode, owner, ("shape", name))]
    if base is set:
        return []
    place = _index(wanted)
    if mode is DELETE or (mode is WRITE and place is ITEMS):
        return [Access(mode, owner, ITEMS)]
    return [Access(mode, owner, place)]


factory_of: Callable[[Any], Any] = vars(collections.defaultdict)["default_factory"].__get__


def lacks(owner: Any, wanted: Any) -> bool:
    """Whether a dict has no such key; False where asking could call code of the user's."""
    name = key(wanted)
    return name is not ANY and type(name) is not Identity and not dict.__contains__(owner, wanted)


def contains(wanted: Any, owner: Any) -> Footprint:
    """`wanted in owner`."""
    kind = type(owner)
    if kind in IMMUTABLE:
        return []
    base = family(kind)
    if base is None:
        if kind in ALL_VIEWS:
            place = ("item", key(wanted)) if kind in KEY_VIEWS else ITEMS
            return [Access(READ, under, place) for under in referents(owner)]
        return stepped(owner)
    if in_python(kind, "__contains__"):
        return []
    place = ("item", key(wanted)) if base in MAPPINGS or base is set else ITEMS
    return [Access(READ, owner, place)]


def shape(owner: Any) -> Footprint:
    """Truth or `len`."""
    kind = type(owner)
    if kind in IMMUTABLE:
        return []
    if kind in ALL_VIEWS:
        return [Access(READ, under, SHAPE) for under in referents(owner)]
    if family(kind) is None or in_python(kind, "__len__") or in_python(kind, "__bool__"):
        return []
    return [Access(READ, owner, SHAPE)]


def reads(values: Iterable[Any]) -> Footprint:
    """Walks over each of the values in C: whole containers are read, iterators are used up."""
    found: Footprint = []
    for value in values:
        kind = type(value)
        if kind in IMMUTABLE or kind in CODE:
            continue
        base = family(kind)
        if base is not None:
            if not in_python(kind, "__iter__"):
                found.append(Access(READ, value, ITEMS))
        elif kind in ALL_VIEWS:
            place = SHAPE if kind in KEY_VIEWS else ITEMS
            found += [Access(READ, under, place) for under in referents(value)]
        else:
            found += stepped(value)
    return found


def unpacked(value: Any, depth: int) -> Footprint:
    """`a, b = value`; with a depth of 2, `a, (b, c) = value`, which takes apart what is in it too."""
    found = reads((value,))
    if depth > 1 and type(value) in (list, tuple):
        for part in value:
            found += unpacked(part, depth - 1)
    return found


def opened(values: Iterable[Any]) -> Footprint:
    """Iterators are made over the values: the shape is looked at."""
    found: Footprint = []
    for value in values:
        found += shape(value)
    return found


def operands(mode: str, left: Any, right: Any) -> Footprint:
    """A binary operator or a comparison; with UPDATE the left operand is changed in place, if it can be."""
    found: Footprint = []
    kind = type(left)
    if kind not in IMMUTABLE:
        base = family(kind)
        if base is not None:
            found.append(Access(mode, left, ITEMS))
        elif kind in ALL_VIEWS:
            found += reads((left,))
    kind = type(right)
    if kind not in IMMUTABLE and (family(kind) is not None or kind in ALL_VIEWS or found):
        found += reads((right,))
    return found


# --- iterators --------------------------------------------------------------------------------------------------------

GENERATORS = (types.GeneratorType,)


def is_c_iterator(value: Any) -> bool:
    """Whether stepping through a value runs C code, whose state is in the object itself; or it is a generator."""
    kind = type(value)
    if kind is types.GeneratorType:
        return True
    step = class_attribute(kind, "__next__")
    return step is not None and type(step) is types.WrapperDescriptorType


def stepped(iterator: Any) -> Footprint:
    """One step of an iterator written in C: its own state, and the containers that it walks over. [] if it is no such
    iterator."""
    if not is_c_iterator(iterator):
        return []
    found = [Access(UPDATE, iterator, STATE)]
    if type(iterator) is types.GeneratorType:
        return found
    waiting, seen = [iterator], {id(iterator)}
    while waiting:
        for under in referents(waiting.pop()):
            kind = type(under)
            if id(under) in seen or kind in CODE:
                continue
            seen.add(id(under))
            if family(kind) is not None:
                found.append(Access(READ, under, ITEMS))
            elif kind in ALL_VIEWS or kind is tuple:
                waiting.append(under)
            elif is_c_iterator(under):
                found.append(Access(UPDATE, under, STATE))
                if kind is not types.GeneratorType:
                    waiting.append(under)
    return found


def referents(value: Any) -> list[Any]:
    """What a C object refers to: the dict under a view, the list under its iterator."""
    return gc.get_referents(value)


def attributes(mode: str, owner: Any, name: Any) -> Footprint:
    """One attribute, read, written or deleted by name."""
    kind = type(owner)
    if issubclass(kind, types.ModuleType):
        return [Access(mode, module_dict(owner), ("item", name))]
    if kind in IMMUTABLE or kind in CONTAINERS or type(name) is not str:
        return []
    return [Access(mode, owner, ("attribute", name))]


def unknown(callee: Any, values: Sequence[Any]) -> Footprint:
    """A call of which nothing is known: it may read and write whatever it is handed; handed nothing, it conflicts with
    calls of itself.

    Functions, classes and modules that are handed over are not counted: C code calls them, it doesn't change them.
    """
    found: Footprint = []
    for value in values:
        kind = type(value)
        if kind not in IMMUTABLE and not issubclass(kind, CODE):
            found.append(Access(UPDATE, value, WHOLE))
    if not found and callee is not None:
        found.append(Access(UPDATE, callee, STATE))
    return found
