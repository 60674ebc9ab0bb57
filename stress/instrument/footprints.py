"""What single operations touch: an item, a walk, a comparison, a step of an iterator; and what is not known at all.

A footprint is a list of accesses. It says which object, which key or index in it, and whether it is read or written;
putting in or taking out one key is a change of shape by that key. What isn't in a table (`methods`, `calls`) may read
and write whatever it is handed. Everything is found by looking at types and at C slots of containers, never by running
code of the user: a class that overrides a method in Python is left out, since its own operations are announced where
they happen; unless that method runs as one step. Knows no listener.
"""

from __future__ import annotations

import _io
import collections
import functools
import gc
import inspect
import itertools
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stress.events import (
    ANY,
    DELETE,
    ITEMS,
    READ,
    SHAPE,
    STATE,
    UPDATE,
    VALUE,
    WHOLE,
    WORLD,
    WRITE,
    Access,
    Identity,
    Location,
    Watch,
)
from stress.instrument import kinds
from stress.instrument.attributes import SOMETHING, Footprint, proxied, replacing, replacing_some
from stress.instrument.kinds import (
    ALL_VIEWS,
    C_FUNCTIONS,
    CODE,
    FLAT,
    GETTERS,
    IMMUTABLE,
    KEY_VIEWS,
    MAPPINGS,
    PROXIES,
    VALUES,
    class_attribute,
    family,
    has_attributes_by_step,
    has_plain_dict,
    in_python,
    is_borrowed,
    is_bound,
    is_by_step,
    is_c_method,
    is_class,
    is_of_library,
    keeps_state,
    made_in_python,
    own_equality,
    shares_dicts,
    stores_of,
    touches_more,
    watch,
)
from stress.instrument.lookup import attribute_values, has_value, own_dict

# The code under test may replace a builtin (`builtins.len`); what runs here keeps the ones of the start.
__builtins__ = vars(kinds)["__builtins__"]


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


def stepping(names: Sequence[str], owner: Any, *others: Any) -> Footprint:
    """What the first of these special methods that an object's class has does, if it is Python code that runs as one
    step."""
    kind = type(owner)
    for name in names:
        function = class_attribute(kind, name)
        if is_borrowed(name, function):
            from stress.instrument.methods import method

            return method(owner, function.__name__, others)
        if function is not None:
            return of_special(function, owner, *others)
    return []


def of_special(function: Any, owner: Any, *others: Any) -> Footprint:
    """The same of this special method. Those of dataclasses only read, and values never change. It may be that of
    another object, in C."""
    if is_bound(function):
        from stress.instrument.calls import call

        return call(function, others, is_by_step)
    if not is_by_step(function):
        return []
    if function.__code__.co_filename == "<string>" and class_attribute(type(owner), "__dataclass_fields__") is not None:
        return [Access(READ, owner, WHOLE)]
    from stress.instrument.calls import of_step

    return of_step(function, (owner, *others))


_VERBS = {READ: 0, WRITE: 1, DELETE: 2}
_OF_ALL = ("__getattribute__", "__setattr__", "__delattr__")
_OF_DESCRIPTOR = ("__get__", "__set__", "__delete__")


def by_step(mode: str, owner: Any, name: str) -> Footprint:
    """What is done beside the access to an attribute, by Python code that runs as one step: a property, `__getattr__`,
    `__setattr__`."""
    kind = type(owner)
    if not touches_more(kind) or not has_attributes_by_step(kind):
        return []
    verb = _VERBS[mode]
    of_all = class_attribute(kind, _OF_ALL[verb])
    stored = (name, SOMETHING) if mode is WRITE and not is_by_step(of_all) else (name,)
    found = stepping((_OF_ALL[verb],), owner, *stored)
    descriptor = class_attribute(kind, name)
    if type(descriptor) is property:
        function = (descriptor.fget, descriptor.fset, descriptor.fdel)[verb]
        own = of_special(function, owner)
        reads_only = own and mode is READ and not _may_store(function)
        found += [Access(READ, owner, WHOLE)] if reads_only else own
    elif descriptor is not None:
        found += stepping((_OF_DESCRIPTOR[verb],), descriptor, owner)
    if mode is READ and not has_value(owner, kind, name, descriptor):
        found += stepping(("__getattr__",), owner, name)
    return found


