"""What a scenario runs, found by running it, and given hooks before it runs.

A call that a hook sees is met before it happens: the function, or all functions of the class, get hooks then. What
C code enters by itself (a property, a special method, a callback) is caught by a net as it begins: it gets its hooks,
and whoever runs the scenario is told to begin again, so that nothing that counts ran without.

Given hooks: every function with source, wherever it is installed, and the standard library's where it keeps state that
threads share (`SHARED`). Left alone and unseen: test tools, this package, the import system and a thread's life cycle.
All other code of the standard library runs as one step.
"""

from __future__ import annotations

import functools
import gc
import inspect
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType, GeneratorType, ModuleType
from typing import Any, Final

from stress._compat import FROZEN_AT_START, HAS_MONITORING
from stress.instrument import kinds
from stress.instrument.kinds import class_attribute
from stress.instrument.source import without_source
from stress.instrument.swap import Instrumentation, functions_of, holds_functions, is_instrumented

# Top-level modules of the standard library, or modules in its packages, whose Python code keeps state of threads.
SHARED: Final = (
    "_collections_abc",
    "_weakrefset",
    "asyncio",
    "collections",
    "concurrent.futures",
    "contextlib",
    "functools",
    "logging",
    "multiprocessing.connection",
    "multiprocessing.dummy",
    "multiprocessing.pool",
    "os",
    "queue",
    "sched",
    "threading",
    "weakref",
)
# Of other modules, the classes that put another value in a name's place for a while, whosever it is.
PATCHING: Final = {"unittest.mock": ("_patch", "_patch_dict"), "_pytest.monkeypatch": ("MonkeyPatch",)}
# Whose calls are no operations of the scenario.
TOOLS: Final = (
    "__channelexec__",  # what execnet runs: xdist.remote
    "_pytest",
    "bdb",
    "coverage",
    "execnet",
    "hypothesis",
    "importlib",
    "pdb",
    "pluggy",
    "pydevd",
    "_pydevd_bundle",
    "pytest",
    "pytest_cov",
    "stress",
    "xdist",
    "zipimport",
)

_OURS: Final = str(Path(__file__).parents[1])
_PATHS: Final = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
# A thread's life cycle.
_LIFE: Final = frozenset(
    {
        id(function.__code__)
        for function in (
            *(each for each in vars(threading.Thread).values() if type(each) is FunctionType),
            threading.current_thread,
            threading.enumerate,
            threading.active_count,
            vars(threading)["_make_invoke_excepthook"],
        )
    }
    | {
        id(constant)
        for constant in vars(threading)["_make_invoke_excepthook"].__code__.co_consts
        if isinstance(constant, CodeType)
    }
)
_LIFE_CLASSES: Final = frozenset({threading.Thread, type(threading.main_thread())})


