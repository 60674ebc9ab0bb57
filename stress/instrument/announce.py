"""From a hook's operands to what the listener is told. Only reached while somebody listens.

Looks at types, dicts, slots and C iterators; never calls code of the user, never takes an attribute through a
descriptor, so that the operation that follows is the first to do so. Holds on to nothing, except a dict that was taken
from `__dict__` and its owner, until the listener goes: they are one object in two guises.
"""

from __future__ import annotations

import collections
import functools
import types
from sys import _getframe
from typing import TYPE_CHECKING, Any, cast

from stress.events import DELETE, ITEMS, READ, SHAPE, UPDATE, VALUE, WHOLE, WRITE, Access, OperationSite
from stress.instrument import calls, footprints, kinds
from stress.instrument.footprints import Footprint
from stress.instrument.kinds import (
    ALL_VIEWS,
    C_FUNCTIONS,
    CONTAINERS,
    IMMUTABLE,
    MAPPINGS,
    class_attribute,
    dict_of,
    family,
    in_python,
    is_class,
    made_in_python,
    module_dict,
    mro_of,
)

if TYPE_CHECKING:
    from stress.instrument.listener import Listener

__builtins__ = vars(kinds)["__builtins__"]

# Set together with the one in `hooks`; never None while a function here runs.
listener: Listener = cast(Any, None)

_dicts: dict[int, tuple[dict[str, Any], Any]] = {}  # an instance's dict by id -> itself and the instance
_MISSING = object()
_FUNCTION = types.FunctionType
_MODULE = types.ModuleType


def forget() -> None:
    _dicts.clear()
    kinds.forget()


def tell(site: OperationSite, accesses: Footprint) -> None:
    if len(accesses) == 1:
        mode, owner, location = accesses[0]
        if _dicts and id(owner) in _dicts:
            mode, owner, location = _as_attribute(accesses[0])
        listener.access(site, mode, owner, location)
    elif accesses:
        if _dicts:
            accesses = [_as_attribute(access) for access in accesses]
        listener.step(site, accesses)


def _as_attribute(access: Access) -> Access:
    """An access to an instance's dict, as one to the instance's attributes."""
    known = _dicts.get(id(access.object))
    if known is None or access.location[0] == "shape":
        return access
    place = access.location
    return Access(
        access.mode,
        known[1],
        ("attribute", place[1]) if place[0] == "item" and isinstance(place[1], str) else WHOLE,
    )


# --- attributes, items, names -----------------------------------------------------------------------------------------


def attribute(owner: Any, site: OperationSite) -> None:
    kind = type(owner)
    if kind in IMMUTABLE or kind in CONTAINERS:
        return
    mode = site.mode
    if issubclass(kind, _MODULE):
        listener.access(site, mode, module_dict(owner), ("item", site.name))
        return
    if mode is READ:
        if issubclass(kind, type) and not made_in_python(owner):
            return  # what is in a C type never changes
        found = _class_data(owner, kind, site.name)
        if found is not None:
            listener.step(site, [Access(READ, owner, site.location), Access(READ, found, site.location)])
            return
        if site.name == "__dict__":
            _remember_dict(owner, kind)
    listener.access(site, mode, owner, site.location)


def _class_data(owner: Any, kind: type, name: str) -> type | None:
    """The class from which a read of `owner.name` takes a plain value (no function or descriptor), if it isn't the
    owner's own."""
    start = owner if issubclass(kind, type) else kind
    for base in start.__mro__ if type(start) is type else mro_of(start) or ():
        if name in (base.__dict__ if type(base) is type else dict_of(base)):
            if base is owner or not made_in_python(base):
                return None
            if class_attribute(type(dict_of(base)[name]), "__get__") is not None:
                return None
            own = _own_dict(owner, kind)
            return None if own is not None and name in own else base
    return None


def _own_dict(owner: Any, kind: type) -> dict[str, Any] | None:
    """An instance's dict, without running anything of the user's; None if it has none."""
    if issubclass(kind, type):
        return None
    try:
        found = object.__getattribute__(owner, "__dict__")
    except (AttributeError, TypeError):
        return None
    return found if type(found) is dict else None


def _remember_dict(owner: Any, kind: type) -> None:
    own = _own_dict(owner, kind)
    if own is not None:
        _dicts[id(own)] = own, owner


