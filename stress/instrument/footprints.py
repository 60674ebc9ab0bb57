"""What calls into C touch: the table of known container methods and builtins, and the rule for all others.

A footprint is a list of accesses. It says which object, which key or index in it, and whether it is read or written;
putting in or taking out one key is a change of shape by that key. What isn't in a table may read and write whatever it
is handed. Everything is found by looking at types and at containers' own C slots, never by running code of the user: a
class that overrides a method in Python is left out, since its own operations are announced where they happen. Knows no
listener.
"""

from __future__ import annotations

import _io
import _random
import array
import builtins
import collections
import functools
import gc
import itertools
import operator
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stress.events import ANY, DELETE, ITEMS, READ, SHAPE, STATE, UPDATE, WHOLE, WRITE, Access, Identity, Location

# The code under test may replace a builtin (`builtins.len`); what runs here keeps the ones of the start.
__builtins__ = dict(vars(builtins))  # type: ignore[assignment]

Footprint = list[Access]

IMMUTABLE: frozenset[type] = frozenset(
    (
        int,
        float,
        complex,
        bool,
        str,
        bytes,
        type(None),
        type(...),
        type(NotImplemented),
        tuple,
        frozenset,
        range,
        slice,
        types.CodeType,
    )
)
_CODE: tuple[type, ...] = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)

MAPPINGS = (dict, collections.OrderedDict, collections.defaultdict)
SEQUENCES = (list, collections.deque, bytearray, array.array)
CONTAINERS: frozenset[type] = frozenset((*MAPPINGS, *SEQUENCES, set))

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()), types.MappingProxyType)
_ORDERED: collections.OrderedDict[str, int] = collections.OrderedDict()
_ODICT_VIEWS: tuple[type, ...] = (type(_ORDERED.keys()), type(_ORDERED.values()), type(_ORDERED.items()))
_KEY_VIEWS: tuple[type, ...] = (_VIEWS[0], _ODICT_VIEWS[0], types.MappingProxyType)
_ALL_VIEWS: frozenset[type] = frozenset((*_VIEWS, *_ODICT_VIEWS))

# A class is looked at through these, since a metaclass may answer for `__mro__` or `isinstance` with code of the
# user's.
mro_of: Callable[[type], tuple[type, ...] | None] = type.__dict__["__mro__"].__get__
dict_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__
flags_of: Callable[[type], int] = type.__dict__["__flags__"].__get__
module_dict: Callable[[Any], dict[str, Any]] = vars(types.ModuleType)["__dict__"].__get__
_HEAP_TYPE = 1 << 9

# What was found out about classes, by their ids, until they die: a class lives no longer because it was looked at.
_families: dict[int, type | None] = {}
_made_in_python: dict[int, bool] = {}
_own_equality: dict[int, bool] = {}
_python_methods: dict[int, dict[str, bool]] = {}
_watched: dict[int, weakref.ref[type]] = {}


def _watch(kind: type) -> int:
    """The id of a class, which its caches give up when it dies."""
    ident = id(kind)
    if ident not in _watched:
        _watched[ident] = weakref.ref(kind, functools.partial(_died, ident))
    return ident


def _died(ident: int, _: object) -> None:
    for cache in (_families, _made_in_python, _own_equality, _python_methods, _watched):
        cache.pop(ident, None)


def forget() -> None:
    """Forget all classes that were looked at."""
    for cache in (_families, _made_in_python, _own_equality, _python_methods, _watched):
        cache.clear()


def family(kind: type) -> type | None:
    """The built-in container that a class is, or inherits from; None if it is none."""
    if kind in CONTAINERS:
        return kind
    try:
        return _families[id(kind)]
    except KeyError:
        found = _families[_watch(kind)] = next((base for base in mro_of(kind) or () if base in CONTAINERS), None)
        return found


def class_attribute(kind: type, name: str) -> Any:
    """What a class or the nearest of its bases holds under a name, without binding it; None if nothing."""
    # Asked through `type` only where a metaclass could answer for itself: the plain way is four times as fast.
    for base in kind.__mro__ if type(kind) is type else mro_of(kind) or ():
        found = (base.__dict__ if type(base) is type else dict_of(base)).get(name)
        if found is not None:
            return found
    return None