class Finder:
    """Finds what runs, for one exploration. A context manager: on the way out everything has its own code again.

    include: names of further modules (NAME covers NAME.*) of the standard library or of test tools.
    watched: whether the calling thread is one whose functions are to be found, now.
    begin_again: raises; called when something began to run without hooks that has some now.
    unseen: calls a function of ours, so that nothing of it is taken for the scenario's.
    learns: called with the globals of a module, once, before anything of it runs that is given hooks.
    """

    def __init__(
        self,
        include: Iterable[str],
        watched: Callable[[], bool],
        begin_again: Callable[[], object],
        unseen: Callable[..., Any],
        learns: Callable[[dict[str, Any]], object],
    ) -> None:
        self._include = tuple(include)
        self._watched = watched
        self._begin_again = begin_again
        self._unseen = unseen
        self._learns = learns
        self._modules: dict[int, dict[str, Any]] = {}  # the globals of those that it has learnt of, by id()
        self.instrumentation = Instrumentation()
        self.known: set[int] = set()  # id() of all code and classes that need no further look
        self._kept: dict[int, Any] = {}  # what these ids belong to
        self._steps: set[int] = set()  # id() of code that runs as one step
        self.named: dict[str, str] = {}  # what runs as one step for want of source, and why
        self.standard: set[str] = set()  # the modules of the standard library of which something ran as one step
        self.ran_in_c = kinds.ran_in_c  # C functions and types of which something did, but for CPython's own
        self.asked_weakly = kinds.asked_weakly  # the types of weak references that were asked for their objects
        self._caught: set[tuple[str, int, str]] = set()  # by the net: file, first line and name
        self._recalled: set[tuple[str, int, str]] = set()  # of these, those for which the process knew functions
        self._tool: int | None = None
        self._disable: object = None
        self._freezes_again = False
        self._own = _code_of(tuple(_our_modules()))
        self.known.update(_LIFE, self._own)

    # --- met before it runs -------------------------------------------------------------------------------------------

    def meet(self, thing: Any) -> None:
        """A function or class (or a partial of one) is about to be called."""
        if type(thing) is FunctionType:
            self._meet_function(thing)
            for function in functions_of(thing):
                self._meet_function(function)
        elif isinstance(thing, type):
            for base in thing.__mro__:
                if id(base) in self.known:
                    continue
                self._keep(base)
                if base.__module__ == "builtins" or base in _LIFE_CLASSES:
                    continue
                for name, value in list(vars(base).items()):
                    # A plain method is met when it is called. These are entered by C code.
                    if (name.startswith("__") and name.endswith("__")) or type(value) is not FunctionType:
                        for function in functions_of(value) if holds_functions(value) else ():
                            self._meet_function(function)
        elif isinstance(thing, functools.partial):
            self.meet(thing.func)
        elif type(thing) is GeneratorType:
            if not is_instrumented(thing.gi_code) and _is_standard(thing.gi_code.co_filename) and thing.gi_frame:
                self._wanted(thing.gi_code, thing.gi_frame.f_globals)
        else:
            for function in functions_of(thing):
                self._meet_function(function)

    def has_hooks(self, thing: Any) -> bool:
        """Whether any function of a thing has hooks."""
        return any(function in self.instrumentation for function in functions_of(thing))

    def _meet_function(self, function: FunctionType) -> None:
        code = function.__code__
        if id(code) in self.known:
            return
        if is_instrumented(code):
            self._keep(code)
            return
        if not self._wanted(code, function.__globals__):
            return
        if self.instrumentation.add(function):
            self._keep(function.__code__)
        else:
            self._leave(code, self.instrumentation.reasons.get(code, "no source"))

    def _wanted(self, code: CodeType, names: Any) -> bool:
        """Whether code is to be given hooks; if not, that is noted."""
        module = str(names.get("__name__", ""))
        patching = code.co_qualname.partition(".")[0] in PATCHING.get(module, ())
        if not (patching or is_in(module, self._include)):
            named_tuple = module.startswith("namedtuple_")  # its __new__ has no source, and touches nothing shared
            if named_tuple or code.co_filename.startswith(_OURS) or is_tool(module):
                self._keep(code)
                return False
            if _is_standard(code.co_filename) and not is_in(module, SHARED):
                self._keep(code)
                self._steps.add(id(code))
                self.standard.add(module)
                return False
        if id(names) not in self._modules and not _is_standard(code.co_filename):
            self._modules[id(names)] = names
            self._learns(names)
            for function in list(_known_to_be_entered):
                if function.__globals__ is names:
                    self._meet_function(function)
        return True

    def _leave(self, code: CodeType, reason: str) -> None:
        self._keep(code)
        self._steps.add(id(code))
        self.named.setdefault(code.co_qualname, reason)

    def _keep(self, thing: CodeType | type) -> None:
        key = id(thing)
        self.known.add(key)
        # Not for ever: a scenario may make new code and new classes in each execution.
        self._kept[key] = weakref.ref(thing, functools.partial(self._drop, key))

    def _drop(self, key: int, _: object) -> None:
        self.known.discard(key)
        self._steps.discard(key)
        self._kept.pop(key, None)

    def is_step(self, function: Any) -> bool:
        """Whether a function runs as one step; a class does if its __init__ or __new__ do."""
        if type(function) is FunctionType:
            return id(function.__code__) in self._steps
        if type(function) is GeneratorType:
            return id(function.gi_code) in self._steps
        if self._steps and isinstance(function, type):
            return any(id(code) in self._steps for code in _constructors(function))
        return False

    # --- the net ------------------------------------------------------------------------------------------------------

    def begins(self, code: CodeType, frame: FrameType, goes_on: bool) -> bool:
        """Some code begins to run, in a watched thread, or goes on after it was suspended. Whether it needs no further
        look."""
        if id(code) in self.known:
            return True
        if code.co_filename.startswith(_OURS) or is_instrumented(code):
            self._keep(code)
            return True
        caller = frame.f_back
        if (
            caller is not None
            and caller.f_code.co_filename.startswith(_OURS)
            and caller.f_code.co_name not in _STARTERS
        ):
            return False  # called by us for ourselves
        if self._unseen(self._catch, code, frame.f_globals, goes_on):
            self._begin_again()
        return True

    def _catch(self, code: CodeType, names: Any, goes_on: bool) -> bool:
        """Whether code that begins to run has hooks from now on, so that all is to be begun again. A frame that was
        suspended goes on with the code that it has."""
        if not self._wanted(code, names):
            return False
        if goes_on:
            self._leave(code, "it was suspended since before the exploration")
            return False
        if (reason := without_source(code, names)) is not None:
            self._leave(code, reason)  # all objects need not be searched for its functions
            return False
        if gc.get_freeze_count() > FROZEN_AT_START:
            gc.unfreeze()  # what somebody has frozen isn't looked at otherwise
            self._freezes_again = True
        place = code.co_filename, code.co_firstlineno, code.co_name
        recalled = [] if place in self._recalled else [each for each in _known_to_be_entered if each.__code__ is code]
        self._recalled.add(place)
        # A module's or a class's body is no function's code.
        functions = recalled or (_functions_with(code) if code.co_flags & inspect.CO_OPTIMIZED else [])
        if functions and place in self._caught:
            self._leave(code, "it is made anew by code that has no hooks, and called by C code")
            return False
        hooked = False
        for function in functions:
            self._meet_function(function)
            _known_to_be_entered.add(function)
            hooked |= function.__code__ is not code and function.__code__ != code
        if not hooked:
            # It has no operations, or no source; or it is a module's, a class's, or a lambda's inside code that has no
            # hooks, and part of what runs that.
            self._keep(code)
            return False
        if not recalled:  # else there may be another one with this code
            self._caught.add(place)
        return True

    def __enter__(self) -> Finder:
        self.ran_in_c.clear()
        self.asked_weakly.clear()
        if HAS_MONITORING:
            monitoring = _monitoring()
            for tool in (4, 5, 2, 0):  # coverage has 1, Hypothesis 3; 0, 2 and 5 have names, and are free mostly
                if monitoring.get_tool(tool) is None:
                    break
            else:
                raise RuntimeError("sys.monitoring: all tool ids are in use, and the net needs one")
            self._tool = tool
            self._disable = monitoring.DISABLE
            monitoring.use_tool_id(tool, "stress")
            events = monitoring.events
            monitoring.register_callback(tool, events.PY_START, functools.partial(self._on_start, False))
            monitoring.register_callback(tool, events.PY_RESUME, functools.partial(self._on_start, True))
            monitoring.set_events(tool, events.PY_START | events.PY_RESUME)
            monitoring.restart_events()
        return self

    def __exit__(self, *_: object) -> None:
        if self._tool is not None:
            monitoring = _monitoring()
            monitoring.set_events(self._tool, 0)
            monitoring.register_callback(self._tool, monitoring.events.PY_START, None)
            monitoring.register_callback(self._tool, monitoring.events.PY_RESUME, None)
            monitoring.free_tool_id(self._tool)
        self.instrumentation.restore()
        if self._freezes_again:
            gc.freeze()

    def _on_start(self, goes_on: bool, code: CodeType, offset: int) -> object:
        # What is ours runs to its end, also in a thread that is left behind: `watched` would end it.
        if (
            id(code) in self.known
            or code.co_filename.startswith(_OURS)
            or (self._watched() and self.begins(code, sys._getframe(1), goes_on))
        ):
            return self._disable
        return None

    def profiled(self, frame: FrameType, event: str, argument: object) -> None:
        """Until 3.11, what sys.setprofile is given in each watched thread."""
        if event == "call" and id(frame.f_code) not in self.known and self._watched():
            # Where it goes on, the argument of the opcode RESUME is above 0.
            self.begins(frame.f_code, frame, bool(frame.f_code.co_code[frame.f_lasti + 1] & 3))