def _may_store(function: Any) -> bool:
    return type(function) is not types.FunctionType or next(stores_of(_code_of(function)), None) is not None


_code_of: Callable[[Any], types.CodeType] = vars(types.FunctionType)["__code__"].__get__


def asked_of_key(wanted: Any, owner: Any) -> Footprint:
    """What the search for a key in a container does that is Python code which runs as one step: its hash and its
    equality, with keys of its class that are there."""
    kind = type(wanted)
    if kind is tuple:
        return [access for part in wanted for access in asked_of_key(part, owner)]
    if family(kind) is set:  # which is looked for as a frozenset
        return [Access(READ, wanted, ITEMS)]
    if kind in IMMUTABLE or not made_in_python(kind):
        return []
    found = stepping(("__hash__",), wanted)
    equal = stepping(("__eq__",), wanted)
    if equal and not getattr(class_attribute(kind, "__dataclass_params__"), "frozen", False):
        equal += [Access(READ, each, WHOLE) for each in held(owner) if type(each) is kind and each is not wanted]
    return found + [access for access in equal if not any(_same(access, each) for each in found)]


def asked_of_keys(containers: Iterable[Any]) -> Footprint:
    """The same where what is in these is looked for in a set or a dict, or may be found there."""
    return [access for container in containers for part in _objects_in(container) for access in _asked_of_part(part)]


def _objects_in(container: Any) -> list[Any]:
    """What is in a container that is of classes made in Python, or a tuple, in which such may be."""
    parts = held(container)
    found = {id(kind): kind for kind in map(type, parts)}  # by id(), since a metaclass may have a hash of its own
    if not any(kind is tuple or made_in_python(kind) for kind in found.values()):
        return []
    return [part for part in parts if type(part) is tuple or made_in_python(type(part))]


def _asked_of_part(part: Any) -> Footprint:
    if type(part) is tuple:
        return [access for each in part for access in _asked_of_part(each)]
    return stepping(("__hash__",), part) + stepping(("__eq__",), part) if made_in_python(type(part)) else []


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
            return [Access(mode, under, ITEMS) for under in buffer(owner)]
        if is_c_method(kind, method):
            return [Access(READ if mode is READ else UPDATE, proxied(owner), WHOLE)]
        return stepping((method,), owner, wanted)
    if in_python(kind, method):
        return stepping((method,), owner, wanted)
    return item_in_c(mode, owner, wanted)


def item_in_c(mode: str, owner: Any, wanted: Any) -> Footprint:
    """The same by the method of the built-in container that it is, whether or not its class has one of its own."""
    kind = type(owner)
    base = family(kind)
    if base in MAPPINGS:
        name = key(wanted)
        if mode is READ:
            there = _is_plain(name) and dict.__contains__(owner, wanted)
            if base is collections.defaultdict and factory_of(owner) is not None and not there:
                found = [Access(UPDATE, owner, ("item", name)), Access(UPDATE, owner, ("shape", name))]
                found += made_by(factory_of(owner))
            else:
                found = [Access(READ, owner, ("item", name))]
            if in_python(kind, "__missing__") and not there:
                found += stepping(("__missing__",), owner, wanted)
        else:
            found = [
                Access(mode, owner, ("item", name)),
                Access(mode, owner, ("shape", name)),
                *replacing(owner, wanted),
            ]
        return found + asked_of_key(wanted, owner)
    if base is set:
        return []
    place = _index(wanted)
    if mode is DELETE or (mode is WRITE and place is ITEMS):
        return [Access(mode, owner, ITEMS)]
    return [Access(mode, owner, place)]