def is_class(value: Any) -> bool:
    return issubclass(type(value), type)


def made_in_python(kind: type) -> bool:
    """Whether a class statement (or a call of `type`) made this class. Which C types are on the heap differs from
    version to version; but a C type alone has methods in C that are its own."""
    if not flags_of(kind) & _HEAP_TYPE:
        return False
    try:
        return _made_in_python[id(kind)]
    except KeyError:
        own = (types.MethodDescriptorType, types.WrapperDescriptorType)
        found = not any(type(value) in own and value.__objclass__ is kind for value in dict_of(kind).values())
        _made_in_python[_watch(kind)] = found
        return found


def in_python(kind: type, name: str) -> bool:
    """Whether a class has a method of this name that isn't C code."""
    try:
        return _python_methods[id(kind)][name]
    except KeyError:
        found = class_attribute(kind, name)
        c_code = (
            types.MethodDescriptorType,
            types.WrapperDescriptorType,
            types.ClassMethodDescriptorType,
            types.BuiltinFunctionType,
        )
        answer = found is not None and type(found) not in c_code
        _python_methods.setdefault(_watch(kind), {})[name] = answer
        return answer


def key(value: Any) -> Any:
    """A key for a location: itself where equality is the built-in one, by identity where that is it, else ANY."""
    kind = type(value)
    if kind is str or kind is int or kind in (bytes, float, bool, complex, type(None)):
        return value
    if kind is tuple:
        parts = tuple(key(part) for part in value)
        return ANY if ANY in parts else parts
    try:
        plain = _own_equality[id(kind)]
    except KeyError:
        plain = _own_equality[_watch(kind)] = (
            class_attribute(kind, "__eq__") is object.__dict__["__eq__"] or kind in _CODE
        )
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
        if kind in _ALL_VIEWS:
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
        if kind in _ALL_VIEWS:
            place = ("item", key(wanted)) if kind in _KEY_VIEWS else ITEMS
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
    if kind in _ALL_VIEWS:
        return [Access(READ, under, SHAPE) for under in referents(owner)]
    if family(kind) is None or in_python(kind, "__len__") or in_python(kind, "__bool__"):
        return []
    return [Access(READ, owner, SHAPE)]


def reads(values: Iterable[Any]) -> Footprint:
    """Walks over each of the values in C: whole containers are read, iterators are used up."""
    found: Footprint = []
    for value in values:
        kind = type(value)
        if kind in IMMUTABLE or kind in _CODE:
            continue
        base = family(kind)
        if base is not None:
            if not in_python(kind, "__iter__"):
                found.append(Access(READ, value, ITEMS))
        elif kind in _ALL_VIEWS:
            place = SHAPE if kind in _KEY_VIEWS else ITEMS
            found += [Access(READ, under, place) for under in referents(value)]
        else:
            found += stepped(value)
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
        elif kind in _ALL_VIEWS:
            found += reads((left,))
    kind = type(right)
    if kind not in IMMUTABLE and (family(kind) is not None or kind in _ALL_VIEWS or found):
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
            if id(under) in seen or kind in _CODE:
                continue
            seen.add(id(under))
            if family(kind) is not None:
                found.append(Access(READ, under, ITEMS))
            elif kind in _ALL_VIEWS or kind is tuple:
                waiting.append(under)
            elif is_c_iterator(under):
                found.append(Access(UPDATE, under, STATE))
                if kind is not types.GeneratorType:
                    waiting.append(under)
    return found


def referents(value: Any) -> list[Any]:
    """What a C object refers to: the dict under a view, the list under its iterator."""
    return gc.get_referents(value)


# --- methods ----------------------------------------------------------------------------------------------------------

Rule = Callable[[Any, Sequence[Any]], Footprint]


def _reads_all(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(READ, owner, ITEMS), *reads(args)]


