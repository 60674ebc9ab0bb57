"""What an attribute is an access to: of an object, of the classes that are asked for it, of the dict that several
instances may have, of what a `weakref.proxy` stands for. Knows no listener.
"""

from __future__ import annotations

import builtins
import collections
import functools
import gc
import sys
import types
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stress.events import ITEMS, READ, REPLACED, STATE, UPDATE, VALUE, WHOLE, Access, Location, Watch
from stress.instrument import kinds
from stress.instrument.kinds import (
    PROXIES,
    WITHOUT_OWN_ATTRIBUTES,
    class_attribute,
    dict_of,
    has_plain_dict,
    is_c_data,
    is_class,
    is_in_c,
    keeps_state,
    made_in_python,
    module_dict,
    plain_attributes,
    shares_dicts,
    sharing,
    touches_more,
    watch,
)
from stress.instrument.lookup import MISSING, classes_asked, own_dict, value_at

# The code under test may replace a builtin (`builtins.len`); what runs here keeps the ones of the start.
__builtins__ = vars(kinds)["__builtins__"]

Footprint = list[Access]


def place(owner: Any, name: str) -> tuple[Any, Location]:
    """Where an attribute is: a method's own are its function's."""
    if type(owner) is types.MethodType and name not in _OF_METHOD:
        return owner.__func__, ("attribute", name)
    if type(owner) is types.CellType and name == "cell_contents":
        return owner, VALUE
    if keeps_state(type(owner)) and is_in_c(type(owner), name):
        return proxied(owner), WHOLE
    return owner, ("attribute", name)


_OF_METHOD = frozenset(vars(types.MethodType))
_REPLACING = ("__class__", "__dict__", "__bases__")


# --- dicts that are taken from an object ------------------------------------------------------------------------------

# An instance's dict by id -> the instance, which lives no longer for it (but for one that takes no weak reference).
dicts: dict[int, Callable[[], Any]] = {}
# The same of the keywords that calls of a function or partial go by.
_keywords: dict[int, Watch] = {}
_OF_CALLS = ("__kwdefaults__", "keywords")
DICTS = frozenset(("__dict__", *_OF_CALLS))


def forget() -> None:
    """Let go of the dicts that were taken."""
    dicts.clear()
    _keywords.clear()


def remember_dict(owner: Any, kind: type, name: str) -> None:
    """A dict is about to be taken, as the attribute of this name: what is done to it is done to its owner."""
    if name != "__dict__":
        owner, _ = place(owner, name)
        if (names := _keywords_of(owner, name)) is not None:
            _keywords[id(names)] = Watch(owner)
        return
    if issubclass(kind, types.ModuleType) or (issubclass(kind, type) and not made_in_python(owner)):
        return
    own = dict_behind(owner, kind)
    if own is None:
        return
    key = id(own)
    try:
        dicts[key] = weakref.ref(owner, functools.partial(_forget_dict, key))
    except TypeError:
        dicts[key] = lambda: owner


def _forget_dict(key: int, dead: Any) -> None:
    if dicts.get(key) is dead:
        del dicts[key]


def dict_behind(owner: Any, kind: type) -> Any:
    """The dict of an instance or a class."""
    return gc.get_referents(dict_of(owner))[0] if issubclass(kind, type) else own_dict(owner, kind)


def _keywords_of(owner: Any, name: str) -> Any:
    """The keywords that a call of a function or partial goes by, if they are its attribute of this name."""
    if type(owner) is types.FunctionType and name == "__kwdefaults__":
        return owner.__kwdefaults__
    return _OF_PARTIAL(owner) if issubclass(type(owner), functools.partial) and name == "keywords" else None


_OF_PARTIAL = vars(functools.partial)["keywords"].__get__


def _go_by(names: Any) -> bool:
    """Whether these are the keywords that calls of something go by."""
    watch = _keywords.get(id(names))
    owner = None if watch is None else watch()
    return owner is not None and any(_keywords_of(owner, name) is names for name in _OF_CALLS)


# --- what is stored ---------------------------------------------------------------------------------------------------


def stored(mode: str, owner: Any, name: str) -> Footprint:
    """An attribute that is written or deleted: what the name stands for may be all of the object, or what calls and
    operators go by, of which nobody is told."""
    kind = type(owner)
    if issubclass(kind, types.ModuleType):
        names = module_dict(owner)
        return [*replacing(names, name), Access(mode, names, ("item", name))]
    if name[:2] != "__":
        return [Access(mode, *place(owner, name)), *of_dict(mode, owner, kind, name)]
    if name == "__dict__":
        sharing[watch(kind)] = has_plain_dict(kind)
        plain_attributes[id(kind)] = False
        touches_more(kind)
    found = [Access(mode, owner, WHOLE) if name in _REPLACING else Access(mode, *place(owner, name))]
    if name == "__class__" or (
        name in _OF_FUNCTION
        if kind is types.FunctionType
        else is_class(owner) and name[-2:] == "__" and name not in _OF_NO_OPERATOR
    ):
        return [IS_REPLACED, *found]
    if name == "__cause__" and issubclass(kind, BaseException):
        found.append(Access(mode, owner, ("attribute", "__suppress_context__")))
    return found if name in _REPLACING else found + of_dict(mode, owner, kind, name)


IS_REPLACED = Access(UPDATE, REPLACED, STATE)
_BUILTINS: Any = vars(builtins)


def replacing(names: Any, name: Any) -> Footprint:
    """What an item of a dict that is stored or deleted stands for, where that is a name of `builtins` or a keyword that
    calls go by, of which code that takes it is told nothing."""
    if names is _BUILTINS or (_keywords and _go_by(names)):
        return [IS_REPLACED]
    known = type(name) is str and name in _BUILTINS and name[:2] != "__"
    return [IS_REPLACED] if known and type(names) is dict and "__builtins__" in names else []