def made_by(factory: Any) -> Footprint:
    """What a factory touches that is called with nothing, by C code."""
    from stress.instrument.calls import call

    return call(factory, (), is_by_step) if is_bound(factory) or issubclass(type(factory), functools.partial) else []


factory_of: Callable[[Any], Any] = vars(collections.defaultdict)["default_factory"].__get__


def lacks(owner: Any, wanted: Any) -> bool:
    """Whether a dict has no such key; False where asking could call code of the user's."""
    return _is_plain(key(wanted)) and not dict.__contains__(owner, wanted)


def _is_plain(name: Any) -> bool:
    """Whether to look for a key of this name runs nobody's code."""
    return name is not ANY and type(name) is not Identity


def contains(wanted: Any, owner: Any) -> Footprint:
    """`wanted in owner`."""
    kind = type(owner)
    if kind in IMMUTABLE:
        if kind is tuple:
            return through((owner, wanted))
        return reads((wanted,)) + (asked_of_key(wanted, owner) if kind is frozenset else [])
    base = family(kind)
    if base is None:
        if kind in ALL_VIEWS:
            if kind not in KEY_VIEWS:
                return through((owner, wanted))
            found = [Access(READ, under, ("item", key(wanted))) for under in referents(owner)]
            return found + [access for under in referents(owner) for access in asked_of_key(wanted, under)]
        if issubclass(kind, tuple) and not in_python(kind, "__contains__"):
            return through((owner, wanted))
        return (
            stepped(owner)
            or _unknown_reads(owner, "__contains__")
            or _unknown_reads(owner, "__iter__")
            or _unknown_reads(owner, "__getitem__")
            or stepping(("__contains__",), owner, wanted)
            or ([] if in_python(kind, "__contains__") else _walked_by_python(owner))
        )
    if in_python(kind, "__contains__"):
        return stepping(("__contains__",), owner, wanted)
    return contains_in_c(wanted, owner)


def contains_in_c(wanted: Any, owner: Any) -> Footprint:
    """The same by the method of the built-in container that it is."""
    base = family(type(owner))
    if base in MAPPINGS or base is set:
        return [Access(READ, owner, ("item", key(wanted))), *asked_of_key(wanted, owner)]
    return compared(owner, wanted)


def shape(owner: Any) -> Footprint:
    """Truth or `len`."""
    kind = type(owner)
    if kind in IMMUTABLE:
        return []
    if kind in ALL_VIEWS:
        return [Access(READ, under, SHAPE) for under in referents(owner)]
    if in_python(kind, "__len__") or in_python(kind, "__bool__"):
        return stepping(("__bool__",), owner) or stepping(("__len__",), owner)
    if family(kind) is None:
        return _unknown_reads(owner, "__len__") or _unknown_reads(owner, "__bool__")
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
            found.append(Access(READ, value, ITEMS))  # a class's own __iter__ comes to it, too
            found += _walked_by_python(value) if in_python(kind, "__iter__") else []
        elif kind in ALL_VIEWS:
            place = SHAPE if kind in KEY_VIEWS else ITEMS
            found += [Access(READ, under, place) for under in referents(value)]
        else:
            found += (
                stepped(value) or _unknown_reads(value, "__iter__") or _walked_by_python(value) or _kept_in_c(value)
            )
    return found


def _kept_in_c(value: Any) -> Footprint:
    """What is read where C code takes the bytes, items or text of an object that keeps its state in C."""
    return [Access(READ, proxied(value), WHOLE)] if keeps_state(type(value)) else []


def _walked_by_python(value: Any) -> Footprint:
    """What C code walks over if a class's own `__iter__` gives an iterator in C: any container that the object has."""
    kind = type(value)
    function = class_attribute(kind, "__iter__")
    found = stepping(_WALKING, value)
    if found or type(function) is not types.FunctionType or function.__code__.co_flags & inspect.CO_GENERATOR:
        return found
    parts = attribute_values(value, kind)
    return through(part for part in parts if family(type(part)) is not None)


