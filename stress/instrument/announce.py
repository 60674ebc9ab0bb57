"""From a hook's operands to what the listener is told. Only reached while somebody listens.

Looks at types, dicts, slots and C iterators; never calls code of the user, never takes an attribute through a
descriptor, so that the operation that follows is the first to do so. Holds on to nothing, except a dict that was taken
from `__dict__` and its owner, as long as the owner lives: they are one object in two guises.
"""

from __future__ import annotations

import collections
import functools
import itertools
import types
from collections.abc import Callable, Sequence
from sys import _getframe, getrefcount
from typing import TYPE_CHECKING, Any, Final, cast

from stress._compat import DEFAULTDICT_KEEPS
from stress.events import DELETE, ITEMS, READ, SHAPE, UPDATE, VALUE, WHOLE, WRITE, Access, OperationSite, writes
from stress.instrument import attributes, calls, footprints, kinds, methods
from stress.instrument.attributes import Footprint
from stress.instrument.kinds import (
    ALL_VIEWS,
    C_FUNCTIONS,
    CONTAINERS,
    IMMUTABLE,
    MAPPINGS,
    PLAIN,
    PROXIES,
    SCALARS,
    WITHOUT_OWN_ATTRIBUTES,
    class_attribute,
    family,
    has_plain_attributes,
    in_python,
    is_c_method,
    is_class,
    is_one_access,
    is_python_class,
    keeps_state,
    made_in_python,
    managed_by_step,
    module_dict,
    more_than_attributes,
    one_access,
    plain_attributes,
    shares_dicts,
    watch,
)
from stress.instrument.lookup import MISSING, classes_asked, own_dict, peek, plain_method, value_at
from stress.instrument.private import NEVER, is_reached_by_count_alone

if TYPE_CHECKING:
    from stress.instrument.listener import Listener

__builtins__ = vars(kinds)["__builtins__"]

# Set together with the one in `hooks`; never None while a function here runs.
listener: Listener = cast(Any, None)

# The listener's `reached`, while it doesn't want to know of accesses; else None.
reached: Callable[[OperationSite, str], bool] | None = None

# How many references to an operand the calls from a hook down to here hold, where `getrefcount` stands in a function
# that the hook calls (see `private`); NEVER while private objects are announced too.
beyond = NEVER

# Called before it is asked who can reach an operand: whoever notes what is written lets go of it. None: nobody does.
settle: Callable[[], None] | None = None

_dicts = attributes.dicts
_FUNCTION = types.FunctionType
_MODULE = types.ModuleType
_DEFAULT = collections.defaultdict
_WITHOUT_FACTORY = CONTAINERS - {_DEFAULT}


def forget() -> None:
    forget_instances()
    kinds.forget()


def forget_instances() -> None:
    """Let go of the dicts that were taken from instances, and of these: none is used any more."""
    attributes.forget()


def tell(site: OperationSite, accesses: Footprint, private: tuple[Any, ...] = ()) -> bool:
    """Announce what is left of these accesses without those of private objects. Returns whether others ran meanwhile;
    then who found them by looking into objects finds them again, for `amend`."""
    if private:
        for access in accesses:
            if access.location is ITEMS and type(access.object) is set:
                listener.walks(access.object, site)
        accesses = _shared(accesses, private)
    if len(accesses) == 1:
        mode, owner, location = accesses[0]
        if _dicts and id(owner) in _dicts:
            mode, owner, location = _as_attribute(accesses[0])
        return listener.access(site, mode, owner, location)
    if not accesses:
        return False
    if _dicts:
        accesses = [_as_attribute(access) for access in accesses]
    return listener.step(site, accesses)


def _shared(accesses: Footprint, private: tuple[Any, ...]) -> Footprint:
    return [access for access in accesses if all(access.object is not one for one in private)]


def amend(accesses: Footprint, private: tuple[Any, ...] = ()) -> None:
    """What the operation does that was announced last, after others ran."""
    listener.amend([_as_attribute(access) for access in _shared(accesses, private)])


