"""What calls of functions and classes written in C touch: the table of those that are known, and what is looked
through."""

from __future__ import annotations

import _io
import _thread
import abc
import array
import builtins
import collections
import functools
import itertools
import math
import operator
import os
import sys
import types
import typing
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from stress.events import DELETE, ITEMS, READ, STATE, UPDATE, WHOLE, WORLD, WRITE, Access
from stress.instrument import kinds
from stress.instrument.attributes import IS_REPLACED, SOMETHING, Footprint, attributes, chained
from stress.instrument.footprints import (
    asked_of_keys,
    by_step,
    calling,
    compared,
    contains,
    handed,
    held,
    item,
    opened,
    operands,
    pairs,
    reads,
    shape,
    stepped,
    stepping,
    through,
    truths,
    unknown,
)
from stress.instrument.kinds import (
    C_FUNCTIONS,
    IMMUTABLE,
    MAPPINGS,
    class_attribute,
    in_python,
    is_by_step,
    is_c_method,
    is_class,
    is_python_class,
    keeps_state,
    made_in_python,
    module_dict,
    module_of,
    mro_of,
    stores_of,
)
from stress.instrument.lookup import MISSING, peek
from stress.instrument.methods import method

# The code under test may replace a builtin (`builtins.len`); what runs here keeps the ones of the start.
__builtins__ = vars(kinds)["__builtins__"]

FunctionRule = Callable[[Sequence[Any]], Footprint]


def _printing(args: Sequence[Any]) -> Footprint:
    files = [value for value in args if keeps_state(type(value))]
    return [Access(UPDATE, sys.stdout, WHOLE), *reads(args), *through(args), *unknown(None, files)]


def _of_first(rule: Callable[[Any], Footprint]) -> FunctionRule:
    return lambda args: rule(args[0]) if args else []


def _named(mode: str) -> FunctionRule:
    return lambda args: _by_name(mode, args[0], args[1]) if len(args) > 1 else []


def _by_name(mode: str, owner: Any, name: Any) -> Footprint:
    found = attributes(mode, owner, name)
    return found + by_step(mode, owner, name) if found and type(name) is str else found


def _pure(args: Sequence[Any]) -> Footprint:
    return []


def _listing(owner: Any) -> Footprint:
    if issubclass(type(owner), types.ModuleType):
        return [Access(READ, module_dict(owner), ITEMS)]
    if type(owner) in IMMUTABLE:
        return []
    classes = mro_of(owner if is_class(owner) else type(owner)) or ()
    return [Access(READ, each, WHOLE) for each in (owner, *classes) if each is owner or made_in_python(each)]


def _compared(args: Sequence[Any]) -> Footprint:
    return compared(args[0], args[1]) if len(args) > 1 else []


def _ordered(args: Sequence[Any]) -> Footprint:
    """Elements are compared with each other, or what a key function gives for them."""
    found = calling(args)
    seen = {(id(access.object), access.location) for access in found}
    return found + [access for access in through(args) if (id(access.object), access.location) not in seen]


def _summed(args: Sequence[Any]) -> Footprint:
    """Containers are added to a start that is one."""
    return reads(part for value in args for part in (value, *(held(value) if len(args) > 1 else ())))


def _reduced(args: Sequence[Any]) -> Footprint:
    """`reduce(getattr, names, x)` goes from one object to the next."""
    found = _ordered(args)
    if len(args) == 3 and args[0] is getattr:
        names = held(args[1])
        if all(type(name) is str for name in names):
            found += chained(args[2], ".".join(names))
    return found


def _executed(args: Sequence[Any]) -> Footprint:
    """Text has no hooks: it may read and write whatever its names stand for."""
    text, *spaces = args or [""]
    names, stores, replaces = _named_in(text)
    own: Any = {}
    if not spaces or spaces[0] is None:
        frame = _caller()
        own = {} if spaces[1:] else frame.f_locals
        spaces = [frame.f_globals, *spaces[1:]]
    dicts = [space for space in spaces if type(space) is dict]
    found = [Access(UPDATE if stores else READ, space, ITEMS) for space in dicts]
    for space in spaces[1:]:  # another mapping, which is asked for each of its names
        if type(space) is not dict:
            found += unknown(None, (space,)) if stores else [each for name in names for each in item(READ, space, name)]
    values = [space[name] for space in (own, *dicts) for name in sorted(names) if name in space]
    found += unknown(None, values)
    mode = WRITE if stores else READ
    for value in values:
        if stores or issubclass(type(value), (type, types.ModuleType)):
            found += attributes(mode, value, SOMETHING)
    return [IS_REPLACED, *found] if replaces else found


