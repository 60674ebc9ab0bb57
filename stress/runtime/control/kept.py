"""What the modules under test keep from one execution to the next, and how it is put back.

Where something is made once in a process (a global that is None at first, a cache, an attribute of a class), only the
first execution makes it, and all others find it made. To explore the making, what these modules hold is remembered
before anything of them runs, and can be put back before each execution.

Put back is only what executions read: whoever gathers results in a module finds them there.

Remembered is what leads from a module's globals, through its own functions (defaults, closures, attributes), its own
classes, modules beside it that it names, and containers and instances of its own and the standard library's classes.
Not seen: what C code keeps (but for `functools.cache`), what other modules keep, what hangs on a scenario's own
arguments or closure. Where an execution changes what can't be put back, that is noted. Nothing of the user's is called.
"""

from __future__ import annotations

import _thread
import functools
import os
import sys
import threading
import types
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import is_
from typing import Any, Final, NamedTuple

from stress.events import READ, UPDATE, WORLD
from stress.runtime.control.execution import Execution

MOST: Final = 10_000  # objects; what is beyond is not put back
LONG: Final = 1_000  # items: of a longer container they are put back, what they lead to isn't looked at

_CACHED: Final[type] = type(functools.cache(lambda: None))
_LOCKS: Final = (_thread.LockType, type(threading.RLock()))  # which are put back by whoever controls them
_DESCRIPTORS: Final = (types.GetSetDescriptorType, types.MemberDescriptorType)
_WRAPPED: Final = (staticmethod, classmethod)
_ENDS: Final = (
    types.BuiltinFunctionType,
    types.CodeType,
    type(Ellipsis),
    type(None),
    bool,
    int,
    float,
)
_dict_of: Final = type.__dict__["__dict__"].__get__  # a metaclass may have a __dict__ of its own
# Methods that change what is there without asking what it is.
_ONLY_WRITE: Final = frozenset({"append", "appendleft", "clear", "extend", "extendleft", "insert", "update"})
_EMPTY: Final = object()  # what is in an empty cell or slot


class Holder(NamedTuple):
    """A kind of object that holds others. held: what it holds now; items: the names and values in that; differs: the
    names of what it doesn't hold any more, or only now ("": it is told as one); put_back: makes it hold that again, of
    these names."""

    held: Callable[[Any], Any]
    items: Callable[[Any], Sequence[tuple[str, Any]]]
    differs: Callable[[Any, Any], Sequence[str]]
    put_back: Callable[[Any, Any, Sequence[str]], object]


class Saved(NamedTuple):
    """name: how code gets at it; owner: the object that operations on it name."""

    name: str
    thing: Any
    holder: Holder
    held: Any
    owner: int

    def told(self, name: str) -> str:
        return f"{self.name}.{name}" if name else self.name