_WALKING = ("__iter__", "__getitem__")


def foreign(mode: str, owner: Any) -> Footprint:
    """What code in C that isn't CPython's own may do to an instance of its own classes."""
    kind = type(owner)
    if kind in IMMUTABLE or (id(kind) not in kinds.foreign and watch(kind) not in kinds.foreign):
        return []
    return [Access(mode, owner, WHOLE)]


def walked_by_others(iterable: Any) -> Footprint:
    """A walk over what is a class of others in C, which their code reads at each step."""
    return foreign(READ, iterable) if is_c_method(type(iterable), "__iter__") else []


def _unknown_reads(owner: Any, method: str) -> Footprint:
    """What a method of an object in C reads, if it has one, of which no more is known than that it reads."""
    kind = type(owner)
    if kind is memoryview:
        return [Access(READ, under, ITEMS) for under in buffer(owner)] if method != "__len__" else []
    if is_c_method(kind, method) and kind not in CODE:
        return [Access(READ, proxied(owner), WHOLE)]
    return foreign(READ, owner)


def buffer(view: memoryview) -> list[Any]:
    """What a memoryview looks at, unless that never changes or the view was released."""
    try:
        under = view.obj
    except ValueError:
        return []
    return [] if type(under) in IMMUTABLE else [proxied(under)]


_NAMESPACE = types.SimpleNamespace
_TEXT_OF_ARGS = vars(BaseException)["__str__"]


def through(values: Iterable[Any]) -> Footprint:
    """What comparing or printing them in C reads: whole containers, and the containers and namespaces in them, as far
    as no code of the user's comes in between."""
    found: Footprint = []
    seen: set[int] = set()
    waiting = list(values)
    for value in waiting:  # which grows meanwhile
        kind = type(value)
        if (kind in FLAT and kind is not frozenset) or id(value) in seen:
            continue
        seen.add(id(value))
        found += reads((value,)) if family(kind) is not None or kind in ALL_VIEWS or kind is memoryview else []
        if issubclass(kind, BaseException) and not (in_python(kind, "__str__") and in_python(kind, "__repr__")):
            # That of OSError, say, reads what else it has.
            only_args = in_python(kind, "__str__") or class_attribute(kind, "__str__") is _TEXT_OF_ARGS
            found.append(Access(READ, value, ("attribute", "args") if only_args else WHOLE))
            waiting += _args_of(value)
        if issubclass(kind, functools.partial):
            found.append(Access(READ, value, WHOLE))
            waiting += referents(value)
        elif kind is _NAMESPACE:
            found.append(Access(READ, value, WHOLE))
            waiting += vars(value).values()
        elif kind in PROXIES:
            waiting.append(_referent(value))
        elif kind is slice:
            waiting += (value.start, value.stop, value.step)
        elif kind is types.CellType:
            found.append(Access(READ, value, VALUE))
            waiting += referents(value)
        elif id(kind) in kinds.foreign or (keeps_state(kind) and not _looks_plain(kind)):
            found.append(Access(READ, proxied(value), WHOLE))
        else:
            waiting += held_deep(value)
            if made_in_python(kind) and (own := looking(value)):
                found += own
                waiting += attribute_values(value, kind)
    return found


def _looks_plain(kind: type) -> bool:
    """Whether a C class compares and prints its instances as `object` does."""
    return all(class_attribute(kind, name) is vars(object)[name] for name in ("__eq__", "__repr__", "__str__"))


