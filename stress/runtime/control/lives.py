"""How threads begin, end and are joined, each one operation: what CPython does inside (Lib/threading.py) isn't seen.

Done by exchanging the code of four methods of `threading.Thread` for the time of an exploration, so that it holds for
whoever calls them, in Python or in C, under whichever name. Called by a thread that isn't controlled they do what they
did before.
"""

from __future__ import annotations

import _thread
import contextvars
import functools
import subprocess
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from stress._compat import unprofiled
from stress.events import READ, STATE, UPDATE, WHOLE, OperationSite
from stress.runtime.control.execution import Execution
from stress.runtime.control.thread import Ended, Thread

if TYPE_CHECKING:
    from stress.runtime.control.session import Session

_MARK: Final = 1.2345e-77  # a constant that stands for the function to be called

START: Final = OperationSite("call", UPDATE, "start", file="threading", function="Thread.start")
END: Final = OperationSite("call", UPDATE, "end", file="threading", function="Thread._bootstrap_inner")
JOIN: Final = OperationSite("call", READ, "join", file="threading", function="Thread.join")
ALIVE: Final = OperationSite("call", READ, "is_alive", file="threading", function="Thread.is_alive")

Function = types.FunctionType


def copy_of(function: Function) -> Function:
    """The function as it is now, whatever its code becomes."""
    copied = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copied.__kwdefaults__ = function.__kwdefaults__
    return copied


def code_that_calls(replacement: Callable[..., Any], function: Function) -> types.CodeType:
    """Code with the function's own signature that hands all its arguments to another."""
    made = _code_that_calls_the_mark(function.__code__)
    return made.replace(co_consts=tuple(replacement if constant == _MARK else constant for constant in made.co_consts))


def _is_import(code: types.CodeType) -> bool:
    return code.co_name == "_find_and_load"


@functools.lru_cache(maxsize=64)
def _code_that_calls_the_mark(code: types.CodeType) -> types.CodeType:
    names = list(code.co_varnames)
    positional, keywords = names[: code.co_argcount], names[code.co_argcount :][: code.co_kwonlyargcount]
    rest = names[code.co_argcount + code.co_kwonlyargcount :]
    taken, given = list(positional), list(positional)
    if code.co_flags & 0x04:  # CO_VARARGS
        taken.append(f"*{rest[0]}")
        given.append(f"*{rest[0]}")
    elif keywords:
        taken.append("*")
    taken += keywords
    given += [f"{name}={name}" for name in keywords]
    if code.co_flags & 0x08:  # CO_VARKEYWORDS
        taken.append(f"**{rest[-1]}")
        given.append(f"**{rest[-1]}")
    source = f"def {code.co_name}({', '.join(taken)}): return {_MARK!r}({', '.join(given)})"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a number is not callable
        # The frames of an import are left out of tracebacks by their file (Python/import.c, remove_importlib_frames).
        module = compile(source, code.co_filename if _is_import(code) else __file__, "exec")
    made = next(constant for constant in module.co_consts if isinstance(constant, types.CodeType))
    return made.replace(co_qualname=code.co_qualname)