def _named_in(text: Any) -> tuple[set[str], bool, bool]:
    """The names that text or code to be executed takes; whether it stores or deletes something; and a name of
    `builtins`."""
    try:
        code = text if type(text) is types.CodeType else compile(text, "<text>", "exec")
    except Exception:  # who executes it raises that
        return set(), False, False
    stored = list(stores_of(code))
    replaces = any(name in _BUILTINS for what, name in stored if what.endswith(("_NAME", "_GLOBAL")))
    inner = [_named_in(each) for each in code.co_consts if type(each) is types.CodeType]
    return (
        set(code.co_names).union(*(names for names, _, _ in inner)),
        bool(stored) or any(stores for _, stores, _ in inner),
        replaces or any(replaces for _, _, replaces in inner),
    )


def _caller() -> types.FrameType:
    """The frame of the code with hooks that is about to call something."""
    frame = sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("stress."):
        frame = frame.f_back
    return frame


def _counted(args: Sequence[Any]) -> Footprint:
    """What `Counter.update` does in C: one step, which is told, since only the GIL makes it one."""
    kinds.ran_in_c.add("collections.Counter.update")
    return [Access(UPDATE, args[0], WHOLE), *reads(args[1:])] if args else []


_BUILTINS = frozenset(vars(builtins))
FUNCTIONS: dict[Any, FunctionRule] = {
    len: _of_first(shape),
    getattr: _named(READ),
    hasattr: _named(READ),
    setattr: _named(WRITE),
    delattr: _named(DELETE),
    next: _of_first(stepped),
    iter: lambda args: opened(args[:1]),
    print: _printing,
    dir: _of_first(_listing),
    vars: _of_first(lambda owner: attributes(READ, owner, "__dict__")),
    operator.contains: lambda args: contains(args[1], args[0]) if len(args) > 1 else [],
    operator.getitem: lambda args: item(READ, args[0], args[1]) if len(args) > 1 else [],
    operator.setitem: lambda args: item(WRITE, args[0], args[1]) if len(args) > 1 else [],
    operator.delitem: lambda args: item(DELETE, args[0], args[1]) if len(args) > 1 else [],
    operator.truth: _of_first(shape),
    operator.not_: _of_first(shape),
    operator.length_hint: _of_first(lambda value: stepped(value) or shape(value)),
    collections.deque.__init__: reads,
    vars(collections)["_count_elements"]: _counted,
}
FUNCTIONS[sum] = _summed
FUNCTIONS[operator.concat] = reads
FUNCTIONS.update(dict.fromkeys((any, all), truths))
FUNCTIONS[operator.call] = lambda args: call(args[0], args[1:], is_by_step) if args else []
_ORDERING: list[Any] = [min, max, sorted]
FUNCTIONS.update(dict.fromkeys(_ORDERING, _ordered))
FUNCTIONS[functools.reduce] = _reduced
FUNCTIONS.update(dict.fromkeys((repr, format, ascii, operator.countOf, operator.indexOf), through))
FUNCTIONS.update(dict.fromkeys((eval, exec), _executed))
for _name in ("add", "mul", "and_", "or_", "xor", "sub"):
    FUNCTIONS[getattr(operator, _name)] = reads
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "mod"):
    FUNCTIONS[getattr(operator, _name)] = _compared
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


def _asked_of_protocol(args: Sequence[Any]) -> Footprint:
    """`isinstance` and `issubclass`: a protocol looks for attributes, of the object and of its classes."""
    if len(args) < 2 or not any(module_of(type(each)) == "typing" for each in (args[1], *held(args[1]))):
        return []
    return _listing(args[0])


FUNCTIONS[isinstance] = FUNCTIONS[issubclass] = _asked_of_protocol
_ASKED: list[tuple[Any, str]] = [(abs, "__abs__"), (hash, "__hash__"), (round, "__round__")]
_ASKED += [(function, "__index__") for function in (bin, hex, oct)]
FUNCTIONS.update((_function, _of_first(functools.partial(stepping, (_name,)))) for _function, _name in _ASKED)