def _as_attribute(access: Access) -> Access:
    """An access to an instance's dict, as one to the instance's attributes."""
    known = _dicts.get(id(access.object))
    if known is None or (access.location[0] == "shape" and writes(access.mode)):
        return access  # the write of the item comes with it
    owner = known()
    if owner is None or shares_dicts(type(owner)) or attributes.dict_behind(owner, type(owner)) is not access.object:
        return access
    place = access.location
    return Access(
        access.mode,
        owner,
        ("attribute", place[1]) if place[0] == "item" and isinstance(place[1], str) else WHOLE,
    )


# --- attributes, items, names -----------------------------------------------------------------------------------------


def attribute(owner: Any, site: OperationSite) -> None:
    kind = type(owner)
    if (
        (told := reached) is not None
        and (id(kind) in one_access or is_one_access(kind))
        and (site.own < 0 or getrefcount(owner) != beyond + site.own)
    ):
        told(site, site.mode)
        return
    if (done := settle) is not None:
        done()
    plain = plain_attributes.get(id(kind))
    if plain is None:
        plain = has_plain_attributes(kind)
    if plain and (site.own < 0 or getrefcount(owner) != beyond + site.own):  # as `_attribute` has it, at less cost
        if site.mode is not READ:
            if not site.detail:
                listener.access(site, site.mode, owner, site.location)
                return
        else:
            name = site.name
            for base in kind.__mro__:
                if name in base.__dict__:
                    break
            else:
                if listener.access(site, READ, owner, site.location):
                    amend(_read(owner, kind, site, classes_asked(owner, kind, name)))
                return
    if kind in WITHOUT_OWN_ATTRIBUTES:
        if kind in PROXIES:
            tell(site, attributes.of_proxy(site.mode, owner, site.name))
        if not (kind is _DEFAULT and site.name == "default_factory"):
            return
    private = site.own >= 0 and getrefcount(owner) == beyond + site.own and is_reached_by_count_alone(owner)
    _attribute(owner, kind, site, private)


def _attribute(owner: Any, kind: type, site: OperationSite, private: bool) -> None:
    mode = site.mode
    if mode is not READ:
        if kind is _DEFAULT:
            tell(site, [Access(mode, owner, WHOLE)], (owner,) if private else ())  # each miss asks for it
        elif site.detail or more_than_attributes.get(id(kind), True) or issubclass(kind, _MODULE):
            accesses = attributes.stored(mode, owner, site.name) + footprints.by_step(mode, owner, site.name)
            tell(site, accesses, (owner,) if private else ())
        elif not private:
            owner, location = attributes.place(owner, site.name)
            listener.access(site, mode, owner, location)
        return
    if issubclass(kind, _MODULE):
        tell(site, attributes.of_module(owner, site.name))
        return
    if site.name in attributes.DICTS:
        attributes.remember_dict(owner, kind, site.name)
    if issubclass(kind, type) and not made_in_python(owner):
        return  # what is in a C type never changes
    asked = classes_asked(owner, kind, site.name)
    if asked or kind is super or more_than_attributes.get(id(kind), True):
        ran = tell(site, _read(owner, kind, site, asked), (owner,) if private else ())
    elif private:
        return
    else:
        place, location = attributes.place(owner, site.name)
        ran = listener.access(site, READ, place, location)
    if ran:
        asked = classes_asked(owner, kind, site.name)
        amend(_read(owner, kind, site, asked), (owner,) if private else ())


def _read(owner: Any, kind: type, site: OperationSite, asked: Sequence[type]) -> Footprint:
    """What is read of an object, and of the classes that are asked."""
    if kind is super:
        return [Access(READ, base, site.location) for base in asked]
    accesses = [Access(READ, *attributes.place(owner, site.name))]
    for base in asked:
        accesses.append(Access(READ, base, site.location))
    if more_than_attributes.get(id(kind), True):
        accesses += attributes.of_dict(READ, owner, kind, site.name)
        accesses += footprints.by_step(READ, owner, site.name)
    return accesses


def item(owner: Any, key: Any, site: OperationSite) -> None:
    mode = site.mode
    if mode is READ and family(type(owner)) is _DEFAULT and _makes_in_python(owner, key):
        _make_missing(owner, key, site)
        return
    if (done := settle) is not None:
        done()
    private = site.own >= 0 and getrefcount(owner) == beyond + site.own and is_reached_by_count_alone(owner)
    if private and type(owner) in _WITHOUT_FACTORY and (type(key) in PLAIN or not footprints.asked_of_key(key, owner)):
        return  # that is all that it would touch
    if tell(site, footprints.item(mode, owner, key), (owner,) if private else ()) and family(type(owner)) is _DEFAULT:
        if mode is READ and _makes_in_python(owner, key):
            _make_missing(owner, key, site)
        else:
            amend(footprints.item(mode, owner, key))