def _reads_shape(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(READ, owner, SHAPE)]


def _changes_all(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(UPDATE, owner, ITEMS), *reads(args)]


def _writes_all(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(WRITE, owner, ITEMS), *reads(args)]


def _nothing(owner: Any, args: Sequence[Any]) -> Footprint:
    return []


def _reads_key(owner: Any, args: Sequence[Any]) -> Footprint:
    return [Access(READ, owner, ("item", key(args[0])))] if args else []


def _changes_key(owner: Any, args: Sequence[Any]) -> Footprint:
    if not args:
        return []
    place = key(args[0])
    return [Access(UPDATE, owner, ("item", place)), Access(UPDATE, owner, ("shape", place))]


def _writes_key(owner: Any, args: Sequence[Any]) -> Footprint:
    if not args:
        return []
    place = key(args[0])
    return [Access(WRITE, owner, ("item", place)), Access(WRITE, owner, ("shape", place))]


def _gets(owner: Any, args: Sequence[Any]) -> Footprint:
    return item(READ, owner, args[0]) if args else []


def _sets(owner: Any, args: Sequence[Any]) -> Footprint:
    return item(WRITE, owner, args[0]) if args else []


def _deletes(owner: Any, args: Sequence[Any]) -> Footprint:
    return item(DELETE, owner, args[0]) if args else []


def _contains(owner: Any, args: Sequence[Any]) -> Footprint:
    return contains(args[0], owner) if args else []


def _rules(**named: str) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for rule, names in named.items():
        for name in names.split():
            rules[name] = globals()["_" + rule]
    return rules


