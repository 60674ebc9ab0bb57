"""Named packages that get hooks as they are imported, for as long as the process lives.

A finder ahead of all others lets these find a module, and sees to it that what the module's loader executes has hooks
in every function: so what the module makes of them while it is imported has hooks as well, and neither a frame nor a
name nor the loader tells of it. The code is the one that an exploration would give these functions. pytest executes the
modules that it rewrote itself: whoever does so passes their code through `Importing.hooked`. Functions of modules that
were imported before get their hooks at once, as in an exploration. Other processes notice nothing; a fork's functions
keep their hooks.
"""

from __future__ import annotations

import gc
import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import CodeType, FunctionType
from typing import Any

from stress.instrument import source
from stress.instrument.finding import is_in
from stress.instrument.source import NO_SOURCE, NotInstrumented
from stress.instrument.swap import Instrumentation, instrumented_code


@dataclass
class Figures:
    """Of one module: how many functions have source, nested ones among them, and which have no hooks, and why."""

    functions: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


class Importing:
    """names: the packages and modules, NAME covers NAME.*."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.figures: dict[str, Figures] = {}  # by module
        self._loaded = Instrumentation()

    def start(self) -> None:
        """From here on."""
        sys.meta_path.insert(0, self)
        met: set[tuple[str, CodeType]] = set()
        for function in [each for each in gc.get_objects() if type(each) is FunctionType]:
            code, module = function.__code__, function.__globals__.get("__name__")
            if not isinstance(module, str) or not is_in(module, self.names):
                continue
            self._loaded.add(function)
            if (module, code) not in met:
                met.add((module, code))
                self._count(module, code, self._loaded.reasons.get(code))
        for file in {code.co_filename for _, code in met}:
            source.forget(file)

    def stop(self) -> None:
        """Modules that are imported later have no hooks."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._loaded.restore()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Part of the import system's protocol for finders."""
        if not is_in(name, self.names):
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find and find(name, path, target)
            if spec is not None:
                self._prepare(spec)
                return spec
        return None

    def _prepare(self, spec: ModuleSpec) -> None:
        """The next code that its loader is asked for, once, has hooks."""
        loader: Any = spec.loader
        if not spec.has_location or not hasattr(loader, "get_code") or not hasattr(loader, "__dict__"):
            return

        def get_code(name: str) -> CodeType | None:
            vars(loader).pop("get_code", None)
            code = loader.get_code(name)
            names = {"__name__": name, "__loader__": loader, "__spec__": spec, "__file__": spec.origin}
            return code and self.hooked(code, names)

        loader.get_code = get_code

    def hooked(self, code: CodeType, module: Mapping[str, Any]) -> CodeType:
        """A module's code with hooks in its functions, if it is one of those named. Without any, it is the same
        object."""
        if not is_in(str(module.get("__name__")), self.names):
            return code
        found = self._hooked(code, module)
        source.forget(code.co_filename)  # a tree makes every garbage collection take longer, and all of it is done
        return found

    def _hooked(self, code: CodeType, module: Mapping[str, Any]) -> CodeType:
        constants = tuple([self._constant(constant, module) for constant in code.co_consts])
        same = all(map(lambda one, other: one is other, constants, code.co_consts))
        return code if same else code.replace(co_consts=constants)

    def _constant(self, constant: Any, module: Mapping[str, Any]) -> Any:
        if type(constant) is not CodeType:
            return constant
        if not constant.co_flags & inspect.CO_OPTIMIZED or constant.co_name.startswith("<generic parameters"):
            return self._hooked(constant, module)  # a class's body, or the scope of type parameters
        hooked, reason = constant, None
        try:
            hooked = instrumented_code(constant, module)
        except NotInstrumented as why:
            reason = str(why)
        self._count(str(module["__name__"]), constant, reason)
        return hooked

    def _count(self, module: str, code: CodeType, reason: str | None) -> None:
        figures = self.figures.setdefault(module, Figures())
        if reason is not None and reason.startswith(NO_SOURCE):
            return
        for each in _functions_in(code):
            figures.functions += 1
            if reason is not None:
                figures.left.append((each.co_qualname, reason))


def _functions_in(code: CodeType) -> list[CodeType]:
    """Functions and lambdas, not the scopes that the compiler makes for comprehensions and annotations."""
    is_function = code.co_name == "<lambda>" or (code.co_name.isidentifier() and code.co_name != "__annotate__")
    found = [code] if is_function and code.co_flags & inspect.CO_OPTIMIZED else []
    for constant in code.co_consts:
        if type(constant) is CodeType:
            found += _functions_in(constant)
    return found
