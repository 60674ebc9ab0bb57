"""Code with hooks in, code with hooks out: the live functions of a process, and how they become what they were.

What a code object becomes is found out once a process. Functions are held weakly; a frame that is running keeps the
code that it began with.
"""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType
from typing import Any

from stress.instrument import source
from stress.instrument.source import ITERABLE_COROUTINE, NotInstrumented, sources_of

_hooked: dict[tuple[str, CodeType], CodeType | str] = {}
_ours: dict[
    int, tuple[CodeType, CodeType]
] = {}  # by id: code with hooks, kept so that its id stays its own, and what it was


def instrumented_code(code: CodeType, module: Mapping[str, Any]) -> CodeType:
    """The same code with hooks. Raises NotInstrumented with the reason why there is none. Code with hooks is returned
    as it is."""
    if id(code) in _ours:
        return code
    key = code.co_filename, code
    found = _hooked.get(key)
    if found is None:
        found = _hooked[key] = _find(code, module)
    if isinstance(found, str):
        raise NotInstrumented(found)
    return found


def forget_source(file: str) -> None:
    """Forget what is known of a file, as when other source was put under the same name. Code that has hooks already
    keeps them."""
    source.forget(file)
    for key in [key for key in _hooked if key[0] == file]:
        del _hooked[key]


def _find(code: CodeType, module: Mapping[str, Any]) -> CodeType | str:
    carried = code.co_flags & ITERABLE_COROUTINE
    bare = code.replace(co_flags=code.co_flags & ~ITERABLE_COROUTINE) if carried else code
    reason = "no source"
    try:
        for candidate in sources_of(code, module):
            try:
                hooked = candidate.code_for(bare)
            except NotInstrumented as why:
                reason = str(why)
                continue
            if carried:
                hooked = hooked.replace(co_flags=hooked.co_flags | carried)
            if hooked.co_filename != code.co_filename:
                hooked = hooked.replace(co_filename=code.co_filename)
            _ours[id(hooked)] = hooked, code
            return hooked
    except NotInstrumented as why:
        reason = str(why)
    return reason


def is_instrumented(code: CodeType) -> bool:
    """Whether code has hooks, or code nested in it: swapped in, or nested in code that was."""
    return id(code) in _ours or any(
        is_instrumented(constant)
        if type(constant) is CodeType
        else type(constant) is FunctionType and constant.__module__ == "stress.instrument.hooks"
        for constant in code.co_consts
    )


def functions_of(thing: Any) -> Iterator[FunctionType]:
    """The Python functions that calling (or using) a thing can run first: looked for in methods, static and class
    methods, properties, partials, wrapped callables, classes (all of their own functions) and objects with a `__call__`
    written in Python."""
    seen: set[int] = set()
    waiting = [thing]
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if type(here) is FunctionType:
            yield here
            waiting.append(here.__dict__.get("__wrapped__"))
        elif isinstance(here, (MethodType, staticmethod, classmethod)):
            waiting.append(here.__func__)
        elif isinstance(here, property):
            waiting += [here.fget, here.fset, here.fdel]
        elif isinstance(here, (functools.cached_property, functools.partial, functools.partialmethod)):
            waiting.append(here.func)
        elif isinstance(here, type):
            waiting += [value for value in list(here.__dict__.values()) if holds_functions(value)]
        elif here is not None:
            called = _class_attribute(type(here), "__call__")
            waiting.append(called if type(called) is FunctionType else None)
            waiting.append(_wrapped(here))


def holds_functions(value: Any) -> bool:
    """Whether what stands in a class can lead to Python functions."""
    kinds = (FunctionType, staticmethod, classmethod, property, functools.cached_property, functools.partialmethod)
    return (
        isinstance(value, kinds)
        or type(value).__name__ == "_lru_cache_wrapper"
        or type(value) is functools.singledispatchmethod
    )


def _class_attribute(kind: type, name: str) -> Any:
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _wrapped(thing: Any) -> Any:
    """What a C wrapper (`functools.lru_cache`) wraps; looked up in the instance's own dict, so that no code of the user
    runs."""
    if type(thing).__name__ != "_lru_cache_wrapper" and type(thing) is not functools.singledispatchmethod:
        return None
    return thing.__dict__.get("__wrapped__") or thing.__dict__.get("func")