for _name in ("allocate_lock", "allocate"):  # a class since 3.13, and what it makes is new
    FUNCTIONS.setdefault(getattr(_thread, _name), _pure)

# What no thread changes for another: facts about the process and the thread itself, and sums.
_FACTS: tuple[Any, ...] = (os.getpid, _thread.get_ident, _thread.get_native_id, sys.is_finalizing, typing.cast)
FUNCTIONS.update(dict.fromkeys(_FACTS, _pure))
_SUMS: tuple[Any, ...] = (os.fspath, *vars(math).values())
FUNCTIONS.update((_sum, reads) for _sum in _SUMS if type(_sum) is types.BuiltinFunctionType)
# Paths as text.
for _name in ["basename", "dirname", "isabs", "join", "normcase", "normpath", "split", "splitdrive", "splitext"]:
    FUNCTIONS[getattr(os.path, _name)] = _pure
# Questions to the world: those who ask don't disturb one another.
_QUESTIONS: list[Any] = [os.stat, os.lstat, os.access, os.listdir, os.scandir, os.getcwd, os.readlink]
for _name in [
    "abspath",
    "exists",
    "getmtime",
    "getsize",
    "isdir",
    "isfile",
    "islink",
    "lexists",
    "realpath",
    "relpath",
]:
    _QUESTIONS.append(getattr(os.path, _name))
FUNCTIONS.update(dict.fromkeys(_QUESTIONS, lambda args: [Access(READ, WORLD, STATE)]))
# The modules, by their first name, of which nearly all that is called touches the world.
_NAMES = """
    _io _locale _posixsubprocess _socket _sqlite3 _ssl bz2 dbm fcntl filecmp fileinput ftplib genericpath glob gzip http
    imaplib io locale lzma mmap msvcrt nt ntpath os pathlib poplib posix posixpath pty select selectors shelve shutil
    smtplib socket socketserver sqlite3 ssl subprocess syslog tarfile tempfile termios tty winreg zipfile
"""
_OUTSIDE = frozenset(_NAMES.split())


def _outside(function: Any) -> Footprint:
    """What a function or class of which no more is known does to the world."""
    module = str(getattr(function, "__module__", None))
    of_text = module.startswith("pathlib") and str(function.__qualname__).startswith("PurePath")
    if module.partition(".")[0] not in _OUTSIDE or of_text or function in (_io.StringIO, _io.BytesIO):
        return []
    return [Access(UPDATE, WORLD, STATE)]


_OPENING: tuple[type, ...] = (enumerate, zip, map, filter, reversed)
_DRAINING: tuple[type, ...] = (  # they take all there is at once
    itertools.product,
    itertools.permutations,
    itertools.combinations,
    itertools.combinations_with_replacement,
)
_LOOKING: tuple[type, ...] = (
    super,
    property,
    classmethod,
    staticmethod,
    object,
    complex,
    bool,
    range,
    slice,
    functools.partial,
    operator.itemgetter,
    operator.attrgetter,
    operator.methodcaller,
    weakref.ref,
)
_COPYING: tuple[type, ...] = (list, tuple, set, frozenset, bytes, bytearray, array.array, collections.deque)
_COPYING += (int, float)  # the digits in a bytearray
CLASSES: dict[type, FunctionRule] = {
    **dict.fromkeys(_OPENING, opened),
    **{kind: opened for kind in vars(itertools).values() if isinstance(kind, type)},
    **dict.fromkeys(_DRAINING, reads),
    **dict.fromkeys(_LOOKING, _pure),
    **dict.fromkeys(_COPYING, reads),
    **dict.fromkeys((set, frozenset), lambda args: reads(args) + asked_of_keys(args)),
    **dict.fromkeys(MAPPINGS, lambda args: pairs(args) + asked_of_keys(args)),
    type: lambda args: reads(args[2:]),  # the namespace of a new class
    memoryview: _of_first(shape),  # nothing that it looks at can grow any more
    str: through,
    bool: _of_first(shape),
}


