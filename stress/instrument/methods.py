"""What the methods of built-in containers and of other C objects touch: the table of those that are known."""

from __future__ import annotations

import _io
import _random
import functools
import types
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from stress.events import DELETE, ITEMS, READ, SHAPE, STATE, UPDATE, WHOLE, WRITE, Access
from stress.instrument import kinds
from stress.instrument.attributes import IS_REPLACED, Footprint, attributes, remember_dict, replacing, replacing_some
from stress.instrument.footprints import (
    asked_of_key,
    asked_of_keys,
    calling,
    contains_in_c,
    deep,
    filled,
    handed,
    held,
    is_c_iterator,
    item_in_c,
    key,
    pairs,
    reads,
    stepped,
    through,
    unknown,
    unpacked,
    world_of,
)
from stress.instrument.kinds import (
    ALL_VIEWS,
    IMMUTABLE,
    MAPPINGS,
    SEQUENCES,
    family,
    is_class,
    made_in_python,
    module_dict,
    module_of,
    mro_of,
)
from stress.instrument.lookup import value_at

# The code under test may replace a builtin (`builtins.len`); what runs here keeps the ones of the start.
__builtins__ = vars(kinds)["__builtins__"]

Rule = Callable[[Any, Sequence[Any]], Footprint]


def _reads_all(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(READ, owner, ITEMS), *reads(args)]


def _writes_down(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(READ, owner, ITEMS), *_gives_state(owner, args)]


def _gives_state(owner: Any, args: Sequence[Any]) -> Footprint:
    remember_dict(owner, type(owner), "__dict__")  # which may be a part of it
    return [Access(READ, owner, WHOLE)]


def _reads_shape(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(READ, owner, SHAPE)]


def _changes_all(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(UPDATE, owner, ITEMS), *reads(args), *replacing_some(owner, args)]


def _reads_keys(owner: Any, args: Sequence[Any]) -> Footprint:
    return [*_reads_all(owner, args), *asked_of_keys((owner, *args))]


def _changes_keys(owner: Any, args: Sequence[Any]) -> Footprint:
    return [*_changes_all(owner, args), *asked_of_keys((owner, *args))]


def _writes_all(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(WRITE, owner, ITEMS), *reads(args), *replacing_some(owner, args)]


def _takes_pairs(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(UPDATE, owner, ITEMS), *pairs(args), *replacing_some(owner, args)]


def _sorts(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(UPDATE, owner, ITEMS), *calling((owner, *args))[1:], *through(held(owner))]


def _removes(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(UPDATE, owner, ITEMS), *through((*held(owner), *args))]


def _looks_through(owner: Any, args: Sequence[Any]) -> Footprint:
    return through((owner, *args))


def _nothing(owner: Any, args: Sequence[Any]) -> Footprint:
    return []


def _reads_key(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(READ, owner, ("item", key(args[0]))), *asked_of_key(args[0], owner)] if args else []


def _changes_key(owner: Any, args: Sequence[Any]) -> Footprint:
    if not args:
        return []
    place = key(args[0])
    found = [
        Access(UPDATE, owner, ("item", place)),
        Access(UPDATE, owner, ("shape", place)),
        *asked_of_key(args[0], owner),
    ]
    return found + replacing(owner, args[0])


def _writes_key(owner: Any, args: Sequence[Any]) -> Footprint:
    if not args:
        return []
    place = key(args[0])
    return [
        Access(WRITE, owner, ("item", place)),
        Access(WRITE, owner, ("shape", place)),
        *asked_of_key(args[0], owner),
    ]


def _gets(owner: Any, args: Sequence[Any]) -> Footprint:
    return item_in_c(READ, owner, args[0]) if args else []


def _sets(owner: Any, args: Sequence[Any]) -> Footprint:
    if args and type(args[0]) is slice:
        return [*item_in_c(WRITE, owner, args[0]), *reads(args[1:])]
    return item_in_c(WRITE, owner, args[0]) if args else []


def _deletes(owner: Any, args: Sequence[Any]) -> Footprint:
    return item_in_c(DELETE, owner, args[0]) if args else []


def _contains(owner: Any, args: Sequence[Any]) -> Footprint:
    return contains_in_c(args[0], owner) if args else []


def _rules(**named: str) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for rule, names in named.items():
        for name in names.split():
            rules[name] = globals()["_" + rule]
    return rules


_COMMON = _rules(
    looks_through="__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __repr__ __str__ __format__",
    reads_all="__add__ __mul__ __rmul__ __or__ "
    "__ror__ __and__ __rand__ __sub__ __rsub__ "
    "__xor__ "
    "__rxor__ copy __sizeof__",
    writes_down="__reduce__ __reduce_ex__ __getstate__ __copy__ __deepcopy__",
    reads_shape="__len__ __iter__ __reversed__ __length_hint__",
    changes_all="__iadd__ __imul__ __ior__ __iand__ __isub__ __ixor__",
    writes_all="clear __init__",
    gets="__getitem__",
    sets="__setitem__",
    deletes="__delitem__",
    contains="__contains__",
    nothing="__class_getitem__ __new__ fromkeys __hash__ __init_subclass__ __subclasshook__",
)
_MAPPING = _COMMON | _rules(
    reads_key="get",
    changes_key="setdefault pop __missing__",
    changes_all="popitem move_to_end",  # the order is what the last is for
    takes_pairs="update __init__ __ior__",
    nothing="keys values items",
)
_SEQUENCE = _COMMON | _rules(
    looks_through="index count",
    reads_all="tolist tobytes tounicode hex decode find rfind startswith endswith split join",
    changes_all="append appendleft extend extendleft insert pop popleft reverse rotate "
    "frombytes fromlist fromunicode byteswap",
    removes="remove",
    sorts="sort",
)
_SET = _COMMON | _rules(
    reads_keys="union intersection difference symmetric_difference issubset issuperset isdisjoint",
    writes_key="add discard",
    changes_key="remove",
    changes_keys="__ior__ __iand__ __isub__ __ixor__ update intersection_update difference_update "
    "symmetric_difference_update",
    changes_all="pop",
)
METHODS: dict[type, dict[str, Rule]] = {
    **dict.fromkeys(MAPPINGS, _MAPPING),
    **dict.fromkeys(SEQUENCES, _SEQUENCE),
    set: _SET,
}