def replacing_some(names: Any, new: Sequence[Any]) -> Footprint:
    """The same where many items are put into a dict (those of dicts, or nobody knows which), or taken from it."""
    if _keywords and _go_by(names):
        return [IS_REPLACED]
    if type(names) is not dict or not (names is _BUILTINS or "__builtins__" in names):
        return []
    for each in new or [names]:
        if type(each) is not dict or any(replacing(names, name) for name in each):
            return [IS_REPLACED]
    return []


_OF_FUNCTION = ("__code__", "__defaults__", "__kwdefaults__")
_OF_NO_OPERATOR = frozenset(("__doc__", "__module__", "__name__", "__qualname__", "__annotations__"))


def of_dict(mode: str, owner: Any, kind: type, name: str) -> Footprint:
    """The same attribute as an item of the instance's dict, if it may be that of other instances too."""
    if not shares_dicts(kind):
        return []
    own = object.__getattribute__(owner, "__dict__")
    found = [Access(mode, own, ("item", name))]
    return found if mode is READ else [*found, Access(mode, own, ("shape", name))]


class _Taker:
    __array_ufunc__ = None

    def __rmatmul__(self, other: Any) -> Any:
        return other


def proxied(owner: Any) -> Any:
    """What a `weakref.proxy` stands for, not held; what the memory of a `ctypes` object is a part of; all else is
    itself. There is no other way to ask than by an operator, and nearly no class has this one."""
    if type(owner) not in PROXIES:
        return _memory_of(owner) if is_c_data(type(owner)) else owner
    kinds.asked_weakly.add(type(owner))
    try:
        return Watch(owner @ _TAKER)
    except Exception:  # it is dead
        return owner


_TAKER = _Taker()


def _memory_of(owner: Any) -> Any:
    """The array or structure that a `ctypes` object is in, or the buffer that it was made of."""
    base = class_attribute(type(owner), "_b_base_").__get__
    while (outer := base(owner)) is not None:
        owner = outer
    kept = class_attribute(type(owner), "_objects").__get__(owner)
    for each in kept.values() if type(kept) is dict else [kept]:
        if type(each) is memoryview:
            return proxied(each.obj)
    return owner


def of_proxy(mode: str, proxy: Any, name: str) -> Footprint:
    """An attribute of what a `weakref.proxy` stands for."""
    watched = proxied(proxy)
    referent = watched() if type(watched) is Watch else None
    found = [] if referent is None else attributes(mode, referent, name)
    found = [Access(each.mode, watched if each.object is referent else each.object, each.location) for each in found]
    return found or [Access(READ, proxy, STATE)]


class _Something:
    """Stands for a value that isn't known beforehand: as a key it may be any."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]

    def __eq__(self, other: object) -> bool:
        return self is other


SOMETHING = _Something()


def attributes(mode: str, owner: Any, name: Any) -> Footprint:
    """One attribute, read, written or deleted by name."""
    kind = type(owner)
    if type(name) is not str:
        return _of_some_name(mode, owner)
    if kind in WITHOUT_OWN_ATTRIBUTES:
        if name == "default_factory" and kind is collections.defaultdict:
            return [Access(mode, owner, WHOLE)]  # each miss asks for it
        return of_proxy(mode, owner, name) if kind in PROXIES else []
    if mode is not READ:
        return stored(mode, owner, name)
    if issubclass(kind, types.ModuleType):
        return of_module(owner, name)
    if name in DICTS:
        remember_dict(owner, kind, name)
    found = [] if kind is super else [Access(READ, *place(owner, name)), *of_dict(READ, owner, kind, name)]
    return found + [Access(READ, base, ("attribute", name)) for base in classes_asked(owner, kind, name)]


def of_module(module: Any, name: str) -> Footprint:
    """A name of a module, read; where there is no such, its class or its `__getattr__` is asked."""
    names = module_dict(module)
    found = [Access(READ, names, ("item", name))]
    if name in names or name[:2] == "__":
        return found
    classes = classes_asked(module, type(module), name)
    return [
        *found,
        Access(READ, names, ("item", "__getattr__")),
        *(Access(READ, base, ("attribute", name)) for base in classes),
    ]


def _of_some_name(mode: str, owner: Any) -> Footprint:
    """An attribute whose name C code finds only when it comes to it: any."""
    kind = type(owner)
    if issubclass(kind, types.ModuleType):
        found = [Access(mode, module_dict(owner), ITEMS)]
    else:
        found = [] if kind in WITHOUT_OWN_ATTRIBUTES else [Access(mode, owner, WHOLE)]
    may_replace = owner is SOMETHING or issubclass(kind, (type, types.FunctionType, types.ModuleType))
    return [IS_REPLACED, *found] if mode is not READ and may_replace else found


def chained(owner: Any, names: str) -> Footprint:
    """`operator.attrgetter("a.b")`: each attribute, as far as it is known what the one before is."""
    name, _, rest = names.partition(".")
    found = attributes(READ, owner, name)
    value = value_at(owner, ("attribute", name), MISSING) if rest else MISSING
    return found if value is MISSING else found + chained(value, rest)


def imported(names: Mapping[str, Any], module: str, level: int, wanted: Sequence[str]) -> Footprint:
    """`from module import wanted`, in a module of these names; [] if it isn't imported yet."""
    if level:
        package = str(names.get("__package__")).rsplit(".", level - 1)[0]
        module = f"{package}.{module}" if module else package
    there = sys.modules.get(module)
    if not issubclass(type(there), types.ModuleType):
        return []
    return [Access(READ, module_dict(there), ("item", name)) for name in wanted]
