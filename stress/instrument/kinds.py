"""What a class is, found out without running anything of the user's: which built-in container it inherits from, what is
C code in it, which parts were written in Python.

A metaclass may answer for `__mro__` or `isinstance`, and a class may be changed or die: so classes are looked at
through slots, and what was found out is kept by id, only until the class dies or the listener goes.
"""

from __future__ import annotations

import _queue
import _thread
import array
import builtins
import collections
import functools
import opcode
import operator
import re
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

# The code under test may replace a builtin (`builtins.len`); what runs here keeps the ones of the start.
__builtins__ = dict(vars(builtins))  # type: ignore[assignment]

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
        re.Pattern,
        re.Match,
    )
)
FLAT = IMMUTABLE - {tuple, re.Match, slice}  # what they hold can't change either
PLAIN = FLAT - {frozenset}  # in which nothing is compared by code of the user's
SCALARS = FLAT - {bytes, frozenset}  # whose comparison with a container reads nothing of it
# A C function, or one bound to its receiver; those of C that ask for their class (METH_METHOD) are of a type of their
# own (Objects/methodobject.c, PyCMethod_Type).
C_FUNCTIONS: tuple[type, ...] = (types.BuiltinFunctionType, type(_queue.SimpleQueue().get))
PROXIES: tuple[type, ...] = (weakref.ProxyType, weakref.CallableProxyType)
CODE: tuple[type, ...] = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)

MAPPINGS = (dict, collections.OrderedDict, collections.defaultdict)
SEQUENCES = (list, collections.deque, bytearray, array.array)
CONTAINERS: frozenset[type] = frozenset((*MAPPINGS, *SEQUENCES, set))
# Whose attributes aren't just those of an instance.
WITHOUT_OWN_ATTRIBUTES: frozenset[type] = frozenset((*IMMUTABLE, *CONTAINERS, *PROXIES))

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()), types.MappingProxyType)
_ORDERED: collections.OrderedDict[str, int] = collections.OrderedDict()
_ODICT_VIEWS: tuple[type, ...] = (type(_ORDERED.keys()), type(_ORDERED.values()), type(_ORDERED.items()))
KEY_VIEWS: tuple[type, ...] = (_VIEWS[0], _ODICT_VIEWS[0], types.MappingProxyType)
ALL_VIEWS: frozenset[type] = frozenset((*_VIEWS, *_ODICT_VIEWS))

# A class is looked at through these, since a metaclass may answer for `__mro__` or `isinstance` with code of the
# user's.
mro_of: Callable[[type], tuple[type, ...] | None] = type.__dict__["__mro__"].__get__
dict_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__
flags_of: Callable[[type], int] = type.__dict__["__flags__"].__get__
module_of: Callable[[type], Any] = type.__dict__["__module__"].__get__
_name_of: Callable[[type], str] = type.__dict__["__qualname__"].__get__
module_dict: Callable[[Any], dict[str, Any]] = vars(types.ModuleType)["__dict__"].__get__
_HEAP_TYPE = 1 << 9

# What was found out about classes, by their ids, until they die: a class lives no longer because it was looked at.
_families: dict[int, type | None] = {}
_made_in_python: dict[int, bool] = {}
own_equality: dict[int, bool] = {}
_all_python: dict[int, bool] = {}
_plain_dicts: dict[int, bool] = {}
plain_lookups: dict[int, int] = {}
one_access: dict[int, None] = {}  # a set
plain_attributes: dict[int, bool] = {}
_python_classes: dict[int, bool] = {}
sharing: dict[int, bool] = {}
managed_by_step: dict[int, bool] = {}
_keeping: dict[int, bool] = {}
_of_library: dict[int, bool] = {}
_attributes_by_step: dict[int, bool] = {}
more_than_attributes: dict[int, bool] = {}
foreign: dict[int, None] = {}  # a set: of classes whose instances hold what C code of others keeps in them
_python_methods: dict[int, dict[str, bool]] = {}
_watched: dict[int, weakref.ref[type]] = {}
looked_at = 0  # how many classes, ever