def stored_slice(owner: Any, key: Any, value: Any, site: OperationSite) -> None:
    """`owner[a:b] = value`, which walks over the value."""
    if (done := settle) is not None:
        done()
    kind = type(owner)
    private = site.own >= 0 and getrefcount(owner) == beyond + site.own and is_reached_by_count_alone(owner)
    found: Footprint = []
    # A new list is on the value stack alone.
    if not (getrefcount(value) == beyond + 1 and is_reached_by_count_alone(value)):
        found = footprints.reads((value,)) if family(kind) is not None and not in_python(kind, "__setitem__") else []
    if found or not (private and kind in CONTAINERS):
        tell(site, footprints.item(WRITE, owner, key) + found, (owner,) if private else ())


def _makes_in_python(owner: Any, key: Any) -> bool:
    factory = footprints.factory_of(owner)
    kind = type(owner)
    if factory is None or _is_c(factory) or in_python(kind, "__missing__") or in_python(kind, "__getitem__"):
        return False
    return footprints.lacks(owner, key)


def _is_c(factory: Any) -> bool:
    while issubclass(type(factory), functools.partial):
        factory = factory.func
    if is_class(factory):
        return not made_in_python(factory)
    return type(factory) in (types.BuiltinFunctionType, types.MethodWrapperType)


def _make_missing(owner: Any, key: Any, site: OperationSite) -> None:
    """A defaultdict whose factory is Python code reads, calls it and stores: two operations, with the factory's own in
    between. The store is done here and the read that follows finds it."""
    place = footprints.key(key)
    listener.access(site, READ, owner, ("item", place))
    if dict.__contains__(owner, key):
        return
    made = footprints.factory_of(owner)()
    listener.step(site, [Access(WRITE, owner, ("item", place)), Access(WRITE, owner, ("shape", place))])
    (dict.setdefault if DEFAULTDICT_KEEPS else dict.__setitem__)(owner, key, made)


def closure(cell: Any, site: OperationSite) -> None:
    listener.access(site, site.mode, cell, VALUE)


def closures(cells: Sequence[Any], site: OperationSite) -> None:
    tell(site, [Access(READ, cell, VALUE) for cell in cells])


def global_(site: OperationSite) -> None:
    listener.access(site, site.mode, _getframe(2).f_globals, ("item", site.name))


def naming_global(site: OperationSite) -> Any:
    module = _getframe(2).f_globals

    def name(named: Any) -> Any:
        listener.access(site, site.mode, module, ("item", site.name))
        return named

    return name


def imported(site: OperationSite) -> None:
    level, names = site.detail
    tell(site, attributes.imported(_getframe(2).f_globals, site.name, level, names))


# --- calls ------------------------------------------------------------------------------------------------------------


# As Access(*...), all in C: the name of a method is what is asked for most.
_access: Callable[[tuple[str, Any, Any]], Access] = functools.partial(tuple.__new__, Access)


class _Receiver:
    """Stands in for an object while one method is taken from it: what is called is a bound method, which the next hook
    can look at."""

    __slots__ = ("__dict__",)


def _receiver(name: str, callee: Any) -> Any:
    if name == "__class__":  # of which each class has its own
        return _late(name)(_SECOND, (None,), (callee,))
    stand_in = _Receiver()
    stand_in.__dict__[name] = callee
    return stand_in


@functools.cache
def _late(name: str) -> type[map[Any]]:
    """Stand-ins whose attribute of this name is what they yield: all of it in C, so that no frame of ours is seen."""
    return type("late", (map,), {name: property(map.__next__)})


def call(callee: Any, site: OperationSite) -> Any:
    new = listener.call(site, callee)
    if new is callee and not (site.announced_later or _announces_itself(callee)):
        _told_of_call(callee, (), site)
    return new


def given(value: Any, site: OperationSite) -> None:
    """What a lambda, a generator or a generator expression gives, into which C code that called it may look."""
    if listener.looks_into(site) and (found := footprints.through((value,))):
        listener.given(site, found)


