"""The listener of instrumented code: from what is announced to operations of an execution, and to substitutes.

Threads that don't belong to the execution pass through.
"""

from __future__ import annotations

import _thread
import functools
import os
import threading
import time
import types
from collections.abc import Callable, Sequence
from typing import Any, Final

from stress._compat import HAS_MONITORING, LOCALS_ARE_IN_THREAD_DICT, unprofiled
from stress.events import READ, REPLACED, UPDATE, VALUE, Access, Location, OperationSite
from stress.runtime.control import chance, clock, outside
from stress.runtime.control.execution import Execution
from stress.runtime.control.locks import LOCK, METHODS, QUEUE, QUEUE_METHODS, RLOCK, Held, Locks, Queues
from stress.runtime.control.thread import Sleep

_get_ident = _thread.get_ident
_FUNCTION: Final = types.FunctionType
_BUILTIN: Final = types.BuiltinFunctionType
_BUILTIN_METHOD: Final[type] = type(QUEUE().get)  # of C methods that ask for their class
_METHOD: Final = types.MethodType
_GENERATOR: Final = types.GeneratorType
_UNBOUND: Final = types.MethodDescriptorType
_CALL: Final = OperationSite("call", UPDATE, "", file="stress", function="")


_CONTROLLED: Final = frozenset({LOCK, RLOCK, QUEUE})


def _mode(execution: Execution, accesses: Sequence[Access]) -> str:
    """What a step does, all in all. Notes where it replaces what others go by unseen."""
    mode = READ
    for access in accesses:
        if access[0] is not READ:
            mode = UPDATE
            if access[1] is REPLACED and len(execution.live) > 1:
                execution.replaced = True
    return mode


class _Never:
    """Chooses nobody: between two executions nothing is seen."""

    early = sees = False
    stays_until = 0

    def follow(self, decisions: Sequence[int], events: Sequence[Any]) -> None: ...

    def choose(self, enabled: Sequence[Any], current: Any) -> Any:
        raise AssertionError


NOBODY: Final = Execution(_Never(), lambda execution: None)