class Kept:
    """What the modules keep that it has learnt of, as it was then."""

    def __init__(self) -> None:
        self._names: set[str] = set()  # of these modules
        self._packages: set[str] = set()  # that they are in, at the top, and their folders
        self._seen: dict[int, Any] = {}  # by id(), so that it is not another one's
        self._saved: list[Saved] = []
        # By the address of what operations name: of instances their dict's, too.
        self._owners: dict[int, int] = {}
        self._read: set[tuple[int, str]] = set()  # owners and names that executions read
        self.was_put_back: set[str] = set()
        # What can't be put back, by address; whether it is enough that it is read, since it leads to more.
        self._beyond: dict[int, bool] = {id(WORLD): False}
        self.changes_beyond = False  # an execution does
        self._others: dict[str, list[tuple[str, Any]]] = {}  # by the name of their module, which may still come

    def learn(self, namespace: dict[str, Any]) -> None:
        """A module of whose code something is about to run for the first time."""
        todo = [*self._enter(namespace)]
        for each in todo:  # and what they lead to: the nearest first, so that it is named by how it is got at best
            todo += self._follow(*each)

    def _enter(self, namespace: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        name = namespace.get("__name__")
        if id(namespace) in self._seen or type(name) is not str:
            return
        self._names.add(name)
        self._packages |= {name.partition(".")[0], _folder(namespace)} - {""}
        self._seen[id(namespace)] = namespace
        yield from self._others.pop(name, ())
        yield from self._save(name, namespace, _NAMES)

    def changed(self, of_what_is_read: bool = False) -> frozenset[str]:
        """What differs from what it was."""
        return frozenset(
            saved.told(name)
            for saved in self._saved
            for name in saved.holder.differs(saved.thing, saved.held)
            if not of_what_is_read or (saved.owner, name) in self._read
        )

    def note(self, execution: Execution) -> None:
        """What an execution has read, whose events were seen."""
        mine = execution.names.of_those(self._owners)
        beyond = execution.names.of_those(self._beyond)
        for event in execution.events:
            for mode, number, (_, key) in event.accesses:
                self.changes_beyond |= number in beyond and (mode != READ or beyond[number])
                if number in mine and (mode == READ or (mode == UPDATE and event.site.name not in _ONLY_WRITE)):
                    self._read.add((mine[number], key if type(key) is str else ""))
                    self._read.add((mine[number], ""))

    def put_back(self) -> bool:
        """What executions have read; whether that could be done. What would be dropped and has a finalizer stays."""
        for _ in range(2):
            for saved in self._saved:
                names = saved.holder.differs(saved.thing, saved.held)
                if read := [name for name in names if (saved.owner, name) in self._read]:
                    if any(map(_finalizes, self._dropped(saved))):
                        return False
                    self.was_put_back.update(map(saved.told, read))
                    saved.holder.put_back(saved.thing, saved.held, read)
            if not self.changed(of_what_is_read=True):
                return True
        return False

    def _dropped(self, saved: Saved) -> Iterator[Any]:
        before = {id(value) for _, value in saved.holder.items(saved.held)}
        for _, value in saved.holder.items(saved.holder.held(saved.thing)):
            if id(value) not in before:
                yield value
                for _, inner in _parts(value):
                    yield inner

    def now(self) -> list[Any]:
        """All that is held now, for `put_back_to`."""
        return [saved.holder.held(saved.thing) for saved in self._saved]

    def put_back_to(self, now: list[Any]) -> None:
        for saved, held in zip(self._saved, now, strict=False):  # more may have been learnt
            if names := saved.holder.differs(saved.thing, held):
                saved.holder.put_back(saved.thing, held, names)

    def is_at(self, innermost: types.FrameType) -> bool:
        """Whether a thread runs code of one of these modules."""
        frame: types.FrameType | None = innermost
        while frame is not None:
            if id(frame.f_globals) in self._seen:
                return True
            frame = frame.f_back
        return False

    def _save(self, name: str, thing: Any, holder: Holder, owner: Any = None) -> Iterator[tuple[str, Any]]:
        held = holder.held(thing)
        address = id(thing if owner is None else owner)
        self._owners[id(thing)] = self._owners[address] = address
        if holder is _CACHE:
            if held:
                return iter(())  # it can be emptied, and not filled again
            self._read.add((address, ""))  # each call reads it
        self._saved.append(Saved(name, thing, holder, held, address))
        items = holder.items(held)
        if not items and type(held) in (dict, list, frozenset) and len(held) > LONG:
            self._beyond[address] = True
        return ((f"{name}{more}", each) for more, each in items)

    def _follow(self, name: str, thing: Any) -> Iterator[tuple[str, Any]]:
        """What an object leads to, by name. It is remembered, if it can change."""
        kind = type(thing)
        if kind in _ENDS or kind is str or id(thing) in self._seen or len(self._seen) >= MOST:
            return
        self._seen[id(thing)] = thing
        if kind is types.FunctionType:
            yield from self._function(name, thing)
        elif kind is _CACHED:
            yield from self._save(name, thing, _CACHE)
            yield name, thing.__wrapped__
        elif kind in _WRAPPED:
            yield name, thing.__func__
        elif kind is property:
            for function in (thing.fget, thing.fset, thing.fdel):
                yield name, function
        elif kind is types.CellType:
            yield from self._save(name, thing, _CELL)
        elif issubclass(kind, types.ModuleType):
            names = types.ModuleType.__getattribute__(thing, "__dict__")
            if self._packages & {str(names.get("__name__")).partition(".")[0], _folder(names)}:
                yield from self._enter(names)
        elif issubclass(kind, (tuple, frozenset)):
            of: Any = tuple if issubclass(kind, tuple) else frozenset
            for _, each in _values(of.__iter__(thing)):
                yield name, each
        elif issubclass(kind, type):
            if self._is_ours(_dict_of(thing).get("__module__"), name, thing):
                yield from self._save(name, thing, _CLASS)
        else:
            yield from self._instance(name, thing, kind)

    def _function(self, name: str, function: types.FunctionType) -> Iterator[tuple[str, Any]]:
        module = function.__globals__.get("__name__")
        if not self._is_ours(module, name, function, standard=bool(function.__closure__)):
            return
        if module in self._names:
            yield from self._save(name, function.__dict__, _ATTRIBUTES, function)
        for cell in function.__closure__ or ():
            yield name, cell
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            yield f"a default of {name}", default

    def _instance(self, name: str, thing: Any, kind: type) -> Iterator[tuple[str, Any]]:
        for base, holder in _CONTAINERS.items():
            if issubclass(kind, base):
                yield from self._save(name, thing, holder)
                break
        if kind in _CONTAINERS or kind in _LOCKS or issubclass(kind, _thread._local):
            return
        module = _dict_of(kind).get("__module__")
        own = kind is types.SimpleNamespace or (
            self._is_ours(module, name, thing, standard=True) and _is_in_python(module)
        )
        if not own or issubclass(kind, (BaseException, threading.Thread)):
            self._beyond[id(thing)] = False
            return
        self._beyond.pop(id(thing), None)  # its module has become known since
        for names in _own_dicts(thing):
            yield from self._save(name, names, _ATTRIBUTES, thing)
        slots = []
        for base in type.mro(kind):  # but for classes in C, whose own are read only, as a complex number's
            slots += [
                each
                for each in _dict_of(base).values()
                if "__slots__" in _dict_of(base)
                and type(each) is types.MemberDescriptorType
                and each.__name__ != "__dict__"
            ]
        for slot in slots if slots and not _is_standard(kind.__module__) else ():
            yield from self._save(name, (slot, thing), _SLOT, thing)

    def _is_ours(self, module: object, name: str, thing: Any, standard: bool = False) -> bool:
        if type(module) is not str:
            return False
        if module in self._names or (standard and _is_standard(module)):
            return True
        del self._seen[id(thing)]
        self._others.setdefault(module, []).append((name, thing))
        return False


def _folder(namespace: dict[str, Any]) -> str:
    """Where a module's file is; "" where all kinds of packages are."""
    file = namespace.get("__file__")
    folder = os.path.dirname(file) if type(file) is str else ""
    return "" if folder.endswith(("site-packages", "dist-packages")) else folder


def _finalizes(value: Any) -> bool:
    """Whether Python code runs when it is dropped."""
    return any("__del__" in _dict_of(base) for base in type.mro(type(value)))


def _parts(value: Any) -> Sequence[tuple[str, Any]]:
    """What a container, or an instance in its dict, holds."""
    for kind, holder in _CONTAINERS.items():
        if issubclass(type(value), kind):
            return holder.items(holder.held(value))
    return [each for names in _own_dicts(value) for each in _attributes(names)]


def _own_dicts(thing: Any) -> Iterator[dict[str, Any]]:
    """An instance's dict, if it has one; found without asking the instance."""
    for base in type.mro(type(thing)):
        found = _dict_of(base).get("__dict__")
        if type(found) in _DESCRIPTORS and type(names := found.__get__(thing)) is dict:
            yield names


def _is_in_python(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None)
    return module not in sys.modules or (type(file) is str and file.endswith((".py", ".pyc"))) or module == "__main__"


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


# --- what holds, how it is read, and how it is put back ---------------------------------------------------------------


def _same(some: Iterable[Any], others: Iterable[Any]) -> bool:
    return all(map(is_, some, others))


def _whole(differs: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Sequence[str]]:
    return lambda thing, held: ("",) if differs(thing, held) else ()


def _shown(key: object) -> str:
    return f"[{key!r}]" if type(key) in (str, int, bool) and len(repr(key)) < 30 else "[...]"


def _items(held: dict[Any, Any]) -> Sequence[tuple[str, Any]]:
    return [(_shown(key), value) for key, value in held.items()] if len(held) <= LONG else ()


def _attributes(held: dict[str, Any]) -> Sequence[tuple[str, Any]]:
    return [(f".{name}", value) for name, value in held.items() if not _is_special(name)]


def _values(held: Iterable[Any]) -> Sequence[tuple[str, Any]]:
    held = list(held)
    return [("[...]", value) for value in held] if len(held) <= LONG else ()


def _is_special(name: object) -> bool:
    """Of the interpreter's, which fills some of them when they are asked for."""
    return type(name) is not str or (name.startswith("__") and name.endswith("__"))


def _dicts_differ(thing: dict[Any, Any], held: dict[Any, Any]) -> bool:
    return (
        dict.__len__(thing) != len(held)
        or not _same(dict.keys(thing), held)
        or not _same(dict.values(thing), held.values())
    )


def _put_back_dict(thing: dict[Any, Any], held: dict[Any, Any], _: object) -> None:
    dict.clear(thing)
    dict.update(thing, held)


def _put_back_set(thing: set[Any], held: frozenset[Any], _: object) -> None:
    set.clear(thing)
    set.update(thing, held)


def _ordered_differ(thing: OrderedDict[Any, Any], held: list[tuple[Any, Any]]) -> bool:
    return dict.__len__(thing) != len(held) or not all(map(_same, OrderedDict.items(thing), held))


def _put_back_ordered(thing: OrderedDict[Any, Any], held: list[tuple[Any, Any]], _: object) -> None:
    OrderedDict.clear(thing)
    for key, value in held:
        OrderedDict.__setitem__(thing, key, value)


def _names_of(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if not _is_special(name)}


def _names_differ(now: dict[str, Any], held: dict[str, Any]) -> list[str]:
    """Whose values differ. A module that was imported meanwhile stays: who imports it again doesn't set the name
    again."""
    new = [
        name
        for name, value in now.items()
        if held.get(name, _EMPTY) is not value and not _is_special(name) and type(value) is not types.ModuleType
    ]
    return new + [name for name in held if name not in now]


def _put_back_names(thing: dict[str, Any], held: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        if name in held:
            thing[name] = held[name]
        else:
            del thing[name]


def _put_back_class(thing: type, held: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        if name in held:
            type.__setattr__(thing, name, held[name])
        else:
            type.__delattr__(thing, name)


def _in_cell(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _fill_cell(cell: types.CellType, held: Any, _: object) -> None:
    if held is _EMPTY:
        del cell.cell_contents
    else:
        cell.cell_contents = held


def _in_slot(place: tuple[types.MemberDescriptorType, Any]) -> Any:
    slot, thing = place
    try:
        return slot.__get__(thing)
    except AttributeError:
        return _EMPTY


def _fill_slot(place: tuple[types.MemberDescriptorType, Any], held: Any, _: object) -> None:
    slot, thing = place
    if held is _EMPTY:
        slot.__delete__(thing)
    else:
        slot.__set__(thing, held)


def _one(held: Any) -> list[tuple[str, Any]]:
    return [] if held is _EMPTY else [("", held)]


_NAMES: Final = Holder(_names_of, _attributes, _names_differ, _put_back_names)
_CLASS: Final = Holder(
    lambda thing: _names_of(dict(_dict_of(thing))),
    _attributes,
    lambda thing, held: _names_differ(dict(_dict_of(thing)), held),
    _put_back_class,
)
_ATTRIBUTES: Final = Holder(dict.copy, _attributes, _names_differ, _put_back_names)
_CELL: Final = Holder(_in_cell, _one, _whole(lambda cell, held: _in_cell(cell) is not held), _fill_cell)
_SLOT: Final = Holder(
    _in_slot,
    _one,
    lambda place, held: (place[0].__name__,) if _in_slot(place) is not held else (),
    _fill_slot,
)
# Only of one that was empty.
_CACHE: Final = Holder(
    lambda thing: thing.cache_info().currsize,
    lambda held: (),
    _whole(lambda thing, held: thing.cache_info().currsize != held),
    lambda thing, held, _: thing.cache_clear(),
)


def _content(kind: Any) -> Holder:
    """Of a kind of container whose items have an order, or one in which they are walked over."""

    def put_back(thing: Any, held: list[Any], _: object) -> None:
        kind.clear(thing)
        kind.extend(thing, held)

    def differs(thing: Any, held: list[Any]) -> bool:
        return kind.__len__(thing) != len(held) or not _same(kind.__iter__(thing), held)

    return Holder(lambda thing: list(kind.__iter__(thing)), _values, _whole(differs), put_back)


_CONTAINERS: Final[dict[type, Holder]] = {
    OrderedDict: Holder(
        lambda thing: list(OrderedDict.items(thing)),
        lambda held: _items(dict(held)),
        _whole(_ordered_differ),
        _put_back_ordered,
    ),
    dict: Holder(dict.copy, _items, _whole(_dicts_differ), _put_back_dict),
    list: _content(list),
    set: Holder(
        lambda thing: frozenset(set.__iter__(thing)),
        _values,
        _whole(lambda thing, held: {id(each) for each in set.__iter__(thing)} != {id(each) for each in held}),
        _put_back_set,
    ),
    deque: _content(deque),
    bytearray: Holder(
        bytes,
        lambda held: (),
        _whole(lambda thing, held: bytes(thing) != held),
        lambda thing, held, _: bytearray.__setitem__(thing, slice(None), held),
    ),
}