def item(owner: Any, key: Any, site: OperationSite) -> None:
    mode = site.mode
    if mode is READ and family(type(owner)) is collections.defaultdict and _makes_in_python(owner, key):
        _make_missing(owner, key, site)
        return
    tell(site, footprints.item(mode, owner, key))


def _makes_in_python(owner: Any, key: Any) -> bool:
    factory = footprints.factory_of(owner)
    kind = type(owner)
    if factory is None or _is_c(factory) or in_python(kind, "__missing__") or in_python(kind, "__getitem__"):
        return False
    return footprints.lacks(owner, key)


def _is_c(factory: Any) -> bool:
    return type(factory) is types.BuiltinFunctionType or (is_class(factory) and not made_in_python(factory))


def _make_missing(owner: Any, key: Any, site: OperationSite) -> None:
    """A defaultdict whose factory is Python code reads, calls it and stores: two operations, with the factory's own in
    between. The store is done here and the read that follows finds it."""
    place = footprints.key(key)
    listener.access(site, READ, owner, ("item", place))
    if dict.__contains__(owner, key):
        return
    made = footprints.factory_of(owner)()
    listener.step(site, [Access(WRITE, owner, ("item", place)), Access(WRITE, owner, ("shape", place))])
    dict.__setitem__(owner, key, made)


def closure(cell: Any, site: OperationSite) -> None:
    listener.access(site, site.mode, cell, VALUE)


def global_(site: OperationSite) -> None:
    listener.access(site, site.mode, _getframe(2).f_globals, ("item", site.name))


def naming_global(site: OperationSite) -> Any:
    module = _getframe(2).f_globals

    def name(named: Any) -> Any:
        listener.access(site, site.mode, module, ("item", site.name))
        return named

    return name


# --- calls ------------------------------------------------------------------------------------------------------------


class _Receiver:
    """Stands in for an object while one method is taken from it: what is called is a bound method, which the next hook
    can look at."""

    __slots__ = ("__dict__",)


def _receiver(name: str, callee: Any) -> Any:
    stand_in = _Receiver()
    stand_in.__dict__[name] = callee
    return stand_in


def call(callee: Any, site: OperationSite) -> Any:
    new = listener.call(site, callee)
    if new is callee and not site.announced_later:
        _told_of_call(callee, (), site)
    return new


def call_global(site: OperationSite) -> Any:
    module = _getframe(2).f_globals
    name = site.name
    listener.access(site, READ, module, ("item", name))
    callee = module.get(name, _MISSING)
    if callee is _MISSING:
        names = module.get("__builtins__")
        callee = (names if type(names) is dict else getattr(names, "__dict__", {})).get(name, _MISSING)
        if callee is _MISSING:
            return None  # the load that follows raises NameError
    new = call(callee, site)
    return None if new is callee else new


def method(owner: Any, site: OperationSite) -> Any:
    kind = type(owner)
    name = site.name
    if kind in CONTAINERS or kind in IMMUTABLE or (family(kind) is not None and _takes_c_method(owner, kind, name)):
        return _c_method(owner, name, site)
    callee, binds = _peek(owner, kind, name)
    if type(callee) not in C_FUNCTIONS or callee.__self__ is not owner:  # else a C type's own method: it never changes
        if type(callee) is _FUNCTION and binds is owner and not is_class(owner):
            listener.access(
                site, READ, owner, site.location
            )  # a method, found on the class: no plain value of it is read
        else:
            attribute(owner, site)
        callee, binds = _peek(owner, kind, name)  # once more: another thread may have run meanwhile
    if callee is _MISSING:
        return owner
    new = listener.call(site, callee)
    if new is not callee:
        return _receiver(name, types.MethodType(new, binds) if binds is not None else new)
    if site.announced_later:
        if type(callee) is _FUNCTION:
            if listener.is_step(callee):
                return _receiver(name, types.MethodType(callee, binds) if binds is not None else callee)
            return owner
        return _receiver(name, callee) if _has_footprint(callee) else owner
    _told_of_call(callee if binds is None else types.MethodType(callee, binds), (), site)
    return owner