def call_global(site: OperationSite) -> Any:
    module = _getframe(2).f_globals
    name = site.name
    if (told := reached) is not None:
        told(site, READ)
    else:
        listener.access(site, READ, module, site.location)
    callee = module.get(name, MISSING)
    if callee is MISSING:
        names = module.get("__builtins__")
        callee = (names if type(names) is dict else getattr(names, "__dict__", {})).get(name, MISSING)
        if callee is MISSING:
            return None  # the load that follows raises NameError
    new = call(callee, site)
    return None if new is callee else new


class _Own(functools.partial):  # type: ignore[type-arg]
    """The method of a private container, on its way to the hook that is told the arguments: nobody else can have it."""

    __slots__ = ()


def method(owner: Any, site: OperationSite) -> Any:
    kind = type(owner)
    name = site.name
    if (told := reached) is not None and kind is _MODULE:
        callee = module_dict(owner).get(name)
        if type(callee) is _FUNCTION or type(callee) is type:
            if told(site, READ):
                callee = module_dict(owner).get(name, MISSING)
            return owner if callee is MISSING else _method(owner, callee, None, site)
    if (done := settle) is not None:
        done()
    callee, asked = plain_method(owner, kind, name)
    private = (
        not (asked and told is not None)
        and site.own >= 0
        and getrefcount(owner) == beyond + site.own
        and is_reached_by_count_alone(owner)
    )
    if asked:
        if told is not None:
            ran = told(site, READ)
        else:
            location = site.location
            accesses = [] if private else [_access((READ, owner, location))]
            for base in asked:
                accesses.append(_access((READ, base, location)))
            ran = tell(site, accesses) if private else listener.step(site, accesses)
        if not ran or plain_method(owner, kind, name)[0] is callee:
            return _method(owner, callee, owner, site)
        # Another thread has put another one there meanwhile.
        if told is None:
            amend(_read(owner, kind, site, classes_asked(owner, kind, name)), (owner,) if private else ())
    elif kind in CONTAINERS or kind in IMMUTABLE or (family(kind) is not None and _takes_c_method(owner, kind, name)):
        return _c_method(owner, name, site, private)
    callee, binds = peek(owner, kind, name)
    if not asked and kind in PROXIES:
        tell(site, attributes.of_proxy(READ, owner, name))
    elif not asked and (type(callee) not in C_FUNCTIONS or callee.__self__ is not owner):
        _attribute(owner, kind, site, private)
        callee, binds = peek(owner, kind, name)  # once more: another thread may have run meanwhile
    # else it is a C type's own method: it never changes
    if callee is not MISSING:
        return _method(owner, callee, binds, site)
    if name.startswith("__"):  # those of `map` itself; special methods are taken from classes
        return owner
    # Code of the user's gives it (__getattr__, a property), in its turn: what it gives is looked at then.
    plain = class_attribute(kind, "__getattribute__") is _GETATTRIBUTE and class_attribute(kind, "__getattr__") is None
    take = _GETATTRIBUTE if plain else getattr  # which would put the name into an AttributeError of a property
    return _late(name)(functools.partial(call, site=site), map(take, (owner,), (name,)))


def _method(owner: Any, callee: Any, binds: Any, site: OperationSite) -> Any:
    name = site.name
    new = listener.call(site, callee)
    if new is not callee:
        return _receiver(name, types.MethodType(new, binds) if binds is not None else new)
    if type(callee) is _FUNCTION and not listener.is_step(callee):
        return owner
    if site.announced_later:
        if type(callee) is _FUNCTION:
            return _receiver(name, types.MethodType(callee, binds) if binds is not None else callee)
        return _receiver(name, callee) if _has_footprint(callee) else owner
    if not _announces_itself(callee):
        _told_of_call(callee if binds is None else types.MethodType(callee, binds), (), site)
    return owner


def _takes_c_method(owner: Any, kind: type, name: str) -> bool:
    """Whether an instance of a container's subclass has its C method under this name, and takes it the built-in way."""
    c_code = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)
    if type(class_attribute(kind, name)) not in c_code or in_python(kind, "__getattribute__"):
        return False
    own = own_dict(owner, kind)
    return own is None or name not in own


def _has_footprint(callee: Any) -> bool:
    return type(callee) in C_FUNCTIONS or type(callee) is types.MethodWrapperType


