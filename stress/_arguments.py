"""The checks of arguments that more than one room makes: each names the argument, what it got and what it takes."""

from __future__ import annotations

import inspect
import threading
import types
from functools import partial
from typing import Final


def check_callable(argument: str, function: object, *, parameters: bool = False) -> None:
    """A callable that does its work when it is called; without arguments, unless `parameters` are allowed.

    Raises TypeError for anything else: coroutine functions and generator functions only make an object that nobody
    runs.
    """
    if _is_called_plainly(function, parameters):
        return
    if not callable(function):
        raise TypeError(
            f"{argument} takes a callable, got {function!r} ({type(function).__name__}). "
            "Pass it uncalled: transfers, not transfers()"
        )
    for kind, made_by in (
        ("async", inspect.iscoroutinefunction),
        ("an async generator", inspect.isasyncgenfunction),
        ("a generator", inspect.isgeneratorfunction),
    ):
        if made_by(_innermost(function)):
            raise TypeError(
                f"{argument} takes a plain function, got {_name(function)}, which is {kind}: "
                "a call of it would run nothing. Wrap it: lambda: asyncio.run(main()), lambda: list(steps())"
            )
    if parameters:
        return
    try:
        inspect.signature(function).bind()
    except TypeError:
        raise TypeError(
            f"{argument} takes a callable without required parameters, "
            f"got {_name(function)}{inspect.signature(function)}. functools.partial gives it arguments"
        ) from None
    except ValueError:
        pass  # some C functions don't tell their signature


_MAKES_OBJECTS: Final = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def _is_called_plainly(function: object, parameters: bool) -> bool:
    """Whether it is a function or method that can be called so, as far as can be told without `inspect`: that is slow,
    and in an exploration a call of the standard library that the scenario didn't make."""
    given = 0
    if type(function) is types.MethodType:
        function, given = function.__func__, 1
    if type(function) is not types.FunctionType or function.__dict__:
        return False
    code = function.__code__
    if code.co_flags & _MAKES_OBJECTS:
        return False
    if parameters:
        return True
    required = code.co_argcount - given - len(function.__defaults__ or ())
    return required <= 0 and given <= code.co_argcount and code.co_kwonlyargcount == len(function.__kwdefaults__ or ())


def _innermost(function: object) -> object:
    """What is run when `function` is called: partials and objects with a __call__ looked through."""
    while isinstance(function, partial):
        function = function.func
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    return getattr(type(function), "__call__", function)  # noqa: B004  the method is wanted, not whether there is one


def _name(function: object) -> str:
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def check_seconds(argument: str, seconds: object) -> float:
    """A number of seconds above zero that a wait can take. Raises TypeError or ValueError."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{argument}= takes a number of seconds, got {seconds!r} ({type(seconds).__name__})")
    if not 0 < seconds <= threading.TIMEOUT_MAX:  # nor is nan
        raise ValueError(
            f"{argument}={seconds!r}: it takes seconds above 0, to {threading.TIMEOUT_MAX:.0f}; None for the default"
        )
    return float(seconds)


def check_count(argument: str, count: object) -> int:
    """A whole number from 1. Raises TypeError or ValueError."""
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{argument}= takes a whole number, got {count!r} ({type(count).__name__})")
    if count < 1:
        raise ValueError(f"{argument}={count!r}: it takes a whole number from 1; None for the default")
    return count


def check_flag(argument: str, flag: object) -> bool:
    """True or False. Raises TypeError."""
    if not isinstance(flag, bool):
        raise TypeError(f"{argument}= takes True or False, got {flag!r} ({type(flag).__name__})")
    return flag


def names_in(argument: str, names: object) -> tuple[str, ...]:
    """The names of modules and packages: of one, or a sequence of them. Raises TypeError or ValueError."""
    several = names if isinstance(names, (list, tuple, set, frozenset)) else (names,)
    found = []
    for name in several:
        if isinstance(name, types.ModuleType):
            found.append(name.__name__)
        elif isinstance(name, str):
            found.append(name)
        else:
            raise TypeError(f"{argument}= takes names of modules, or modules, got {name!r} ({type(name).__name__})")
    if not all(all(part.isidentifier() for part in name.split(".")) for name in found):
        raise ValueError(f"{argument}={names!r}: it takes names such as bank or concurrent.futures; NAME covers NAME.*")
    return tuple(found)