def _takes_c_method(owner: Any, kind: type, name: str) -> bool:
    """Whether an instance of a container's subclass has its C method under this name, and takes it the built-in way."""
    c_code = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)
    if type(class_attribute(kind, name)) not in c_code or in_python(kind, "__getattribute__"):
        return False
    own = _own_dict(owner, kind)
    return own is None or name not in own


def _has_footprint(callee: Any) -> bool:
    return type(callee) in C_FUNCTIONS or type(callee) is types.MethodWrapperType


def _c_method(owner: Any, name: str, site: OperationSite) -> Any:
    """A method of a built-in container: to take it is no operation, to call it is one."""
    try:
        bound = getattr(owner, name)
    except AttributeError:
        return owner  # the load that follows raises it
    if site.announced_later:
        return _receiver(name, bound)
    _told_of_call(bound, (), site)
    return owner


def _peek(owner: Any, kind: type, name: str) -> tuple[Any, Any]:
    """What `owner.name(...)` calls, as (callable, what it is bound to or None); (_MISSING, None) where only the real
    load can tell."""
    if issubclass(kind, _MODULE):
        return module_dict(owner).get(name, _MISSING), None
    if issubclass(kind, type):
        return _peek_class(owner, mro_of(owner) or (), name, owner)
    if in_python(kind, "__getattribute__"):
        return _MISSING, None
    if kind is super:
        instance, this = owner.__self__, owner.__thisclass__
        if instance is None:
            return _MISSING, None
        mro = mro_of(instance if is_class(instance) else type(instance)) or ()
        if this not in mro:
            return _MISSING, None
        return _peek_class(instance, mro[mro.index(this) + 1 :], name, None if is_class(instance) else instance)
    own = _own_dict(owner, kind)
    found = class_attribute(kind, name)
    if own is not None and name in own and class_attribute(type(found), "__set__") is None:
        return own[name], None
    if found is None:
        return _MISSING, None
    return _bound(found, owner, kind)


def _peek_class(owner: Any, mro: tuple[type, ...], name: str, instance: Any) -> tuple[Any, Any]:
    """The same for an attribute of a class (`instance` is the class), or of what `super()` stands for (an instance, or
    None for a class)."""
    of_class = instance is None or is_class(instance)
    for base in mro:
        if name in dict_of(base):
            found = dict_of(base)[name]
            if type(found) is _FUNCTION:
                return found, (None if of_class else instance)
            if not of_class:
                return _bound(found, instance, type(instance))
            if type(found) in (staticmethod, classmethod):
                return _bound(found, owner, owner)
            if type(found) in (types.MethodDescriptorType, types.WrapperDescriptorType):
                return found, None
            return (found, None) if class_attribute(type(found), "__get__") is None else (_MISSING, None)
    return _MISSING, None


def _bound(found: Any, owner: Any, kind: Any) -> tuple[Any, Any]:
    what = type(found)
    if what is _FUNCTION:
        return found, owner
    if what is staticmethod:
        return found.__func__, None
    if what is classmethod:
        return (found.__func__, kind) if type(found.__func__) is _FUNCTION else (_MISSING, None)
    if what in (types.MethodDescriptorType, types.WrapperDescriptorType):
        return found.__get__(owner, kind), None
    return (found, None) if class_attribute(what, "__get__") is None else (_MISSING, None)


def _told_of_call(callee: Any, args: tuple[Any, ...], site: OperationSite) -> None:
    if callee is vars and args:
        _remember_dict(args[0], type(args[0]))
    tell(site, calls.call(callee, args, listener.is_step))


def arguments(callee: Any, args: tuple[Any, ...], site: OperationSite) -> None:
    if type(callee) is _FUNCTION and not listener.is_step(callee):
        return
    _told_of_call(callee, args, site)


# What a call of the form `x.name(...)` has on the stack below its arguments: before 3.13 the receiver itself if the
# method is Python code.
_CALLED_BY_METHOD = (
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.MethodType,
    functools.partial,
    type,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)


def method_arguments(callee: Any, args: tuple[Any, ...], site: OperationSite) -> None:
    if issubclass(type(callee), _CALLED_BY_METHOD) or (type(callee) is _FUNCTION and listener.is_step(callee)):
        _told_of_call(callee, args, site)