def deep(value: Any) -> Footprint:
    """What copying or writing down all that is in a value reads: containers, objects, and what these hold."""
    found: Footprint = []
    seen: set[int] = set()
    waiting = [value]
    for value in waiting:  # which grows meanwhile
        kind = type(value)
        if id(value) in seen or issubclass(kind, CODE) or (kind in FLAT and kind is not frozenset):
            continue
        seen.add(id(value))
        if kind in PROXIES:
            waiting.append(_referent(value))
            continue
        if kind is not tuple and kind is not frozenset:
            own = reads((value,)) or [Access(READ, value, WHOLE)]
            if has_plain_dict(kind) and made_in_python(kind) and all(access.location is not WHOLE for access in own):
                own.append(Access(READ, value, WHOLE))
            found += own
        waiting += held_deep(value)
        if made_in_python(kind):
            waiting += attribute_values(value, kind)
        if issubclass(kind, BaseException):
            waiting += (_args_of(value), own_dict(value, kind))
        elif (
            issubclass(kind, _HOLDING)
            or keeps_state(kind)
            or (is_c_iterator(value) and kind is not types.GeneratorType)
        ):
            waiting += referents(value)
    return found


_args_of: Callable[[BaseException], tuple[Any, ...]] = vars(BaseException)["args"].__get__
_HOLDING = (types.SimpleNamespace, functools.partial, slice)


def _referent(proxy: Any) -> Any:
    """What a `weakref.proxy` stands for; None if that has died."""
    watched = proxied(proxy)
    return watched() if type(watched) is Watch else None


# CPython's modules of which a function walks over all that is in the first thing that it is handed.
_WALKERS = frozenset(("_json", "_pickle", "copy", "dataclasses", "json", "marshal", "pickle", "plistlib", "pprint"))


def handed(module: Any, callee: Any, owners: Sequence[Any], values: Sequence[Any]) -> Footprint:
    """A call of a function of this module, or a method of `owners`, of which no more is known."""
    if values and str(module).partition(".")[0] in _WALKERS:
        return [*unknown(None, (*owners, *values[1:])), *deep(values[0])]
    return unknown(callee, (*owners, *values))


def filled(mapping: Any) -> Footprint:
    """What formatting with the items of a mapping may put into it."""
    if family(type(mapping)) is not collections.defaultdict or factory_of(mapping) is None:
        return [] if family(type(mapping)) is not None else stepping(("__getitem__",), mapping, SOMETHING)
    return [Access(UPDATE, mapping, ITEMS), *made_by(factory_of(mapping))]


def looking(value: Any) -> Footprint:
    """What comparing or printing an object does that runs as one step."""
    return next(filter(None, (stepping((name,), value) for name in _LOOKING)), [])


_LOOKING = ("__eq__", "__lt__", "__format__", "__str__", "__repr__")


def held(container: Any) -> list[Any]:
    """What is in a built-in container, as its own walk gives it: also where a class has another one, since C code looks
    past that."""
    kind = type(container)
    base: Any = family(kind) or next((each for each in _UNCHANGING if issubclass(kind, each)), None)
    if kind in ALL_VIEWS:
        return [part for under in referents(container) for part in _seen_by(kind, under)]
    return [] if base is None or base is bytearray else list(base.__iter__(container))


_UNCHANGING = (tuple, frozenset)


def _seen_by(view: type, under: Any) -> Iterable[Any]:
    """What such a view of a dict gives. An OrderedDict's own walk would look for each key, by its hash."""
    if family(type(under)) not in MAPPINGS:
        return ()
    if view in KEY_VIEWS:
        return dict.__iter__(under)
    return dict.values(under) if view in _VALUE_VIEWS else dict.items(under)


_VALUE_VIEWS: tuple[type, ...] = (type({}.values()), type(collections.OrderedDict[str, int]().values()))


def held_deep(container: Any) -> list[Any]:
    """The same, and the values of a dict."""
    kind = type(container)
    dicts = referents(container) if kind is types.MappingProxyType else [container]
    return held(container) + [part for each in dicts if family(type(each)) in MAPPINGS for part in dict.values(each)]


def unpacked(value: Any, depth: int) -> Footprint:
    """`a, b = value`; with a depth of 2, `a, (b, c) = value`, which takes apart what is in it too."""
    found = reads((value,))
    if depth > 1:
        for part in held(value):
            found += unpacked(part, depth - 1)
    return found


