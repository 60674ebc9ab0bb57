"""How an attribute is found: by which class or dict, and what a call of it will reach; told without running anything of
the user's.

Follows the language's rules for the cases that can be told beforehand, and says so where only the real load can tell.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

from stress.events import Location
from stress.instrument import kinds
from stress.instrument.kinds import (
    WITH_DICTS,
    class_attribute,
    dict_of,
    has_plain_dict,
    in_python,
    is_class,
    looks_up_plainly,
    made_in_python,
    module_dict,
    mro_of,
    plain_lookups,
)

__builtins__ = vars(kinds)["__builtins__"]

MISSING = object()
_FUNCTION = types.FunctionType
_MODULE = types.ModuleType
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


def own_dict(owner: Any, kind: type) -> dict[str, Any] | None:
    """An instance's dict, without running anything of the user's; None if it has none."""
    if not has_plain_dict(kind):
        return None
    try:
        found = object.__getattribute__(owner, "__dict__")
    except (AttributeError, TypeError):
        return None
    return found if type(found) is dict else None


def attribute_values(owner: Any, kind: type) -> list[Any]:
    """What an instance of a class made in Python has in its dict and its slots."""
    names = [
        name
        for base in mro_of(kind) or ()
        for name, slot in dict_of(base).items()
        if type(slot) is types.MemberDescriptorType and made_in_python(base)
    ]
    return [*(own_dict(owner, kind) or {}).values(), *(value_at(owner, ("attribute", name), None) for name in names)]


def classes_asked(owner: Any, kind: type, name: str) -> Sequence[type]:
    """The classes written in Python that a read of `owner.name` asks, up to the one whose value it takes; none if the
    value is an instance's own, or isn't there.

    A class that holds the value of a slot isn't counted: nobody replaces that. Nor are classes that are asked in vain,
    for an attribute of the instance: only a descriptor put there meanwhile would be noticed.
    """
    if kind is super:
        instance, this = owner.__self__, owner.__thisclass__
        mro = () if instance is None else mro_of(instance if is_class(instance) else type(instance)) or ()
        mro = mro[mro.index(this) + 1 :] if this in mro else ()
    else:
        start = owner if issubclass(kind, type) else kind
        mro = start.__mro__ if type(start) is type else mro_of(start) or ()
        if start is owner and kind is not type:
            mro = _with_metaclasses(mro, kind, name)
    for base in mro:
        names = base.__dict__ if type(base) is type else dict_of(base)
        if name in names:
            if not made_in_python(base) or type(names[name]) in _SLOTS or _shadowed(owner, kind, name, names):
                return ()
            return [each for each in mro[: mro.index(base) + 1] if each is not owner and made_in_python(each)]
    return ()


def _with_metaclasses(mro: tuple[type, ...], kind: type, name: str) -> tuple[type, ...]:
    """All classes that a class is looked up in: its metaclasses come last, or first if theirs is a descriptor that is
    asked first."""
    metaclasses = mro_of(kind) or ()
    first = class_attribute(type(class_attribute(kind, name)), "__set__") is not None
    return (*metaclasses, *mro) if first else (*mro, *metaclasses)


def _shadowed(owner: Any, kind: type, name: str, names: Any) -> bool:
    """Whether an instance has a value of its own under this name, and no descriptor of its class is asked first."""
    if kind is super:
        return False
    own = own_dict(owner, kind)
    return own is not None and name in own and class_attribute(type(names[name]), "__set__") is None


def has_value(owner: Any, kind: type, name: str, of_class: Any) -> bool:
    """Whether an instance has an attribute, if its class has this one of that name (None for nothing)."""
    own = own_dict(owner, kind)
    if own is not None and name in own:
        return True
    if type(of_class) is types.MemberDescriptorType:
        try:
            of_class.__get__(owner, kind)
        except AttributeError:
            return False
    return of_class is not None


def plain_method(owner: Any, kind: type, name: str) -> tuple[Any, tuple[type, ...]]:
    """The function that `owner.name(...)` calls, and the classes that were asked for it, if it is as plain as nearly
    all are: what `peek` and `classes_asked` tell, several times as fast. (None, ()) otherwise."""
    try:
        dicts = plain_lookups[id(kind)]
    except KeyError:
        dicts = looks_up_plainly(kind)
    if not dicts:
        return None, ()
    found = kind.__dict__.get(name)
    asked: tuple[type, ...] = (kind,)
    if type(found) is not _FUNCTION:
        if found is not None:
            return None, ()
        for base in kind.__mro__[1:]:
            asked += (base,)
            if name in base.__dict__:
                found = base.__dict__[name]
                break
        if type(found) is not _FUNCTION or not all(map(made_in_python, asked)):
            return None, ()
    if dicts == WITH_DICTS and name in object.__getattribute__(owner, "__dict__"):
        return None, ()
    return found, asked


def peek(owner: Any, kind: type, name: str) -> tuple[Any, Any]:
    """What `owner.name(...)` calls, as (callable, what it is bound to or None); (MISSING, None) where only the real
    load can tell."""
    if issubclass(kind, _MODULE):
        return module_dict(owner).get(name, MISSING), None
    if issubclass(kind, type):
        found = _peek_class(owner, mro_of(owner) or (), name, owner)
        if found[0] is MISSING and class_attribute(owner, name) is None:
            of_metaclass = class_attribute(kind, name)
            return (of_metaclass, owner) if type(of_metaclass) is _FUNCTION else found
        return found
    if in_python(kind, "__getattribute__"):
        return MISSING, None
    if kind is super:
        instance, this = owner.__self__, owner.__thisclass__
        if instance is None:
            return MISSING, None
        mro = mro_of(instance if is_class(instance) else type(instance)) or ()
        if this not in mro:
            return MISSING, None
        return _peek_class(instance, mro[mro.index(this) + 1 :], name, None if is_class(instance) else instance)
    own = own_dict(owner, kind)
    found = class_attribute(kind, name)
    if own is not None and name in own and class_attribute(type(found), "__set__") is None:
        return own[name], None
    if found is None:
        return MISSING, None
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
            return (found, None) if class_attribute(type(found), "__get__") is None else (MISSING, None)
    return MISSING, None


def _bound(found: Any, owner: Any, kind: Any) -> tuple[Any, Any]:
    what = type(found)
    if what is _FUNCTION:
        return found, owner
    if what is staticmethod:
        return found.__func__, None
    if what is classmethod:
        return (found.__func__, kind) if type(found.__func__) is _FUNCTION else (MISSING, None)
    if what in (types.MethodDescriptorType, types.WrapperDescriptorType):
        return found.__get__(owner, kind), None
    if what is types.MemberDescriptorType:  # a slot: reading it runs nobody's code
        try:
            return found.__get__(owner, kind), None
        except AttributeError:
            return MISSING, None
    return (found, None) if class_attribute(what, "__get__") is None else (MISSING, None)


def value_at(owner: Any, location: Location, unknown: Any) -> Any:
    """What is at a location now, found without running anything of the user's; `unknown` where that can't be told."""
    space, key = location
    kind = type(owner)
    if space == "item":
        if issubclass(kind, dict) and type(key) in (str, int, bool, bytes):
            return dict.get(owner, key, unknown)
        for sequence in (list, tuple):
            if issubclass(kind, sequence) and type(key) is int and 0 <= key < sequence.__len__(owner):
                return sequence.__getitem__(owner, key)
    elif space == "value" and kind is types.CellType:
        try:
            return owner.cell_contents
        except ValueError:  # it is empty
            return unknown
    elif space == "attribute":
        if is_class(owner):
            return dict_of(owner).get(key, unknown)
        slot = class_attribute(kind, key)
        if in_python(kind, "__getattribute__"):
            return unknown
        own = own_dict(owner, kind)
        if own is not None and key in own and class_attribute(type(slot), "__set__") is None:
            return own[key]
        if type(slot) is types.MemberDescriptorType:
            try:
                return slot.__get__(owner, kind)
            except AttributeError:
                return unknown
        if slot is not None and class_attribute(type(slot), "__get__") is None:
            return slot  # the class's own, as long as the instance has none
    return unknown