# Functions of ours that call what the scenario starts a thread with, or through which C code of it is called: what that
# calls in Python, no frame of its own in between, has not been met.
_STARTERS: Final = frozenset({"run", "live", "_announced"})


def _our_modules() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if name[:6] == "stress" and name[6:7] in {"", "."}:  # there are thousands
            yield module


@functools.lru_cache(maxsize=1)
def _code_of(modules: tuple[ModuleType, ...]) -> dict[int, CodeType]:
    """By id(), the code of these modules' functions and classes, and what dataclasses and named tuples made for the
    latter."""
    found: dict[int, CodeType] = {}
    for module in modules:
        for thing in list(vars(module).values()):
            if getattr(thing, "__module__", None) == module.__name__:
                for each in (thing, *vars(thing).values()) if isinstance(thing, type) else (thing,):
                    code = getattr(getattr(each, "__func__", each), "__code__", None)
                    if isinstance(code, CodeType):
                        found[id(code)] = code
    return found


def _functions_with(code: CodeType) -> list[FunctionType]:
    """All functions whose code this is. Looks through all objects of the process, of which there may be millions."""
    return [each for each in gc.get_referrers(code) if type(each) is FunctionType and each.__code__ is code]


# Functions that a net caught before, in this process: given hooks with their module's first, which saves a beginning.
_known_to_be_entered: Final[weakref.WeakSet[FunctionType]] = weakref.WeakSet()


def _monitoring() -> Any:
    """sys.monitoring, which the type checkers' oldest Python lacks."""
    return vars(sys)["monitoring"]


def _constructors(kind: type) -> Iterator[CodeType]:
    """The code of its __new__ and __init__, as far as they are Python."""
    for name in ("__new__", "__init__"):
        found = class_attribute(kind, name)
        if type(found) is staticmethod:
            found = found.__func__
        if type(found) is FunctionType:
            yield found.__code__


@functools.lru_cache(maxsize=10_000)
def is_in(module: str, names: tuple[str, ...]) -> bool:
    """Whether a module is one of these or lies in one: NAME covers NAME.*."""
    return any(module == name or module.startswith(name + ".") for name in names)


def is_tool(module: str) -> bool:
    """Whether a module is of the test tools."""
    return is_in(module, TOOLS)


def _is_standard(file: str) -> bool:
    return file.startswith("<frozen ") or (
        file.startswith(_PATHS) and "site-packages" not in file and "dist-packages" not in file
    )