def pairs(values: Iterable[Any]) -> Footprint:
    """What a dict is made of, or updated with: mappings, or what gives pairs, which are walked over as well."""
    return [access for value in values for access in unpacked(value, 1 if family(type(value)) in MAPPINGS else 2)]


def truths(values: Iterable[Any]) -> Footprint:
    """Walks over each of the values, and asks for the truth of what is in it."""
    values = list(values)
    return reads(values) + [access for value in values for part in held(value) for access in shape(part)]


def opened(values: Iterable[Any]) -> Footprint:
    """Iterators are made over the values: the shape is looked at."""
    found: Footprint = []
    for value in values:
        found += shape(value) or stepping(_WALKING, value)
    return found


_OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "@": "matmul",
    "/": "truediv",
    "%": "mod",
    "**": "pow",
    "<<": "lshift",
    ">>": "rshift",
    "|": "or",
    "^": "xor",
    "&": "and",
    "//": "floordiv",
}


def operated(mode: str, left: Any, right: Any, operator: str) -> Footprint:
    """A binary operator of this name, with its `=` if it is an augmented assignment."""
    found = operands(mode, left, right)
    name = _OPERATORS.get(operator.rstrip("=")) if made_in_python(type(left)) or made_in_python(type(right)) else None
    if name is not None:
        own = (f"__i{name}__", f"__{name}__") if operator[-1:] == "=" else (f"__{name}__",)
        found += stepping(own, left, right) + stepping((f"__r{name}__",), right, left)
    return found


def operands(mode: str, left: Any, right: Any) -> Footprint:
    """A binary operator or a comparison of built-in objects; with UPDATE the left operand is changed in place, if it
    can be."""
    found: Footprint = []
    kind = type(left)
    if _is_set(kind) or _is_set(type(right)):
        found += asked_of_keys((left, right))
    if kind not in IMMUTABLE:
        base = family(kind)
        if base is not None:
            found.append(Access(mode, left, ITEMS))
            found += replacing_some(left, (right,)) if mode is UPDATE else []
        elif kind in ALL_VIEWS or kind is memoryview:
            found += reads((left,))
        elif kind in PROXIES:
            found.append(Access(mode, proxied(left), WHOLE))
        else:
            found += foreign(mode, left)
    kind = type(right)
    if kind not in IMMUTABLE and (
        family(kind) is not None
        or kind in ALL_VIEWS
        or kind in PROXIES
        or kind is memoryview
        or found
        or id(kind) in kinds.foreign
    ):
        found += reads((right,))
    return found


def _is_set(kind: type) -> bool:
    return kind is set or kind is frozenset or kind in KEY_VIEWS or family(kind) is set


def compared(left: Any, right: Any) -> Footprint:
    """A comparison, or formatting with `%`: it looks into what is in the operands, too."""
    found = operands(READ, left, right)
    return found + [access for access in through((left, right)) if not any(_same(access, known) for known in found)]


def _same(one: Access, other: Access) -> bool:
    return one.object is other.object and one.mode == other.mode and one.location is other.location


# --- iterators --------------------------------------------------------------------------------------------------------

GENERATORS = (types.GeneratorType,)


def is_c_iterator(value: Any) -> bool:
    """Whether stepping through a value runs C code, whose state is in the object itself; or it is a generator."""
    kind = type(value)
    if kind is types.GeneratorType:
        return True
    step = class_attribute(kind, "__next__")
    return step is not None and type(step) is types.WrapperDescriptorType


_TEE = vars(itertools)["_tee_dataobject"]