def method(owner: Any, name: str, args: Sequence[Any]) -> Footprint:
    """`owner.name(*args)` where the method is C code."""
    kind = type(owner)
    if kind in IMMUTABLE:
        return _of_immutable(owner, name, args)
    if name in _ATTRIBUTE_METHODS:
        return _OBJECT_METHODS[name](owner, args)
    base = family(kind)
    if base is not None:
        rule = METHODS[base].get(name)
        return _changes_all(owner, args) if rule is None else rule(owner, args)
    if kind in ALL_VIEWS or issubclass(kind, (tuple, slice)):
        return through((owner, *args))
    if is_class(owner):
        return reads(args)
    if is_c_iterator(owner) and name in _OF_ITERATORS:
        return stepped(owner)
    if issubclass(kind, weakref.ReferenceType):
        kinds.asked_weakly.add(kind)
        return [Access(READ, owner, STATE)]
    if kind is memoryview and name != "release":
        return [*reads((owner,)), *reads(args)]
    if name in _OBJECT_METHODS:
        return _OBJECT_METHODS[name](owner, args)
    if kind in _SLOTS and name in _OF_SLOTS:
        return attributes(_OF_SLOTS[name], args[0], owner.__name__) if args else []
    if issubclass(kind, (_random.Random, _io._IOBase)):
        own = unknown(None, args) if "readinto" in name else [each for part in args for each in unpacked(part, 2)]
        return [Access(UPDATE, owner, WHOLE), *world_of(owner), *own]
    replaces = name == "__setstate__" and issubclass(kind, functools.partial)
    return [*([IS_REPLACED] if replaces else []), *handed(module_of(kind), None, (owner,), args)]


_OF_ITERATORS = ("__next__", "send", "throw", "close", "__length_hint__", "__reduce__", "__setstate__")


def _of_immutable(owner: Any, name: str, args: Sequence[Any]) -> Footprint:
    """A method of text, a number or a tuple, which may look into what it is handed, or what it holds."""
    kind = type(owner)
    if kind is tuple or kind is slice:
        return through((owner, *args))
    found = reads(args)
    if kind is str and name in ("format", "format_map") and ("." in owner or "[" in owner):
        found = [access for each in args for access in (*deep(each), *_classes_read(each), *filled(each))]
    elif kind is str and name == "format":
        found = through(args)
    elif name == "join":
        found += [access for value in args for part in held(value) for access in reads((part,))]
    elif name in ("__mod__", "format_map"):
        found = through(args) + [access for each in args for access in filled(each)]
    return found


def _adds_note(owner: Any, args: Sequence[Any]) -> Footprint:
    """To the list that an exception has already, or to a new one."""
    place = ("attribute", "__notes__")
    notes = value_at(owner, place, None)
    return [Access(UPDATE, owner, place), *([Access(UPDATE, notes, ITEMS)] if type(notes) is list else [])]


def _begins(owner: Any, args: Sequence[Any]) -> Footprint:
    """`__init__` of a class in C, called by hand or by way of `super()`."""
    base = next((each for each in mro_of(type(owner)) or () if not made_in_python(each)), object)
    return reads(args) if base is object else [Access(UPDATE, owner, WHOLE), *reads(args)]


def _classes_read(value: Any) -> Footprint:
    """What else an attribute of the value may be taken from, `{0.x}`: classes made in Python, or a module."""
    kind = type(value)
    found = [Access(READ, module_dict(value), ITEMS)] if issubclass(kind, types.ModuleType) else []
    asked = (*(mro_of(kind) or ()), *((mro_of(value) or ()) if is_class(value) else ()))
    if kind is super:
        asked += mro_of(value.__self_class__) or ()
    return found + [Access(READ, base, WHOLE) for base in asked if made_in_python(base)]


_SLOTS = (types.GetSetDescriptorType, types.MemberDescriptorType)
_OF_SLOTS = {"__get__": READ, "__set__": WRITE, "__delete__": DELETE}
_ATTRIBUTE_METHODS = ("__getattribute__", "__setattr__", "__delattr__")
_OBJECT_METHODS: dict[str, Rule] = {
    "__getattribute__": lambda owner, args: attributes(READ, owner, args[0]) if args else [],
    "__setattr__": lambda owner, args: attributes(WRITE, owner, args[0]) if args else [],
    "__delattr__": lambda owner, args: attributes(DELETE, owner, args[0]) if args else [],
    **dict.fromkeys(
        [
            "__new__",
            "__eq__",
            "__ne__",
            "__hash__",
            "__init_subclass__",
            "__subclasshook__",
            "__class_getitem__",
        ],
        _nothing,
    ),
    **dict.fromkeys(
        [
            "__sizeof__",
            "_is_owned",  # of an RLock: whether the thread that asks has it, which no other thread changes
        ],
        _nothing,
    ),
    **dict.fromkeys(["__repr__", "__str__", "__format__"], _looks_through),
    "__init__": _begins,
    "add_note": _adds_note,
    "with_traceback": lambda owner, args: [Access(WRITE, owner, ("attribute", "__traceback__"))],
    **dict.fromkeys(["__dir__", "__reduce__", "__reduce_ex__", "__getstate__"], _gives_state),
}