class Sight:
    """Sees for one exploration; `execution` is the one that runs now. What only one thread can reach is no operation.

    meets: called with each Python function or class that is about to be called for the first time.
    is_step: whether a Python function runs as one step.
    here: what `ran` of a site is once an operation or call was seen there; begins: called before the first one, where
    there is no sys.monitoring.
    """

    sees_private = False
    drew = False  # random bytes, in some execution

    def __init__(
        self,
        meets: Callable[[Any], None],
        known: set[int],
        is_step: Callable[[Any], bool],
        here: object,
        begins: Callable[[], None],
    ) -> None:
        self.meets = meets
        self._known = known  # the id() of each code object and class that was met
        self.is_step = is_step
        self._here = here
        self._begins = begins
        self.has_hooks: Callable[[types.CodeType], bool] = lambda code: False
        self.announce: Callable[[Any, Sequence[Any], OperationSite], None] = lambda callee, args, site: None
        self.execution: Execution = NOBODY
        self.reached = NOBODY.reached
        self.access = self._access
        self.locks = Locks(NOBODY)
        self.queues = Queues(NOBODY)
        self.stranger: Callable[[int], None] = lambda ident: None  # another thread came to an operation
        self._waiting: dict[type, dict[str, Callable[..., Any]]] = {}  # C methods that may wait, by type
        self.start_new_thread: Callable[..., Any] = _thread.start_new_thread
        self._later = {name: functools.partial(self._outside, made) for name, made in outside.LATER.items()}
        self._functions: dict[Any, Callable[[OperationSite], Callable[..., Any]]] = {
            time.sleep: self._sleep,
            os.urandom: self._urandom,
            iter: self._iter,
            threading.enumerate: functools.partial(self._listed, threading.enumerate),
            threading.active_count: functools.partial(self._listed, threading.active_count),
            _thread.start_new_thread: lambda site: self.start_new_thread,
            _thread.start_new: lambda site: self.start_new_thread,
            **{
                function: functools.partial(self._outside, substitute)
                for function, substitute in outside.FUNCTIONS.items()
            },
            **{function: self._clock(convert) for function, convert in clock.CLOCKS.items()},
        }
        # By id() of their code: of functions that are written in Python.
        self._by_code = {
            id(function.__code__): substitute
            for function, substitute in self._functions.items()
            if type(function) is _FUNCTION
        }

    def spawns(self, function: Any, substitute: Callable[..., Any]) -> None:
        """A C function that starts child processes, and what is called in its place."""
        self._functions[function] = lambda site: substitute

    def begin(self, execution: Execution) -> None:
        """A new execution; nothing of the one before is left."""
        execution.stranger = self.stranger
        self._see(execution)

    def _see(self, execution: Execution) -> None:
        self.execution = execution
        self.reached = execution.reached if HAS_MONITORING else self._noticed
        self.access = execution.accessed if HAS_MONITORING and execution.sees else self._access
        self.locks.begin(execution)
        self.queues.begin(execution)

    def end(self) -> None:
        """The execution is over; what only it held may die now, unseen."""
        self._see(NOBODY)

    # --- what instrumented code announces -----------------------------------------------------------------------------

    @unprofiled
    def _access(self, site: OperationSite, mode: str, owner: Any, location: Location) -> bool:
        execution = self.execution
        if _get_ident() == execution.ident:
            if not HAS_MONITORING and site.ran is not self._here:
                self._first(site)
            if execution.sees:
                return execution.accessed(site, mode, owner, location)
            if not LOCALS_ARE_IN_THREAD_DICT and issubclass(type(owner), _thread._local):
                execution.current.worker.stale = True
            if location[0] != "attribute" and location is not VALUE and location is not site.location:
                # What a thread-local object has is another one in each thread.
                own = issubclass(type(owner), _thread._local)
                return execution.reach(site, mode, () if own else ((mode, owner, location),)) and not own
            execution.reach(site, mode)
        elif execution.ident:
            self.stranger(_get_ident())
        return False

    @unprofiled
    def step(self, site: OperationSite, accesses: Sequence[Access]) -> bool:
        execution = self.execution
        if _get_ident() == execution.ident:
            if not HAS_MONITORING and site.ran is not self._here:
                self._first(site)
            mode = READ
            for access in accesses:
                if access[0] is not READ:
                    mode = _mode(execution, accesses)
                    break
            return execution.reach(site, mode, accesses)
        return False

    def amend(self, accesses: Sequence[Access]) -> None:
        execution = self.execution
        if _get_ident() == execution.ident:
            execution.amend(_mode(execution, accesses), accesses)

    @unprofiled
    def entry(self, site: OperationSite) -> None:
        execution = self.execution
        if _get_ident() == execution.ident and execution.current.entered and execution.is_within(self.has_hooks):
            if not HAS_MONITORING and site.ran is not self._here:
                self._first(site)
            execution.reach(site, READ)

    @unprofiled
    def looks_into(self, site: OperationSite) -> bool:
        execution = self.execution
        if _get_ident() != execution.ident:
            return False
        return bool(site.detail or (execution.current.entered and execution.gives_to_c(site, self.has_hooks)))

    @unprofiled
    def given(self, site: OperationSite, accesses: Sequence[Access]) -> None:
        if not HAS_MONITORING and site.ran is not self._here:
            self._first(site)
        self.execution.gives(site, accesses)

    @unprofiled
    def call(self, site: OperationSite, callee: Any) -> Any:
        if _get_ident() != self.execution.ident:
            return callee
        if not HAS_MONITORING and site.ran is not self._here:
            self._first(site)
        kind = type(callee)
        if kind is _FUNCTION:
            code = id(callee.__code__)
            substitute = self._by_code.get(code)
            if substitute is not None:
                return substitute(site)
            if code not in self._known:
                substitute = self._later.get((callee.__module__, callee.__qualname__))
                if substitute is not None:
                    self._by_code[code] = substitute
                    return substitute(site)
                self.meets(callee)
        elif kind is _BUILTIN or kind is _BUILTIN_METHOD:
            owner = callee.__self__
            of = type(owner)
            if of in _CONTROLLED:
                return self._method(owner, callee.__name__, site) or callee
            waiting = self._waiting.get(of)
            if waiting is None:
                waiting = self._waiting[of] = outside.methods_of(of)
            if waiting and callee.__name__ in waiting:
                return functools.partial(waiting[callee.__name__], self.execution, site, callee)
            substitute = self._functions.get(callee)
            if substitute is not None:
                return substitute(site)
        elif kind is _METHOD:
            function = callee.__func__
            if type(function) is _FUNCTION:
                if id(function.__code__) not in self._known:
                    self.meets(function)
            elif type(callee.__self__) in _CONTROLLED and type(function) is _UNBOUND:
                return self._method(callee.__self__, function.__name__, site) or callee
        elif kind is _UNBOUND:
            if callee.__objclass__ in _CONTROLLED:
                return functools.partial(self._unbound, callee, site)
        elif kind is type:
            if id(callee) not in self._known:
                self.meets(callee)
        elif kind is functools.partial:
            function = self.call(site, callee.func)
            if function is not callee.func:
                return functools.partial(function, *callee.args, **callee.keywords)
        elif id(callee) not in self._known and issubclass(kind, type):
            self.meets(callee)
        return callee

    @unprofiled
    def _noticed(self, site: OperationSite, mode: str) -> bool:
        execution = self.execution
        if site.ran is not self._here and _get_ident() == execution.ident:
            self._first(site)
        return execution.reached(site, mode)

    def _first(self, site: OperationSite) -> None:
        site.ran = self._here
        self._begins()

    def _method(self, owner: Any, name: str, site: OperationSite) -> Any:
        """What stands for a lock's or queue's method; None for one that is as it is."""
        if type(owner) is QUEUE:
            queue_method = QUEUE_METHODS.get(name)
            return queue_method and functools.partial(queue_method, self.queues, self.queues.of(owner), site)
        method = METHODS.get(name)
        return method and method(self.locks, self.locks.of(owner), site)

    def _unbound(self, callee: Any, site: OperationSite, /, owner: Any, *args: Any, **keywords: Any) -> Any:
        """A method taken from its class, as contextlib.ExitStack does."""
        method = self._method(owner, callee.__name__, site) if type(owner) in _CONTROLLED else None
        return method(*args, **keywords) if method is not None else callee(owner, *args, **keywords)

    def called(self, callee: Any) -> Any:
        """What is to be called where code without hooks calls something of the scenario: a thread's target, say."""
        found = self.call(_CALL, callee)
        function: Any = callee
        while type(function) is functools.partial:
            function = function.func
        while type(function) is _METHOD:
            function = function.__func__
        python = type(function) is _FUNCTION or issubclass(type(function), type)
        return found if python or found is not callee else functools.partial(self._announced, callee)

    def _announced(self, callee: Any, /, *args: Any, **keywords: Any) -> Any:
        """C code is an operation, wherever it is called."""
        __tracebackhide__ = True
        self.announce(callee, (*args, *keywords.values()), _CALL)
        return callee(*args, **keywords)

    def walks(self, container: Any, site: OperationSite) -> None:
        if _get_ident() == self.execution.ident:
            self.execution.walks(container, site)

    def enters(self, function: Any) -> bool:
        if _get_ident() != self.execution.ident:
            return False
        if id(function.gi_code if type(function) is _GENERATOR else function.__code__) not in self._known:
            self.meets(function)
        return self.is_step(function)

    def enter(self, site: OperationSite, manager: Any) -> Any:
        if _get_ident() != self.execution.ident:
            return manager
        if not HAS_MONITORING and site.ran is not self._here:
            self._first(site)
        kind = type(manager)
        if kind is LOCK or kind is RLOCK:
            return Held(self.locks, self.locks.of(manager), site)
        if id(kind) not in self._known:
            self.meets(kind)
        return manager

    def _outside(self, substitute: Callable[..., Any], site: OperationSite) -> Callable[..., Any]:
        return functools.partial(substitute, self.execution, site)

    def _listed(self, function: Callable[..., Any], site: OperationSite) -> Callable[..., Any]:
        self.execution.listed = True
        return function

    # --- substitutes --------------------------------------------------------------------------------------------------

    def _iter(self, site: OperationSite) -> Callable[..., Any]:
        if site.detail == 1:  # argument: nothing is called, and the call is announced as it is
            return iter

        def substitute(*arguments: Any) -> Any:
            if len(arguments) == 2:  # iter(queue.get, None), whose steps C code calls
                return iter(self.call(site, arguments[0]), arguments[1])
            return iter(*arguments)

        return substitute

    def _sleep(self, site: OperationSite) -> Callable[..., Any]:
        return functools.partial(self.sleep, site)

    def sleep(self, site: OperationSite, /, *arguments: Any, **keywords: Any) -> None:
        """As time.sleep."""
        if len(arguments) != 1 or keywords:
            time.sleep(*arguments, **keywords)  # raises what it raises
        (seconds,) = arguments
        if not isinstance(seconds, (int, float)) or not seconds > 0:
            self.execution.reach(site, READ)
            time.sleep(0 if seconds == 0 else seconds)  # or raises what it raises
            return
        self.execution.wait(Sleep(), site, float(seconds))

    def _urandom(self, site: OperationSite) -> Callable[[int], bytes]:
        self.drew = True
        return functools.partial(chance.urandom, self.execution.current)

    def _clock(self, convert: Callable[[float], float | int]) -> Callable[[OperationSite], Callable[[], float | int]]:
        def bind(site: OperationSite) -> Callable[[], float | int]:
            def now() -> float | int:
                execution = self.execution
                execution.reach(site, READ, clock.READING)
                return convert(clock.read(execution))

            return now

        return bind