def stepped(iterator: Any) -> Footprint:
    """One step of an iterator written in C: its own state, and the containers that it walks over. [] if it is no such
    iterator."""
    if not is_c_iterator(iterator):
        return stepping(("__next__",), iterator)
    found = [Access(UPDATE, iterator, STATE), *world_of(iterator)]
    if type(iterator) is types.GeneratorType:
        return [*found, *unknown(None, referents(iterator))] if goes_on_by_step(iterator) else found
    waiting, seen = [iterator], {id(iterator)}
    callees: list[tuple[Any, bool]] = []
    walked: list[Any] = []
    while waiting:
        value = waiting.pop()
        for under in referents(value):
            kind = type(under)
            if is_c_callable(under) and under is not type(value):  # some versions count the class, too
                callees.append((under, type(value) is itertools.starmap))
            if id(under) in seen or kind in CODE or kind in GETTERS:
                continue
            seen.add(id(under))
            if family(kind) is not None:
                found.append(Access(READ, under, ITEMS))
                walked.append(under)
            elif kind is _TEE:  # shared by all that `tee` gave
                found.append(Access(UPDATE, under, STATE))
                waiting.append(under)
            elif kind is memoryview:
                found += reads((under,))
            elif keeps_state(kind) and not is_c_iterator(under) and not is_c_callable(under):
                found.append(Access(READ, under, WHOLE))
                waiting.append(under)
            elif kind in ALL_VIEWS or issubclass(kind, tuple):
                waiting.append(under)
            elif is_c_iterator(under):
                found.append(Access(UPDATE, under, STATE))
                if kind is not types.GeneratorType:
                    waiting.append(under)
                else:
                    walked.append(under)
                if kind in ALL_VIEWS:
                    walked.append(under)
    for callee, starred in callees:
        found += called_within(callee, walked, starred)
    if any(type(access.object) is itertools.chain for access in found):
        found += reads(part for container in walked for part in held_deep(container))
    elif goes_on_to_others(found):
        found += [access for container in walked for part in held_deep(container) for access in shape(part)]
    return found


def goes_on_by_step(generator: types.GeneratorType[Any, Any, Any]) -> bool:
    """Whether the body of a generator runs as one step, up to each `yield`."""
    frame = generator.gi_frame
    return frame is not None and frame.f_globals.get("__name__") not in VALUES and kinds.enters(generator)


def goes_on_to_others(steps: Footprint) -> bool:
    """Whether these are steps of an `itertools.chain`, which takes what it walks over from what it is given, or of what
    asks for the truth of what it is given."""
    return any(type(access.object) is itertools.chain or _asks_truth(access.object) for access in steps)


def _asks_truth(iterator: Any) -> bool:
    kind = type(iterator)
    if kind is filter or kind is itertools.filterfalse:
        return any(under is None for under in referents(iterator))
    return kind is itertools.compress


_PYTHON_CALLABLES = (types.FunctionType, types.MethodType)
_C_CALLABLES = (
    *C_FUNCTIONS,
    *GETTERS,
    types.MethodWrapperType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    functools.partial,
    type(functools.cache(len)),
)


def is_c_callable(value: Any) -> bool:
    """Whether C code that calls it may announce nothing of what it does."""
    kind = type(value)
    if issubclass(kind, _C_CALLABLES) or kind in _PYTHON_CALLABLES:
        return True
    return not made_in_python(value) if is_class(value) else made_in_python(kind) and in_python(kind, "__call__")


def called_within(callee: Any, walked: Iterable[Any], starred: bool = False) -> Footprint:
    """What C code touches that calls `callee`, C code too, with each of what is in these containers (or, starred, with
    what is in each); with nobody knows what if they aren't known."""
    from stress.instrument.calls import call  # which knows all calls, and looks through some by this

    values = [value for container in walked for value in held(container)]
    keys: Footprint = []
    if issubclass(type(callee), C_FUNCTIONS) and not issubclass(type(callee.__self__), types.ModuleType):
        # Of its receiver all counts, since the containers may hold other keys by then.
        receiver = callee.__self__
        keys = asked_of_keys([*walked, receiver])
        for value in values:
            if type(value) not in IMMUTABLE:
                found = call(callee, (value, SOMETHING), is_by_step)
                keys += [access for access in found if access.object is not receiver]
        values = []
    values = values or [SOMETHING]
    handed = [value if starred and type(value) is tuple else (value, SOMETHING) for value in values]
    return keys + [access for args in handed for access in call(callee, args, is_by_step)]


