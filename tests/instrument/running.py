"""Running a source plain and instrumented, and observing all that can be observed: the language that the tests here are
written in."""

from __future__ import annotations

import contextlib
import functools
import io
import linecache
import pathlib
import re
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from stress.events import Access, OperationSite, writes
from stress.instrument import Instrumentation, Passing, listen, tell_accesses
from tests.instrument.things import runs_as_one_step

HERE = pathlib.Path(__file__).parent


class Recorder(Passing):
    """Writes down every access, with its site; also those to what only one thread can reach, unless told otherwise."""

    def __init__(self, sees_private: bool = True) -> None:
        self.sees_private = sees_private
        self.operations: list[tuple[OperationSite, tuple[Access, ...]]] = []
        self.calls: list[Any] = []

    def access(self, site: OperationSite, mode: str, owner: Any, location: Any) -> bool:
        self.operations.append((site, (Access(mode, owner, location),)))
        return False

    def step(self, site: OperationSite, accesses: Sequence[Access]) -> bool:
        self.operations.append((site, tuple(accesses)))
        return False

    def enters(self, function: Any) -> bool:
        return runs_as_one_step(function)

    def call(self, site: OperationSite, callee: Any) -> Any:
        self.calls.append(callee)
        return callee


class Reached(Passing):
    """Writes down where operations are reached that more than one thread could notice, and whether they write."""

    def __init__(self) -> None:
        self.operations: list[tuple[OperationSite, bool]] = []

    def reached(self, site: OperationSite, mode: str, /) -> bool:
        self.operations.append((site, writes(mode)))
        return True

    def access(self, site: OperationSite, mode: str, owner: Any, location: Any) -> bool:
        return self.reached(site, mode)

    def step(self, site: OperationSite, accesses: Sequence[Access]) -> bool:
        self.operations.append((site, any(writes(access.mode) for access in accesses)))
        return False

    def enters(self, function: Any) -> bool:
        return runs_as_one_step(function)


def load(file: str, source: str, name: str = "twin") -> types.ModuleType:
    """A module of this source, as an import would make it."""
    module = types.ModuleType(name)
    module.__file__ = file
    load_into(module, file, source)
    return module


def load_into(module: types.ModuleType, file: str, source: str) -> None:
    """More source for a module, of another file."""
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(_compiled(file, source), module.__dict__)


@functools.cache
def _compiled(file: str, source: str) -> types.CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, file, "exec", dont_inherit=True)


def functions_in(module: types.ModuleType) -> Iterator[types.FunctionType]:
    """The functions of a module's own, methods included."""
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) == module.__name__:
            yield from _functions(value)


def _functions(value: Any) -> Iterator[types.FunctionType]:
    if isinstance(value, types.FunctionType):
        yield value
    elif isinstance(value, type):
        for inner in vars(value).values():
            if isinstance(inner, property):
                yield from (f for f in (inner.fget, inner.fset, inner.fdel) if f is not None)
            else:
                yield from _functions(getattr(inner, "__func__", inner))


@contextlib.contextmanager
def instrumented(module: types.ModuleType, listener: Any = None, accesses: bool = True) -> Iterator[Instrumentation]:
    """All functions of a module with hooks, and somebody listening or nobody; who may want to know of accesses."""
    with Instrumentation() as instrumentation:
        for function in functions_in(module):
            assert instrumentation.add(function), instrumentation.reasons
        before = listen(listener)
        tell_accesses(accesses)
        try:
            yield instrumentation
        finally:
            listen(before)


def observe(run: Callable[[Any], Any], file: str, lines: bool = True) -> dict[str, Any]:
    """Everything observable about one run: result or traceback, log, output, warnings, and the events that a tracer of
    this file sees."""
    log: list[str] = []
    events: list[Any] = []
    out = io.StringIO()

    def tracer(frame: Any, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != file:
            return None
        seen = event, frame.f_code.co_name, frame.f_lineno
        if event in ("line", "call", "return", "exception") and (event != "line" or seen not in events[-1:]):
            events.append(seen)  # 3.11 may tell the same line twice in a row where a condition stands inside a call
        return tracer

    seen: dict[str, Any] = {}
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old = sys.gettrace()
        try:
            if lines:
                sys.settrace(tracer)
            result = run(lambda what: log.append(_text(what)))
            sys.settrace(old)
            seen["result"] = _text(result)
        except BaseException as error:
            sys.settrace(old)
            seen["raised"] = _text("".join(traceback.format_exception(error)), limit=None)
            del error
        finally:
            sys.settrace(old)
    if lines:
        seen["events"] = events
    seen |= {"log": log, "output": out.getvalue()}
    seen["warnings"] = [(str(w.message), w.category, w.filename, w.lineno) for w in caught]
    return seen


def _text(value: Any, limit: int | None = 20_000) -> str:
    """A value as text, without addresses."""
    text = value if type(value) is str else repr(value)
    return re.sub(r"0x[0-9a-fA-F]+", "0x", text)[:limit]