_COMMON = _rules(
    reads_all="__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __add__ __mul__ __rmul__ __or__ "
    "__ror__ __and__ __rand__ __sub__ __rsub__ "
    "__xor__ "
    "__rxor__ __repr__ __str__ __format__ __reduce__ __reduce_ex__ __copy__ copy __sizeof__",
    reads_shape="__len__ __iter__ __reversed__ __length_hint__",
    changes_all="__iadd__ __imul__ __ior__ __iand__ __isub__ __ixor__",
    writes_all="clear __init__",
    gets="__getitem__",
    sets="__setitem__",
    deletes="__delitem__",
    contains="__contains__",
    nothing="__class_getitem__ __new__ fromkeys __hash__ __getattribute__ __init_subclass__ __subclasshook__",
)
_MAPPING = _COMMON | _rules(
    reads_key="get",
    changes_key="setdefault pop move_to_end __missing__",
    changes_all="popitem update",
    nothing="keys values items",
)
_SEQUENCE = _COMMON | _rules(
    reads_all="index count tolist tobytes tounicode hex decode find rfind startswith endswith split join",
    changes_all="append appendleft extend extendleft insert pop popleft remove reverse rotate sort "
    "frombytes fromlist fromunicode byteswap",
)
_SET = _COMMON | _rules(
    reads_all="union intersection difference symmetric_difference issubset issuperset isdisjoint",
    writes_key="add discard",
    changes_key="remove",
    changes_all="pop update intersection_update difference_update symmetric_difference_update",
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
        return reads(args)
    base = family(kind)
    if base is not None:
        rule = METHODS[base].get(name)
        return _changes_all(owner, args) if rule is None else rule(owner, args)
    if kind in _ALL_VIEWS:
        return [*reads((owner,)), *reads(args)]
    if is_class(owner):
        return reads(args)
    if is_c_iterator(owner) and name in ("__next__", "send", "throw", "close"):
        return stepped(owner)
    if issubclass(kind, weakref.ReferenceType):
        return [Access(READ, owner, STATE)]
    if name in _OBJECT_METHODS:
        return _OBJECT_METHODS[name](owner, args)
    if issubclass(kind, (_random.Random, _io._IOBase)):
        return [Access(UPDATE, owner, WHOLE), *reads(args)]
    return unknown(None, (owner, *args))


def attributes(mode: str, owner: Any, name: Any) -> Footprint:
    """One attribute, read, written or deleted by name."""
    kind = type(owner)
    if issubclass(kind, types.ModuleType):
        return [Access(mode, module_dict(owner), ("item", name))]
    if kind in IMMUTABLE or kind in CONTAINERS or type(name) is not str:
        return []
    return [Access(mode, owner, ("attribute", name))]


_OBJECT_METHODS: dict[str, Rule] = {
    "__getattribute__": lambda owner, args: attributes(READ, owner, args[0]) if args else [],
    "__setattr__": lambda owner, args: attributes(WRITE, owner, args[0]) if args else [],
    "__delattr__": lambda owner, args: attributes(DELETE, owner, args[0]) if args else [],
    **dict.fromkeys(
        [
            "__init__",
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
            "__repr__",
            "__str__",
            "__format__",
            "__reduce__",
            "__reduce_ex__",
            "__sizeof__",
            "with_traceback",
            "add_note",
        ],
        _nothing,
    ),
    "__dir__": lambda owner, args: [Access(READ, owner, WHOLE)],
}

# --- functions and classes --------------------------------------------------------------------------------------------

FunctionRule = Callable[[Sequence[Any]], Footprint]


def _printing(args: Sequence[Any]) -> Footprint:
    return [Access(UPDATE, sys.stdout, WHOLE), *reads(args)]


def _of_first(rule: Callable[[Any], Footprint]) -> FunctionRule:
    return lambda args: rule(args[0]) if args else []


def _named(mode: str) -> FunctionRule:
    return lambda args: attributes(mode, args[0], args[1]) if len(args) > 1 else []


def _pure(args: Sequence[Any]) -> Footprint:
    return []


FUNCTIONS: dict[Any, FunctionRule] = {
    len: _of_first(shape),
    getattr: _named(READ),
    hasattr: _named(READ),
    setattr: _named(WRITE),
    delattr: _named(DELETE),
    next: _of_first(stepped),
    iter: lambda args: opened(args[:1]),
    print: _printing,
    dir: _of_first(lambda owner: [] if type(owner) in IMMUTABLE else [Access(READ, owner, WHOLE)]),
    vars: _of_first(lambda owner: attributes(READ, owner, "__dict__")),
    operator.contains: lambda args: contains(args[1], args[0]) if len(args) > 1 else [],
    operator.getitem: lambda args: item(READ, args[0], args[1]) if len(args) > 1 else [],
    operator.setitem: lambda args: item(WRITE, args[0], args[1]) if len(args) > 1 else [],
    operator.delitem: lambda args: item(DELETE, args[0], args[1]) if len(args) > 1 else [],
    operator.truth: _of_first(shape),
    operator.not_: _of_first(shape),
    operator.length_hint: _of_first(shape),
    collections.deque.__init__: reads,
}
for _function in (
    sum,
    min,
    max,
    any,
    all,
    sorted,
    repr,
    format,
    ascii,
    functools.reduce,
    operator.concat,
    operator.countOf,
    operator.indexOf,
):
    FUNCTIONS[_function] = reads
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "add", "mul", "mod", "and_", "or_", "xor", "sub"):
    FUNCTIONS[getattr(operator, _name)] = reads
for _name in ("iadd", "imul", "iand", "ior", "ixor", "isub", "iconcat"):
    FUNCTIONS[getattr(operator, _name)] = lambda args: operands(UPDATE, args[0], args[1]) if len(args) > 1 else []
for _name in [
    "abs",
    "bin",
    "breakpoint",
    "callable",
    "chr",
    "compile",
    "delattr",
    "divmod",
    "globals",
    "hash",
    "hex",
    "id",
    "isinstance",
    "issubclass",
    "locals",
    "oct",
    "ord",
    "pow",
    "round",
    "__build_class__",
    "__import__",
    "eval",
    "exec",
]:
    FUNCTIONS.setdefault(getattr(builtins, _name), _pure)