class Lives:
    """What becomes of `threading.Thread` during an exploration."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._start = copy_of(vars(threading.Thread)["start"])
        self._join = copy_of(vars(threading.Thread)["join"])
        self._is_alive = copy_of(vars(threading.Thread)["is_alive"])
        self._loaded: set[str] = set()  # modules, in an execution that was discarded for that

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Exchanges the code, and puts it back."""
        quiet = [threading.Thread.__init__, Future.__init__, *_import_functions()]
        replacements: list[tuple[Any, Callable[..., Any]]] = [
            (threading.Thread.start, self.start),
            (threading.Thread.join, self.join),
            (threading.Thread.is_alive, self.is_alive),
            *((function, self._quiet(function)) for function in quiet),
            *((function, self._session.forks.as_fork(copy_of(function))) for function in _spawning_functions()),
        ]
        before = [(function, function.__code__) for function, _ in replacements]
        # The set of all Thread objects: what takes them out when they die is C code for now, and no operation.
        dangling = vars(threading)["_dangling"]
        remove, dangling._remove = dangling._remove, dangling.data.discard
        try:
            for function, replacement in replacements:
                function.__code__ = code_that_calls(replacement, function)
            yield
        finally:
            dangling._remove = remove
            for function, code in before:
                function.__code__ = code

    def _quiet(self, function: Any) -> Callable[..., Any]:
        """The same, with nothing seen of what happens inside."""
        real = copy_of(function)
        imports = _is_import(function.__code__)
        unseen = real if imports else unprofiled(real)
        born = self._session.ages.born if function.__name__ == "__init__" else None
        inside = list(_INSIDE) if born is not None else []

        def quietly(*args: Any, **keywords: Any) -> Any:
            execution = self._session.here()
            if execution is None:
                return real(*args, **keywords)
            while inside:
                self._session.sight.meets(inside.pop())
            if born is not None:
                born(args[0])
            loads = imports and args[0] not in sys.modules
            before, execution.ident = execution.ident, 0
            paused = self._session.pause()
            try:
                return unseen(*args, **keywords)
            finally:
                self._session.resume(paused)
                execution.ident = before
                if loads and args[0] in sys.modules:
                    if args[0] in self._loaded:  # the scenario takes it out, and would each time
                        execution.loaded = True
                    else:
                        self._loaded.add(args[0])
                        execution.discarded = True  # done again, with the module at hand

        if imports:
            quietly.__code__ = quietly.__code__.replace(co_filename=function.__code__.co_filename)
        return quietly

    @unprofiled
    def start(self, python: threading.Thread) -> None:
        """As Thread.start: the new thread can run from now on."""
        execution = self._session.here()
        fields = vars(python)
        if execution is None or not fields.get("_initialized") or fields["_started"]._flag:
            self._start(python)  # or raises what it raises
            return
        started = (UPDATE, fields["_started"], WHOLE)  # which others may ask, as the attributes of the thread
        execution.reach(START, UPDATE, ((UPDATE, python, WHOLE), started))
        if fields["_started"]._flag:  # meanwhile, by another thread
            self._start(python)
            return
        self._session.start(execution, python)

    @unprofiled
    def join(self, python: threading.Thread, timeout: float | None = None) -> None:
        """As Thread.join; a time-out is a guard: it ends only when no other thread can run."""
        execution = self._session.here()
        thread = None if execution is None else self._session.thread_of(python)
        if execution is None or thread is None or thread is execution.current:
            self._join(python, timeout)  # or raises what it raises
            return
        if timeout is not None:
            timeout = max(timeout, 0)  # raises what Thread.join raises
        if timeout == 0:
            execution.reach(JOIN, READ, thread.use)
        else:
            execution.wait(thread, JOIN, timeout, early=False, ready=thread.ended)

    @unprofiled
    def is_alive(self, python: threading.Thread) -> bool:
        """As Thread.is_alive: reads whether the thread has begun, and whether it has ended."""
        execution = self._session.here()
        if execution is None:
            return bool(self._is_alive(python))
        execution.reach(ALIVE, READ, ((READ, python, STATE),))  # where its start and its end leave a mark
        thread = self._session.thread_of(python)
        return bool(self._is_alive(python)) if thread is None else not thread.ended


# What the __init__ of threads and futures calls. It is given hooks beforehand: where nothing is seen the net catches
# nothing, and what it hasn't caught it looks at anew in each call.
_INSIDE: Final[tuple[Any, ...]] = (
    vars(threading)["_newname"],
    threading.Event.__init__,
    threading.Condition.__init__,
    threading.Thread.daemon,
    weakref.WeakSet.add,
)


def _import_functions() -> list[Any]:
    """An import is one step: what C calls for a module that isn't there yet."""
    return [vars(sys.modules["importlib._bootstrap"])["_find_and_load"]]