# CPython's own modules. What `ctypes` calls is somebody else's.
_OWN = sys.stdlib_module_names - {"ctypes"}
ran_in_c: set[str] = set()  # C functions and types that aren't CPython's own, and that were met since this was cleared
asked_weakly: set[type] = set()  # the types of the weak references that were asked for their objects since then


def _nobody_listens(function: Any) -> bool:
    return False


# Whether a special method written in Python, or a generator, which the interpreter or C code is about to enter, runs as
# one step: the `enters` of who listens.
enters: Callable[[Any], bool] = _nobody_listens

# The modules of the standard library, written in Python, whose objects are values: they don't change.
VALUES = frozenset(("_pydatetime", "_pydecimal", "enum", "fractions", "ipaddress", "pathlib", "uuid"))
VALUES |= {"pathlib._abc", "pathlib._local"}  # 3.13


def watch(kind: type) -> int:
    """The id of a class, which its caches give up when it dies."""
    global looked_at
    ident = id(kind)
    if ident not in _watched:
        looked_at += 1
        _watched[ident] = weakref.ref(kind, functools.partial(_died, ident))
        for base in mro_of(kind) or ():
            if (flags_of(base) & _HEAP_TYPE == 0 or _has_c_methods(base)) and _note(module_of(base), _name_of(base)):
                foreign[ident] = None
                break
    return ident


def note_function(function: Any) -> None:
    """Some C code is called of which nothing is known."""
    names = (getattr(function, name, None) for name in ("__qualname__", "__name__"))
    _note(getattr(function, "__module__", None), next(filter(None, names), _name_of(type(function))))


def _note(module: Any, name: str) -> bool:
    """Whether C code isn't CPython's own; then it is noted."""
    if type(module) is not str or module.partition(".")[0] in _OWN:
        return False
    ran_in_c.add(f"{module}.{name}")
    return True


def _died(ident: int, _: object) -> None:
    for cache in _caches():
        cache.pop(ident, None)


def forget() -> None:
    """Forget all classes that were looked at."""
    for cache in _caches():
        cache.clear()


def _caches() -> tuple[dict[int, Any], ...]:
    """What is known of classes, by id()."""
    return (
        _families,
        _made_in_python,
        own_equality,
        _all_python,
        _plain_dicts,
        plain_lookups,
        one_access,
        plain_attributes,
        _python_classes,
        sharing,
        managed_by_step,
        _keeping,
        _of_library,
        _attributes_by_step,
        more_than_attributes,
        foreign,
        _python_methods,
        _watched,
    )


def family(kind: type) -> type | None:
    """The built-in container that a class is, or inherits from; None if it is none."""
    if kind in CONTAINERS:
        return kind
    try:
        return _families[id(kind)]
    except KeyError:
        found = _families[watch(kind)] = next((base for base in mro_of(kind) or () if base in CONTAINERS), None)
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
        found = _made_in_python[watch(kind)] = not _has_c_methods(kind)
        return found


def _has_c_methods(kind: type) -> bool:
    own = (types.MethodDescriptorType, types.WrapperDescriptorType)
    return any(type(value) in own and value.__objclass__ is kind for value in dict_of(kind).values())


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
        answer = found is not None and (type(found) not in c_code or is_bound(found))
        _python_methods.setdefault(watch(kind), {})[name] = answer
        return answer


def is_bound(function: Any) -> bool:
    """Whether it is a method in C, with the object that it is bound to."""
    kind = type(function)
    if kind not in C_FUNCTIONS and kind is not types.MethodWrapperType:
        return False
    owner = function.__self__
    return owner is not None and not issubclass(type(owner), (type, types.ModuleType))


def is_c_method(kind: type, name: str) -> bool:
    """Whether a class has a method of this name that is C code."""
    return not in_python(kind, name) and class_attribute(kind, name) is not None


def is_all_python(kind: type) -> bool:
    """Whether the class and all its bases were made by class statements, but for `object` and built-in containers: then
    an instance's state is in its dict, its slots and the container."""
    try:
        return _all_python[id(kind)]
    except KeyError:
        found = _all_python[watch(kind)] = all(
            base is object or base in CONTAINERS or made_in_python(base) for base in mro_of(kind) or ()
        ) and not issubclass(kind, type)
        return found