class Instrumentation:
    """The functions that carry hooks now. A context manager: on the way out, however, each has its own code again.

    Several can be open at once and in any order: a function gets its own code back when the last of them lets go of it.
    """

    def __init__(self) -> None:
        self._functions: dict[int, weakref.ref[FunctionType]] = {}
        self.reasons: dict[CodeType, str] = {}  # what is left as it is, and why, once each

    def add(self, function: FunctionType) -> bool:
        """Give a function hooks. False if it can't have any, and `reasons` says why. A frame that runs it now goes on
        as it was."""
        if id(function) in self._functions and self._functions[id(function)]() is function:
            return True
        code = function.__code__
        if id(code) not in _ours and is_instrumented(code):
            return True  # made by a function that has hooks, and passes through when nobody listens
        original = _ours[id(code)][1] if id(code) in _ours else code
        if original in self.reasons:
            return False
        try:
            hooked = instrumented_code(original, function.__globals__)
        except NotInstrumented as why:
            self.reasons[original] = str(why)
            return False
        if weakref.getweakrefcount(original):
            hooked = _marked_alike(original, hooked)
        _holders[id(function)] = _holders.get(id(function), 0) + 1
        if _holders[id(function)] == 1:
            _before[id(function)] = code
            function.__code__ = hooked
        key = id(function)
        self._functions[key] = weakref.ref(function, functools.partial(self._gone, key))
        return True

    def add_all(self, thing: Any) -> int:
        """Give hooks to all functions of a thing (see `functions_of`); returns how many have them."""
        return sum(self.add(function) for function in functions_of(thing))

    def _gone(self, key: int, _: object) -> None:
        if _holders is None:
            return  # the interpreter ends, and has cleared this module
        if self._functions.pop(key, None) is not None:
            _holders.pop(key, None)
            _before.pop(key, None)

    def __contains__(self, function: FunctionType) -> bool:
        found = self._functions.get(id(function))
        return found is not None and found() is function

    def __len__(self) -> int:
        return len(self._functions)

    def restore(self) -> None:
        """Give every function its own code back. Safe to call again."""
        while self._functions:
            key, reference = self._functions.popitem()
            function = reference()
            if function is None:
                continue
            _holders[key] -= 1
            if _holders[key]:
                continue
            del _holders[key]
            original = _before.pop(key)
            if id(function.__code__) in _ours:  # else somebody gave it other code meanwhile
                function.__code__ = original

    def __enter__(self) -> Instrumentation:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()


def _marked_alike(original: CodeType, hooked: CodeType) -> CodeType:
    """Code with hooks for this very code object, to which somebody refers weakly: some libraries mark code so, and look
    for the mark where they meet it in a frame. Dicts with such a reference for a key, and sets, get one more."""
    own = _marked.get(id(original))
    if own is None:
        own = _marked[id(original)] = hooked.replace()
        _ours[id(own)] = own, original
    for reference in weakref.getweakrefs(original):
        for holder in gc.get_referrers(reference):
            if type(holder) in (dict, set) and any(key is reference for key in list(holder)):
                alike = type(reference)(own, reference.__callback__)
                if type(holder) is dict:
                    holder[alike] = holder[reference]
                else:
                    holder.add(alike)
    return own


_marked: dict[int, CodeType] = {}  # by the id of what it was, which `_ours` keeps
_holders: dict[int, int] = {}
_before: dict[int, CodeType] = {}


def hooked_callable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of a function with hooks, for tests: the function itself is left alone."""
    assert isinstance(function, FunctionType)
    code = instrumented_code(function.__code__, function.__globals__)
    new = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    new.__kwdefaults__ = function.__kwdefaults__
    new.__dict__.update(function.__dict__)
    new.__qualname__, new.__doc__, new.__module__ = function.__qualname__, function.__doc__, function.__module__
    return new


__all__ = ["Instrumentation", "functions_of", "hooked_callable", "instrumented_code", "is_instrumented"]