def _spawning_functions() -> list[Any]:
    """What starts child processes in C, unseen by os.register_at_fork."""
    found = [vars(subprocess.Popen)["_execute_child"]]
    if "multiprocessing.util" in sys.modules:
        found.append(vars(sys.modules["multiprocessing.util"])["spawnv_passfds"])
    return found


# --- what a Thread object looks like ----------------------------------------------------------------------------------

_names: Final = vars(threading)
_active: Final[dict[int, threading.Thread]] = _names["_active"]
# Where a Thread keeps the handle of its OS thread, since there is one (3.13).
_HANDLE: Final = next(
    (name for name in ("_handle", "_os_thread_handle") if name in vars(threading.Thread(name="any"))), ""
)
_make_handle: Final[Any] = vars(_thread).get("_make_thread_handle")
_INHERITS_CONTEXT: Final = bool(getattr(sys.flags, "thread_inherit_context", False))


def look_started(python: threading.Thread, ident: int, native_id: int) -> None:
    """What CPython notes in a Thread object that has begun."""
    fields = python.__dict__
    fields["_ident"] = ident
    if "_native_id" in fields:
        fields["_native_id"] = native_id
    if _HANDLE:
        fields[_HANDLE] = _make_handle(ident)
    fields["_started"]._flag = True
    _active[ident] = python


def look_ended(python: threading.Thread, ident: int) -> None:
    """What CPython notes in a Thread object that has ended."""
    fields = python.__dict__
    if _HANDLE:
        fields[_HANDLE]._set_done()
    if "_is_stopped" in fields:
        fields["_is_stopped"] = True
    if _active.get(ident) is python:
        del _active[ident]


def context_of(python: threading.Thread) -> contextvars.Context:
    """The context that a thread begins in (from 3.14 on it may inherit one: Thread.start)."""
    fields = python.__dict__
    context = fields.get("_context")
    if context is None:
        context = contextvars.copy_context() if _INHERITS_CONTEXT else contextvars.Context()
        if "_context" in fields:
            fields["_context"] = context
    assert isinstance(context, contextvars.Context)
    return context


def run(python: threading.Thread, function: Callable[..., object], called: Callable[[Any], Any]) -> None:
    """As Thread.run."""
    fields = vars(python)
    try:
        called(function)(*fields["_args"], **fields["_kwargs"])
    finally:
        del fields["_target"], fields["_args"], fields["_kwargs"]


def live(
    execution: Execution,
    thread: Thread,
    context: contextvars.Context,
    net: Callable[..., object] | None,
    called: Callable[[Any], Any],
    tell: Callable[[Thread], None],
) -> None:
    """All that a thread does, as Thread._bootstrap_inner has it.

    net: given to sys.setprofile instead of others. called: gives what is to be called in the place of a target.
    tell: is told that an exception leaves the thread.
    """
    python = thread.python
    assert python is not None
    try:
        if execution.over:
            return
        trace_begins(net)
        try:
            target = vars(python).get("_target")
            if type(python).run is threading.Thread.run and "run" not in vars(python) and target is not None:
                context.run(run, python, target, called)
            else:
                context.run(called(python.run))
        except Ended:
            pass
        except BaseException:
            if not execution.over:
                tell(thread)
        if not execution.alone:
            thread.ends()
            execution.reach(END, UPDATE, ((UPDATE, python, STATE),))
            execution.it_added(1)
    except Ended:
        pass
    finally:
        trace_ends()


# Not a context manager: those of contextlib run instrumented code here.
def trace_begins(net: Callable[..., object] | None) -> None:
    """The calling thread gets the trace and profile functions of a new thread (threading.settrace, setprofile); `net`
    stands for others' profile functions."""
    if trace := _names["_trace_hook"]:
        sys.settrace(trace)
    if profile := net or _names["_profile_hook"]:
        sys.setprofile(profile)


def trace_ends() -> None:
    """It has none any more."""
    if sys.gettrace() is not None:
        sys.settrace(None)
    if sys.getprofile() is not None:
        sys.setprofile(None)