def _c_method(owner: Any, name: str, site: OperationSite, private: bool) -> Any:
    """A method of a built-in container: to take it is no operation, to call it is one."""
    try:
        bound = getattr(owner, name)
    except AttributeError:
        return owner  # the load that follows raises it
    if site.announced_later:
        return _receiver(name, _Own(bound) if private and type(bound) is types.BuiltinFunctionType else bound)
    if not private:
        _told_of_call(bound, (), site)
    elif name == "pop" and type(owner) is set:
        listener.walks(owner, site)
    return owner


def _announces_itself(callee: Any) -> bool:
    """Whether a call is surely no operation: of Python code, which announces its own."""
    kind = type(callee)
    if kind is _FUNCTION:
        return not listener.is_step(callee)
    return kind is type and is_python_class(callee) and not listener.is_step(callee)


_GETATTRIBUTE = object.__getattribute__


def _told_of_call(callee: Any, args: tuple[Any, ...], site: OperationSite, private: tuple[Any, ...] = ()) -> None:
    for each in args:
        if type(each) is frozenset or callee is hash:
            _shows_hashes(callee, args, site)
            break
    if tell(site, calls.call(callee, args, listener.is_step), private):
        amend(calls.call(callee, args, listener.is_step), private)


_ITERATORS: Final = (
    iter,
    enumerate,
    zip,
    map,
    filter,
    *(kind for kind in vars(itertools).values() if type(kind) is type),
)


def _shows_hashes(callee: Any, args: tuple[Any, ...], site: OperationSite) -> None:
    """Tells that a frozenset is walked, where a set in its place would be; or that a hash is asked for, and not to make
    another one of it."""
    for index, each in enumerate(args):
        if type(each) is frozenset:
            like: set[Any] = set(each)
            accesses = calls.call(callee, (*args[:index], like, *args[index + 1 :]), listener.is_step)
            walked = any(access.object is like and access.location in (ITEMS, WHOLE) for access in accesses)
            if walked or any(callee is kind for kind in _ITERATORS):
                listener.walks(each, site)
    if callee is hash and not site.function.endswith("__hash__"):
        listener.walks(args, site)


def announce_call(callee: Any, args: Sequence[Any], site: OperationSite) -> None:
    """A call in C that no instrumented code makes: a thread's target, say."""
    _told_of_call(callee, tuple(args), site)


def _private_arguments(args: tuple[Any, ...], site: OperationSite) -> tuple[Any, ...]:
    """Those arguments that are private: `args`, the hook's parameter and the value stack below hold each of them."""
    if beyond is NEVER or not site.owns:
        return ()
    if (done := settle) is not None:
        done()
    return tuple(
        [
            args[i]
            for i, own in enumerate(site.owns)
            if own >= 0 and getrefcount(args[i]) == 3 + own and is_reached_by_count_alone(args[i])
        ]
    )


def arguments(callee: Any, args: tuple[Any, ...], site: OperationSite) -> None:
    if not _announces_itself(callee):
        _told_of_call(callee, args, site, _private_arguments(args, site))


# What a call of the form `x.name(...)` has on the stack below its arguments: before 3.13 the receiver itself if the
# method is Python code.
_CALLED_BY_METHOD = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.MethodType,
    functools.partial,
    type,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)


# Of what is in a list, compared with what isn't a scalar; or for a key that is none.
_LOOKING_INSIDE = frozenset(("index", "count", "remove", "get", "pop", "setdefault", "add", "discard", "__contains__"))


def method_arguments(callee: Any, args: tuple[Any, ...], site: OperationSite) -> None:
    if type(callee) is _Own:
        bound: Any = callee.func
        private = _private_arguments(args, site)
        # It holds its receiver, and the value stack does.
        if getrefcount(bound.__self__) == 2 + site.own and is_reached_by_count_alone(bound.__self__):
            private += (bound.__self__,)
            if (
                (type(args[-1]) in SCALARS or (type(args[-1]) in IMMUTABLE and bound.__name__ not in _LOOKING_INSIDE))
                and len(args) == 1
                and type(bound.__self__) in CONTAINERS
            ):
                _shows_hashes(bound, args, site)
                return  # nothing else is touched
        _told_of_call(bound, args, site, private)
    elif issubclass(type(callee), _CALLED_BY_METHOD) and not _announces_itself(callee):
        _told_of_call(callee, args, site, _private_arguments(args, site))