def calling(args: Sequence[Any]) -> Footprint:
    """A call in C that walks over its arguments and calls one of them with what is in the others: `sorted(key=)`."""
    found = reads(args)
    for callee in args:
        if is_c_callable(callee):
            found += called_within(callee, [value for value in args if value is not callee])
    return found


def referents(value: Any) -> list[Any]:
    """What a C object refers to: the dict under a view, the list under its iterator."""
    return gc.get_referents(value)


_IN_MEMORY = (_io.StringIO, _io.BytesIO)


def world_of(file: Any) -> Footprint:
    """What an operation on a file does to the world; [] if it is in memory, or no file."""
    kind = type(file)
    outside = issubclass(kind, _io._IOBase) and not issubclass(kind, _IN_MEMORY)
    return [Access(UPDATE, WORLD, STATE)] if outside else []


def unknown(callee: Any, values: Sequence[Any]) -> Footprint:
    """A call of which nothing is known: it may read and write whatever it is handed; handed nothing, it conflicts with
    calls of itself.

    Functions, classes and modules that are handed over are not counted: C code calls them, it doesn't change them; what
    methods in C are bound to is.
    """
    found: Footprint = []
    waiting = list(values)
    for value in waiting:  # which grows meanwhile
        kind = type(value)
        if kind is tuple:
            waiting += value
        elif is_bound(value):  # which will be called
            waiting.append(value.__self__)
        elif kind is memoryview:
            found += [Access(UPDATE, under, ITEMS) for under in buffer(value)]
        elif kind in ALL_VIEWS:
            found += _viewed(value)
        elif kind not in IMMUTABLE and not issubclass(kind, CODE):
            found.append(Access(UPDATE, proxied(value), WHOLE))
            if issubclass(kind, tuple):
                waiting += tuple.__iter__(value)
            if issubclass(kind, functools.partial):
                waiting += (value.func, value.args, *value.keywords.values())
            if family(kind) is not None:
                found += through(_objects_in(value))
            if keeps_state(kind) or (made_in_python(kind) and is_of_library(kind)):
                found += _behind(value)
            if shares_dicts(kind):
                found.append(Access(UPDATE, object.__getattribute__(value, "__dict__"), ITEMS))
    if not found and callee is not None:
        found.append(Access(UPDATE, callee, STATE))
    return found


def _viewed(view: Any) -> Footprint:
    """What may be read through a view of a mapping; of one that is Python code it isn't known what asking does."""
    found = through(_objects_in(view))
    for under in referents(view):
        found += [Access(READ, under, ITEMS)] if family(type(under)) is not None else unknown(None, (under,))
    return found


def _behind(value: Any) -> Footprint:
    """What an object in C, or of the standard library, may read and write that it has: containers, other objects in C,
    and what the methods in C are bound to that it will call."""
    found: Footprint = []
    seen = {id(value)}
    waiting = [value]
    for each in waiting:  # which grows meanwhile
        kind = type(each)
        for under in attribute_values(each, kind) if made_in_python(kind) else referents(each):
            if is_bound(under):
                under = under.__self__
            kind = type(under)
            if id(under) in seen or kind in FLAT or issubclass(kind, CODE):
                continue
            seen.add(id(under))
            if family(kind) is not None:
                found.append(Access(UPDATE, under, ITEMS))
            elif keeps_state(kind):
                found.append(Access(UPDATE, proxied(under), WHOLE))
                waiting.append(under)
            elif kind is memoryview or kind in ALL_VIEWS or issubclass(kind, (tuple, functools.partial)):
                waiting.append(under)
            if kind is dict and type(each) is _NAMESPACE:
                waiting.append(under)
    return found