_OPENING: tuple[type, ...] = (enumerate, zip, map, filter, reversed)
_LOOKING: tuple[type, ...] = (
    type,
    super,
    property,
    classmethod,
    staticmethod,
    object,
    int,
    float,
    complex,
    bool,
    range,
    slice,
    memoryview,
)
CLASSES: dict[type, FunctionRule] = {
    **dict.fromkeys(_OPENING, opened),
    **{kind: opened for kind in vars(itertools).values() if isinstance(kind, type)},
    **dict.fromkeys(
        (list, tuple, set, frozenset, dict, str, bytes, bytearray, array.array, *MAPPINGS, collections.deque), reads
    ),
    **dict.fromkeys(_LOOKING, _pure),
    bool: _of_first(shape),
    functools.partial: _pure,
    **dict.fromkeys((operator.itemgetter, operator.attrgetter, operator.methodcaller), _pure),
    weakref.ref: _pure,
}


def unknown(callee: Any, values: Sequence[Any]) -> Footprint:
    """A call of which nothing is known: it may read and write whatever it is handed; handed nothing, it conflicts with
    calls of itself.

    Functions, classes and modules that are handed over are not counted: C code calls them, it doesn't change them.
    """
    found: Footprint = []
    for value in values:
        kind = type(value)
        if kind not in IMMUTABLE and not issubclass(kind, _CODE):
            found.append(Access(UPDATE, value, WHOLE))
    if not found and callee is not None:
        found.append(Access(UPDATE, callee, STATE))
    return found


def call(callee: Any, args: Sequence[Any], is_step: Callable[[Any], bool]) -> Footprint:
    """A call of anything: [] for Python code, which announces its own operations, unless it runs as one step."""
    kind = type(callee)
    if kind is types.FunctionType:
        return unknown(callee, args) if is_step(callee) else []
    if kind is types.BuiltinFunctionType or kind is types.MethodWrapperType:
        owner = callee.__self__
        if owner is None or issubclass(type(owner), types.ModuleType):
            rule = FUNCTIONS.get(callee)
            return unknown(callee, args) if rule is None else rule(args)
        return method(owner, callee.__name__, args)
    if kind is types.MethodType:
        function = callee.__func__
        if type(function) is types.FunctionType:
            return unknown(callee, (callee.__self__, *args)) if is_step(function) else []
        return call(function, (callee.__self__, *args), is_step)
    if kind in (types.MethodDescriptorType, types.WrapperDescriptorType):
        return method(args[0], callee.__name__, args[1:]) if args else []
    if issubclass(kind, type):
        return _instance(callee, args, is_step)
    if issubclass(kind, functools.partial):
        return call(callee.func, (*callee.args, *args), is_step)
    if issubclass(kind, weakref.ReferenceType):
        return [Access(READ, callee, STATE)]
    if kind in (operator.itemgetter, operator.attrgetter, operator.methodcaller):
        return _getter(callee, args)
    if kind.__name__ == "_lru_cache_wrapper":
        return [Access(UPDATE, callee, STATE)]
    if in_python(kind, "__call__") or class_attribute(kind, "__call__") is None:
        return []
    return unknown(callee, (callee, *args))


def _getter(getter: Any, args: Sequence[Any]) -> Footprint:
    if not args:
        return []
    _, names = getter.__reduce__()[:2]
    if type(getter) is operator.itemgetter:
        return [access for name in names for access in item(READ, args[0], name)]
    if type(getter) is operator.attrgetter:
        return [access for name in names for access in attributes(READ, args[0], name.partition(".")[0])]
    return method(args[0], names[0], names[1:]) if not in_python(type(args[0]), names[0]) else []


def _instance(kind: type, args: Sequence[Any], is_step: Callable[[Any], bool]) -> Footprint:
    rule = CLASSES.get(kind)
    if rule is not None:
        return rule(args)
    if made_in_python(kind):  # its __init__ is Python, or reads what a built-in base would
        if in_python(kind, "__init__") or in_python(kind, "__new__"):
            return unknown(kind, args) if is_step(kind) else []
        return reads(args)
    return [] if issubclass(kind, BaseException) else unknown(None, args)  # what it makes is new: nobody shares it yet