def starred(callee: Any, values: Any, site: OperationSite) -> None:
    """`f(*values)`: the values are walked over and the call is made in one step; a list or tuple shows what will be
    handed over."""
    if (done := settle) is not None:
        done()
    private = site.owns[0] >= 0 and getrefcount(values) == beyond + site.owns[0] and is_reached_by_count_alone(values)
    _walked_and_called(callee, values, (), site, (values,) if private else ())


def gathered(callee: Any, values: Any, names: dict[str, Any], site: OperationSite) -> None:
    """Any other call with stars, or one with many arguments: they are in a tuple and a dict of their own by now, except
    that the only positional one, if it has a star, is walked over by the call (`detail`)."""
    if site.detail:
        _walked_and_called(callee, values, tuple(names.values()), site, ())
    elif type(callee) is not _FUNCTION or listener.is_step(callee):
        _told_of_call(callee, (*values, *names.values()), site)


def _walked_and_called(
    callee: Any, values: Any, more: tuple[Any, ...], site: OperationSite, private: tuple[Any, ...]
) -> None:
    def footprint() -> Footprint:
        found = footprints.reads((values,))
        if type(callee) is not _FUNCTION or listener.is_step(callee):
            args = (*(footprints.held(values) if isinstance(values, (list, tuple)) else ()), *more)
            found += calls.call(callee, args, listener.is_step)
        return found

    if type(values) is frozenset:
        listener.walks(values, site)
    if tell(site, footprint(), private):
        amend(footprint(), private)


# --- walking, asking, comparing ---------------------------------------------------------------------------------------


def iterate(iterable: Any, site: OperationSite) -> Any:
    """The iterable itself, or an iterator in C that announces each step and then does it: no frame in between."""
    kind = type(iterable)
    if kind is frozenset:
        listener.walks(iterable, site)
    if kind in IMMUTABLE:
        apart = site.detail and kind is tuple and any(footprints.unpacked(value, site.detail) for value in iterable)
        return map(functools.partial(_unpacked, site), iterable) if apart else iterable
    if (done := settle) is not None:
        done()
    private = site.own >= 0 and getrefcount(iterable) == beyond + site.own and is_reached_by_count_alone(iterable)
    steps: Footprint
    base = family(kind)
    if in_python(kind, "__iter__"):
        return _Iterable(iterable, site)
    if base is not None:
        if base is set:
            listener.walks(iterable, site)
        keys = base in MAPPINGS or base is set
        steps = [Access(READ, iterable, SHAPE if keys else ITEMS)]
    elif kind in ALL_VIEWS or kind is memoryview:
        steps = footprints.reads((iterable,))
    elif kind is types.GeneratorType and site.name == "yield from":
        tell(site, footprints.stepped(iterable))  # `send` and `throw` go straight through to it
        return iterable
    else:
        steps = footprints.stepped(iterable) or footprints.walked_by_others(iterable)
        if footprints.goes_on_to_others(steps):
            return _stepping(_tick_anew, iterable, site, iterable)
    if not steps:
        return iterable
    if (base is not None and base not in (list, bytearray)) or kind in ALL_VIEWS:
        # Their iterators remember the shape that they began with.
        tell(site, footprints.shape(iterable), (iterable,) if private else ())
    tick = _tick
    if private and steps[0].object is iterable:
        tick = _tick_own_list if kind is list else _tick_own
    try:
        iterator = iter(iterable)
    except Exception:  # what is of others in C may not be walked over after all: that is raised where it stands
        return iterable
    return _stepping(tick, steps, site, iterator)


def _stepping(tick: Callable[[Any, OperationSite], bool], what: Any, site: OperationSite, iterator: Any) -> Any:
    steps = map(_SECOND, iter(functools.partial(tick, what, site), None), iterator)
    return map(functools.partial(_unpacked, site), steps) if site.detail else steps


class _Iterable:
    """Stands for an object whose `__iter__` is Python code. That is called as it would have been: all is done in C, and
    what it gives is looked at then."""

    __slots__ = ("__iter__",)

    def __init__(self, iterable: Any, site: OperationSite) -> None:
        own = footprints.stepping(("__iter__",), iterable)
        if own:
            tell(site, own)
        made = map(functools.partial(_walked_by_python, site, own), map(iter, (iterable,)))
        self.__iter__ = functools.partial(next, made)