def starred(callee: Any, values: Any, site: OperationSite) -> None:
    """`f(*values)`, whose walk over the values is announced already; a list or tuple shows what will be handed over."""
    if type(callee) is not _FUNCTION or listener.is_step(callee):
        _told_of_call(callee, tuple(values) if type(values) in (list, tuple) else (), site)


# --- walking, asking, comparing ---------------------------------------------------------------------------------------


def iterate(iterable: Any, site: OperationSite) -> Any:
    """The iterable itself, or an iterator in C that announces each step and then does it: no frame in between."""
    kind = type(iterable)
    if kind in IMMUTABLE:
        return iterable
    steps: Footprint
    base = family(kind)
    if base is not None:
        if in_python(kind, "__iter__"):
            return iterable
        keys = base in MAPPINGS or base is set
        steps = [Access(READ, iterable, SHAPE if keys else ITEMS)]
    elif kind in ALL_VIEWS:
        steps = footprints.reads((iterable,))
    elif kind is types.GeneratorType and site.name == "yield from":
        tell(site, footprints.stepped(iterable))  # `send` and `throw` go straight through to it
        return iterable
    else:
        steps = footprints.stepped(iterable)
    if not steps:
        return iterable
    if (base is not None and base not in (list, bytearray)) or kind in ALL_VIEWS:
        tell(site, footprints.shape(iterable))  # their iterators remember the shape that they began with
    stepping = map(_SECOND, iter(functools.partial(_tick, steps, site), None), iter(iterable))
    return map(functools.partial(_unpacked, site), stepping) if site.detail else stepping


_SECOND = {}.get  # type: ignore[var-annotated]  # {}.get(a, b) is b: the cheapest function in C that returns its second argument


def _tick(steps: Footprint, site: OperationSite) -> bool:
    tell(site, steps)
    return True


def _unpacked(site: OperationSite, value: Any) -> Any:
    if type(value) is not tuple:
        tell(site, footprints.reads((value,)))
    return value


def walk(container: Any, site: OperationSite) -> None:
    kind = type(container)
    if kind in IMMUTABLE:
        return
    if site.name == "format" and (family(kind) is None or in_python(kind, "__repr__") or in_python(kind, "__format__")):
        return
    tell(site, footprints.reads((container,)))


def truth(container: Any, site: OperationSite) -> None:
    if type(container) not in IMMUTABLE:
        tell(site, footprints.shape(container))


def binary(left: Any, right: Any, site: OperationSite) -> None:
    if type(left) in IMMUTABLE and type(right) in IMMUTABLE:
        return
    name = site.name
    if name == "in" or name == "not in":
        tell(site, footprints.contains(left, right))
    else:
        tell(site, footprints.operands(site.mode, left, right))


def enter(manager: Any, site: OperationSite) -> Any:
    return listener.enter(site, manager)


def case(subject: Any, site: OperationSite) -> None:
    found: Footprint = []
    _pattern(site.detail, subject, found)
    tell(site, found)


def _pattern(pattern: tuple[Any, ...], subject: Any, found: Footprint) -> None:
    """What trying a pattern (as `transform` describes it) reads: of the subject, and of what it holds now."""
    kind, *rest = pattern
    if kind == "or":
        for part in rest[0]:
            _pattern(part, subject, found)
    elif kind == "class":
        names, positional, parts = rest
        matched = class_attribute(type(subject), "__match_args__")
        names = [*(matched[:positional] if type(matched) is tuple else ()), *names]
        own = _own_dict(subject, type(subject)) or {}
        for index, name in enumerate(names):
            found += footprints.attributes(READ, subject, name)
            if index < len(parts) and parts[index] and name in own:
                _pattern(parts[index], own[name], found)
    elif kind == "mapping":
        for key, part in rest[0]:
            found += footprints.item(READ, subject, key)
            if part and type(subject) is dict and type(key) in IMMUTABLE and key in subject:
                _pattern(part, subject[key], found)
        if rest[1] or not rest[0]:
            found += footprints.reads((subject,))
    elif kind == "sequence":
        found += footprints.reads((subject,))
        if type(subject) in (list, tuple):
            for value, part in zip(subject, rest[0], strict=False):
                if part == "*":
                    break
                if part:
                    _pattern(part, value, found)
    elif kind == "value":
        found += footprints.operands(READ, subject, None)


__all__ = ["DELETE", "UPDATE"]