GETTERS: tuple[type, ...] = (operator.itemgetter, operator.attrgetter, operator.methodcaller)
# Of which it is told in another way what is read and written; but for views, what they look at counts.
_TOLD_APART: tuple[type, ...] = (*IMMUTABLE, *CODE, *PROXIES, *ALL_VIEWS, *GETTERS, memoryview, BaseException, super)
_TOLD_APART += (weakref.ref, types.CellType, functools.partial, type(functools.cache(len)))


def keeps_state(kind: type) -> bool:
    """Whether instances keep what they are in C, and it may change: the length of the line that a csv reader is at, the
    memory that a `ctypes` object or an `mmap` shows."""
    try:
        return _keeping[id(kind)]
    except KeyError:
        found = not (
            issubclass(kind, _TOLD_APART)
            or module_of(next((base for base in mro_of(kind) or () if not made_in_python(base)), kind)) == "_thread"
            or all(base is object or made_in_python(base) for base in mro_of(kind) or ())
            or family(kind) is not None
        )
        _keeping[watch(kind)] = found
        return found


def is_of_library(kind: type) -> bool:
    """Whether instances are of a class of the standard library that is written in Python, and no value: what its
    methods do, which run as one step, is done to the containers that they have, too."""
    try:
        return _of_library[id(kind)]
    except KeyError:
        modules = [module_of(base) for base in mro_of(kind) or () if base is not object and made_in_python(base)]
        known = [name for name in modules if type(name) is str and name not in VALUES and name not in _WITHOUT_STATE]
        found = any(name.partition(".")[0] in _OWN for name in known)
        _of_library[watch(kind)] = found
        return found


_WITHOUT_STATE = ("abc", "collections.abc", "typing")  # what their classes have is said by who inherits from them


def is_in_c(kind: type, name: str) -> bool:
    """Whether an attribute of what keeps its state in C is a part of that, under a name of its own."""
    if name[:2] == "__":
        return False
    descriptor = class_attribute(kind, name)
    if type(descriptor) is types.MemberDescriptorType:
        return not made_in_python(descriptor.__objclass__)
    if type(descriptor) is types.GetSetDescriptorType:
        return True
    return descriptor is not None and is_c_data(kind) and module_of(type(descriptor)) == "_ctypes"


def is_c_data(kind: type) -> bool:
    """Whether instances are of `ctypes`: they may be a part of another one, or be made of a buffer."""
    return type(kind) is not type and type(class_attribute(kind, "_b_base_")) is types.MemberDescriptorType


def has_plain_dict(kind: type) -> bool:
    """Whether instances have a `__dict__` that C code gives: looking at it runs nothing of the user's."""
    try:
        return _plain_dicts[id(kind)]
    except KeyError:
        slot = None if issubclass(kind, type) else class_attribute(kind, "__dict__")
        found = _plain_dicts[watch(kind)] = type(slot) in (
            types.GetSetDescriptorType,
            types.MemberDescriptorType,
        )  # a SimpleNamespace's is the latter
        return found


def shares_dicts(kind: type) -> bool:
    """Whether several instances may have one `__dict__`: a method of the class sets it, or it was seen to be set."""
    try:
        return sharing[id(kind)]
    except KeyError:
        values = [value for base in mro_of(kind) or () for value in dict_of(base).values()]
        values = [value.__func__ if type(value) in (staticmethod, classmethod) else value for value in values]
        codes = [value.__code__ for value in values if type(value) is types.FunctionType]
        found = has_plain_dict(kind) and any(map(_sets_dict, codes))
        sharing[watch(kind)] = found
        return found


def _sets_dict(code: types.CodeType) -> bool:
    return "__dict__" in code.co_consts or (
        "__dict__" in code.co_names and ("STORE_ATTR", "__dict__") in stores_of(code)
    )


_EXTENDED = opcode.opmap["EXTENDED_ARG"]
_STORES = {
    number: name
    for name, number in opcode.opmap.items()
    if name.startswith(("STORE_", "DELETE_")) and name.endswith(("_ATTR", "_GLOBAL", "_NAME", "_SUBSCR", "_SLICE"))
}