def _walked_by_python(site: OperationSite, own: Footprint, iterator: Any) -> Any:
    if type(iterator) is types.GeneratorType and not (own or footprints.goes_on_by_step(iterator)):
        return iterator
    steps = own + footprints.stepped(iterator)
    if not steps:
        return iterator
    if footprints.goes_on_to_others(steps):
        return _stepping(_tick_anew, iterator, site, iterator)
    return _stepping(_tick, steps, site, iterator)


_SECOND = {}.get  # type: ignore[var-annotated]  # {}.get(a, b) is b: the cheapest function in C that returns its second argument


def _tick(steps: Footprint, site: OperationSite) -> bool:
    tell(site, steps)
    return True


def _tick_anew(iterator: Any, site: OperationSite) -> bool:
    """The same of an iterator that goes from one container to the next."""
    if tell(site, footprints.stepped(iterator)):
        amend(footprints.stepped(iterator))
    return True


def _tick_own(steps: Footprint, site: OperationSite) -> bool:
    """The same for what was private when the walk began, and may not be any more: besides the function that walks over
    it, its iterator (or, if it is one, the `map` around it), the access and the value stack hold it."""
    if getrefcount(steps[0].object) == 3 + site.own and is_reached_by_count_alone(steps[0].object):
        if len(steps) > 1:
            tell(site, steps[1:])
    else:
        tell(site, steps)
    return True


def _tick_own_list(steps: Footprint, site: OperationSite) -> bool:
    """The same, of a list, which nothing but a counted reference leads to, and which is all that a step touches."""
    if getrefcount(steps[0].object) != 3 + site.own:
        tell(site, steps)
    return True


def _unpacked(site: OperationSite, value: Any) -> Any:
    if type(value) is not tuple or site.detail > 1:
        _take_apart(site, value)
    return value


def _take_apart(site: OperationSite, value: Any, private: tuple[Any, ...] = ()) -> None:
    if tell(site, footprints.unpacked(value, site.detail), private) and site.detail > 1:
        amend(footprints.unpacked(value, site.detail), private)


def _look_through(site: OperationSite, value: Any, private: tuple[Any, ...] = ()) -> None:
    if tell(site, footprints.through((value,)), private):
        amend(footprints.through((value,)), private)


def walk(container: Any, site: OperationSite) -> None:
    kind = type(container)
    if kind is set or kind is frozenset:
        listener.walks(container, site)
    if kind in IMMUTABLE:
        if site.detail > 1:
            _take_apart(site, container)
        elif kind is tuple and site.name == "format":
            _look_through(site, container)
        return
    if (done := settle) is not None:
        done()
    private = site.own >= 0 and getrefcount(container) == beyond + site.own and is_reached_by_count_alone(container)
    if site.name != "format":
        _take_apart(site, container, (container,) if private else ())
    elif (
        footprints.looking(container)
        or not (in_python(kind, "__repr__") or in_python(kind, "__format__"))
        or issubclass(kind, (BaseException, tuple))  # whose text may be C code's, all the same
    ):
        _look_through(site, container, (container,) if private else ())


def truth(container: Any, site: OperationSite) -> None:
    if type(container) not in IMMUTABLE:
        if (done := settle) is not None:
            done()
        private = site.own >= 0 and getrefcount(container) == beyond + site.own and is_reached_by_count_alone(container)
        if not private:
            tell(site, footprints.shape(container))


def binary(left: Any, right: Any, site: OperationSite) -> None:
    if (done := settle) is not None:
        done()
    private: tuple[Any, ...] = ()
    if site.own >= 0 and getrefcount(left) == beyond + site.own and is_reached_by_count_alone(left):
        private = (left,)
    if site.owns[0] >= 0 and getrefcount(right) == beyond + site.owns[0] and is_reached_by_count_alone(right):
        private += (right,)
    name = site.name
    if name == "in" or name == "not in":
        if tell(site, footprints.contains(left, right), private):
            amend(footprints.contains(left, right), private)
    elif name in _LOOKING_INTO and name != "%" and (type(left) in SCALARS or type(right) in SCALARS):
        found = footprints.foreign(READ, left) + footprints.foreign(READ, right)
        tell(site, found + footprints.looking(left) + footprints.looking(right), private)
    elif name in _LOOKING_INTO:
        also = footprints.filled(right) if name == "%" else []
        if tell(site, footprints.compared(left, right) + also, private):
            amend(footprints.compared(left, right) + also, private)
    else:
        tell(site, footprints.operated(site.mode, left, right, name), private)