def call(callee: Any, args: Sequence[Any], is_step: Callable[[Any], bool]) -> Footprint:
    """A call of anything: [] for Python code, which announces its own operations, unless it runs as one step."""
    kind = type(callee)
    if kind is types.FunctionType:
        return _of_function(callee, args) if is_step(callee) else []
    if kind in C_FUNCTIONS or kind is types.MethodWrapperType:
        owner = callee.__self__
        if callee.__name__ == "__call__" and kind is types.MethodWrapperType:
            return call(owner, args, is_step)
        if owner is None or issubclass(type(owner), types.ModuleType):
            return _of_function(callee, args)
        return method(owner, callee.__name__, args)
    if kind is types.MethodType:
        function = callee.__func__
        if type(function) is types.FunctionType:
            return of_step(function, (callee.__self__, *args)) if is_step(function) else []
        return call(function, (callee.__self__, *args), is_step)
    if kind in (types.MethodDescriptorType, types.WrapperDescriptorType):
        return method(args[0], callee.__name__, args[1:]) if args else []
    if issubclass(kind, type):
        return _instance(callee, args, is_step)
    if issubclass(kind, functools.partial):
        return call(callee.func, (*callee.args, *args, *callee.keywords.values()), is_step)
    if issubclass(kind, weakref.ReferenceType):
        return method(callee, "__call__", args)
    if kind in (operator.itemgetter, operator.attrgetter, operator.methodcaller):
        return _getter(callee, args, is_step)
    if kind is types.MethodType and type(callee.__func__) is not types.FunctionType:
        return call(callee.__func__, (callee.__self__, *args), is_step)
    if kind is _CACHE:
        return [Access(UPDATE, callee, STATE)]
    if in_python(kind, "__call__"):
        return stepping(("__call__",), callee, *args)
    if class_attribute(kind, "__call__") is None:
        return []
    if id(kind) in kinds.foreign or module_of(kind) == "ctypes":  # whose functions are somebody else's
        kinds.note_function(callee)
    return unknown(callee, (callee, *args))


_CACHE: type = type(functools.cache(len))


def of_step(function: Any, args: Sequence[Any]) -> Footprint:
    """A method written in Python that runs as one step, with its receiver."""
    replaces = [IS_REPLACED] if function is _REGISTER else []
    return [*replaces, *_outside(function), *handed(function.__module__, function, args[:1], args[1:])]


# What `isinstance` and `issubclass` go by.
_REGISTER = abc.ABCMeta.register
FUNCTIONS[_REGISTER] = FUNCTIONS[vars(abc)["_abc_register"]] = lambda args: [IS_REPLACED, *unknown(_REGISTER, args)]


def _of_function(function: Any, args: Sequence[Any]) -> Footprint:
    rule = FUNCTIONS.get(function)
    if rule is not None:
        return rule(args)
    if type(function) is not types.FunctionType:
        kinds.note_function(function)
    module = getattr(function, "__module__", None)  # what C makes of a module's special method has none
    return [*_outside(function), *handed(module, function, (), args)]


def _getter(getter: Any, args: Sequence[Any], is_step: Callable[[Any], bool]) -> Footprint:
    if not args:
        return []
    made, names = getter.__reduce__()[:2]
    if type(getter) is operator.itemgetter:
        return [access for name in names for access in item(READ, args[0], name)]
    if type(getter) is operator.attrgetter:
        return [access for name in names for access in chained(args[0], name)]
    if type(made) is functools.partial:  # it calls with keywords
        names = (*made.args, *names, *made.keywords.values())
    owner, (name, *values) = args[0], names
    if is_c_method(type(owner), name):
        return method(owner, name, values)
    found = _by_name(READ, owner, name)
    callee, binds = peek(owner, type(owner), name)
    if callee is MISSING:
        return found
    return found + call(callee, values if binds is None else (binds, *values), is_step)


def _instance(kind: type, args: Sequence[Any], is_step: Callable[[Any], bool]) -> Footprint:
    rule = CLASSES.get(kind)
    if rule is not None:
        return rule(args)
    if made_in_python(kind):  # its __init__ is Python, or reads what a built-in base would
        if is_python_class(kind):
            return [*_outside(kind), *unknown(kind, args)] if is_step(kind) else []
        return reads(args)
    if issubclass(kind, BaseException):
        return []
    return [*_outside(kind), *unknown(None, args)]  # what it makes is new: nobody shares it yet