def stores_of(code: types.CodeType) -> Iterator[tuple[str, str]]:
    """What code stores and deletes, as (instruction, name, if it has one). Not by `dis`: who calls that under
    control is seen to."""
    argument = 0
    for number, part in zip(code.co_code[::2], code.co_code[1::2], strict=True):
        argument = argument << 8 | part
        if number == _EXTENDED:
            continue
        if number in _STORES:
            name = _STORES[number]
            yield name, "" if name.endswith(("_SUBSCR", "_SLICE")) else code.co_names[argument]
        argument = 0


def is_by_step(function: Any) -> bool:
    """Whether it is a Python function that runs as one step, and isn't of a class of values; it is about to be
    entered."""
    return type(function) is types.FunctionType and function.__module__ not in VALUES and enters(function)


ON_ATTRIBUTES = ("__getattribute__", "__getattr__", "__setattr__", "__delattr__")
_OF_DESCRIPTORS = ("__get__", "__set__", "__delete__")


def is_borrowed(name: str, function: Any) -> bool:
    """Whether a special method of this name is a method in C that has another one: `__getattr__ = dict.get`."""
    return type(function) in (types.MethodDescriptorType, types.WrapperDescriptorType) and function.__name__ != name


def has_attributes_by_step(kind: type) -> bool:
    """Whether some attribute of instances is read, written or deleted by Python code that runs as one step, or by a
    method in C that does something else by its own name."""
    try:
        return _attributes_by_step[id(kind)]
    except KeyError:
        functions = [class_attribute(kind, name) for name in ON_ATTRIBUTES]
        found = any(map(is_borrowed, ON_ATTRIBUTES, functions))
        for base in mro_of(kind) or ():
            for value in dict_of(base).values():
                if type(value) is property:
                    functions += [value.fget, value.fset, value.fdel]
                elif made_in_python(type(value)):
                    functions += [class_attribute(type(value), name) for name in _OF_DESCRIPTORS]
        found = found or any(is_by_step(function) or is_bound(function) for function in functions)
        _attributes_by_step[watch(kind)] = found
        return found


def touches_more(kind: type) -> bool:
    """Whether more may be touched than an attribute of one instance; noted in `more_than_attributes`."""
    found = more_than_attributes[watch(kind)] = shares_dicts(kind) or has_attributes_by_step(kind)
    return found


WITHOUT_DICTS, WITH_DICTS = 1, 2


def looks_up_plainly(kind: type) -> int:
    """Whether attributes of instances are looked up in the way that the language knows, in plain classes and a plain
    dict if there is one (WITH_DICTS); 0 if code of the user's may take part."""
    try:
        return plain_lookups[id(kind)]
    except KeyError:
        plain = type(kind) is type and all(type(base) is type for base in kind.__mro__)
        plain = plain and made_in_python(kind) and not in_python(kind, "__getattribute__") and not shares_dicts(kind)
        dicts = (
            WITH_DICTS if has_plain_dict(kind) else WITHOUT_DICTS if class_attribute(kind, "__dict__") is None else 0
        )
        found = plain_lookups[watch(kind)] = dicts if plain else 0
        return found


def is_one_access(kind: type) -> bool:
    """Whether to read, write or delete any attribute of an instance is one access, as soon as more than one thread can
    reach it; noted in `one_access`, by id(). Thread-local data is left out: who listens may want to know of it."""
    if kind in IMMUTABLE or kind in CONTAINERS or kind is super or issubclass(kind, (type, _thread._local)):
        return False
    if has_attributes_by_step(kind):
        return False
    one_access[watch(kind)] = None
    return True


def has_plain_attributes(kind: type) -> bool:
    """Whether an attribute of an instance is an access to that alone, if it is written or no class has it, and unless
    `__dict__` is set; noted in `plain_attributes`, by id()."""
    plain = looks_up_plainly(kind) != 0 and not issubclass(kind, (type, types.ModuleType)) and not touches_more(kind)
    plain_attributes[watch(kind)] = plain
    return plain


def is_python_class(kind: type) -> bool:
    """Whether instances are made by Python code of a class made in Python."""
    try:
        return _python_classes[id(kind)]
    except KeyError:
        found = made_in_python(kind) and (in_python(kind, "__init__") or in_python(kind, "__new__"))
        _python_classes[watch(kind)] = found
        return found