def unary(operand: Any, site: OperationSite) -> None:
    if (done := settle) is not None:
        done()
    private = site.own >= 0 and getrefcount(operand) == beyond + site.own and is_reached_by_count_alone(operand)
    if not private:
        found = footprints.operands(READ, operand, None)
        if made_in_python(type(operand)):
            found += footprints.stepping((_OF_ONE[site.name],), operand)
        tell(site, found)


_OF_ONE = {"+": "__pos__", "-": "__neg__", "~": "__invert__"}
_LOOKING_INTO = frozenset(("==", "!=", "<", "<=", ">", ">=", "%"))


def enter(manager: Any, site: OperationSite) -> Any:
    new = listener.enter(site, manager)
    if new is not manager:
        return new
    kind = type(manager)
    if not in_python(kind, "__exit__"):
        return _Manager(manager, kind, site) if keeps_state(kind) and is_c_method(kind, "__exit__") else manager
    by_step = managed_by_step.get(id(kind))
    if by_step is None:
        by_step = any(footprints.stepping((name,), manager) for name in ("__enter__", "__exit__"))
        managed_by_step[watch(kind)] = by_step
    return _Manager(manager, kind, site) if by_step else manager


class _Manager:
    """Stands in a `with` statement for a manager that is entered and left in one step each, or left by C code."""

    __slots__ = ("_kind", "_manager", "_site")

    def __init__(self, manager: Any, kind: type, site: OperationSite) -> None:
        self._manager = manager
        self._kind: Any = kind
        self._site = site

    def __enter__(self) -> Any:
        tell(self._site, footprints.stepping(("__enter__",), self._manager))
        return self._kind.__enter__(self._manager)

    def __exit__(self, *raised: Any) -> Any:
        if in_python(self._kind, "__exit__"):
            tell(self._site, footprints.stepping(("__exit__",), self._manager))
        else:
            tell(self._site, methods.method(self._manager, "__exit__", raised))
        return self._kind.__exit__(self._manager, *raised)


def case(subject: Any, site: OperationSite) -> None:
    found: Footprint = []
    _pattern(site.detail, subject, found)
    if tell(site, found):
        found = []
        _pattern(site.detail, subject, found)
        amend(found)


def _inside(pattern: Any, value: Any) -> Footprint:
    found: Footprint = []
    if pattern:
        _pattern(pattern, value, found)
    return found


def _pattern(pattern: tuple[Any, ...], subject: Any, found: Footprint) -> None:
    """What trying a pattern (as `transform` describes it) reads: of the subject, and of what it holds now."""
    kind, *rest = pattern
    if kind == "or":
        for part in rest[0]:
            _pattern(part, subject, found)
    elif kind == "class":
        names, positional, parts = rest
        matched = class_attribute(type(subject), "__match_args__")
        if type(matched) is tuple:
            names = [*matched[:positional], *names]
        elif positional:  # `case list(x)`: the subject itself
            found += _inside(parts[0], subject)
            parts = parts[1:]
        for index, name in enumerate(names):
            found += attributes.attributes(READ, subject, name)
            if index < len(parts) and parts[index]:
                value = value_at(subject, ("attribute", name), MISSING)
                found += _inside(parts[index], value) if value is not MISSING else []
    elif kind == "mapping":
        for key, part in rest[0]:
            found += footprints.item(READ, subject, key)
            if part and family(type(subject)) in MAPPINGS and type(key) in IMMUTABLE:
                _pattern(part, dict.get(subject, key), found)
        if rest[1] or not rest[0]:
            found += footprints.reads((subject,))
    elif kind == "sequence":
        found += footprints.reads((subject,))
        for value, part in zip(footprints.held(subject), rest[0], strict=False):
            if part == "*":
                break
            if part:
                _pattern(part, value, found)
    elif kind == "value":
        found += footprints.compared(subject, None)


__all__ = ["DELETE", "UPDATE"]
