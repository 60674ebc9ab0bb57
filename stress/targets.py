"""TARGET on the command line: the modules that it means, imported, and the scenarios in them."""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import os
import pkgutil
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stress._arguments import check_callable
from stress._commands import near
from stress.scenarios import Marked, interleaved, marked


class WrongTarget(Exception):
    """A target that can't be run; its text is one line."""


@dataclass(frozen=True)
class Found:
    """A scenario, and the name that it is shown by."""

    name: str
    function: Callable[[], object]
    marked: Marked
    target: str  # what to type to run it alone


def find(targets: list[str]) -> list[Found]:
    """The scenarios of all targets in the order of their definition, each once, however many modules import it.

    A target is a module or package by name, a file or a folder by path, or one of these and ::NAME, which may name any
    callable. A package is walked recursively, without `__main__` modules; a folder too, without hidden ones and virtual
    environments. Raises WrongTarget.
    """
    found: dict[str, Found] = {}
    seen: set[int] = set()  # by id(): a target may define its equality
    for target in targets:
        for scenario in _find(target):
            if id(scenario.function) not in seen:
                seen.add(id(scenario.function))
                found.setdefault(scenario.target, scenario)  # one file may be imported under two names
    return list(found.values())


def _find(target: str) -> list[Found]:
    place, separator, name = target.partition("::")
    modules = list(_modules(place))
    if separator:
        return [_named(modules[0], name, target)]
    found = [
        _marked(module, name, function, mark)
        for module in modules
        for name, function in _values(module)
        if (mark := marked(function))
    ]
    if not found:
        raise WrongTarget(
            f"no scenario in {place}: mark a function with @stress.scenario, or name any callable: {place}::NAME"
        )
    return found


def _values(of: types.ModuleType | type, within: str = "") -> Iterator[tuple[str, Any]]:
    """What may be a scenario, and its name: all that a module has, and the functions of the classes in it."""
    for name, value in list(vars(of).items()):
        if isinstance(of, types.ModuleType):
            yield name, value
        elif isinstance(value, (types.FunctionType, staticmethod)):
            yield within + name, getattr(of, name)
        if isinstance(value, type) and (not within or value.__qualname__ == f"{of.__qualname__}.{name}"):
            yield from _values(value, f"{within}{name}.")


def _marked(found_in: types.ModuleType, found_as: str, function: Callable[..., object], mark: Marked) -> Found:
    """The scenario under a name by which it is found again: its own in the module that defines it, unless another
    object goes by that (closures of one factory, lambdas) or it has none (a partial), which leaves a name that somebody
    gave it there or here."""
    module = sys.modules.get(getattr(function, "__module__", None) or "", found_in)
    names = [
        getattr(function, "__qualname__", ""),
        *(name for name, value in vars(module).items() if value is function),
    ]
    name = next((name for name in names if _get(module, name) is function), None)
    if name is None:
        module, name = found_in, found_as
    file = getattr(module, "__file__", None)
    target = f"{near(file) if file else module.__name__}::{name}"
    return _found(f"{module.__name__}.{name}", function, mark, target)


def _get(module: types.ModuleType, name: str) -> object:
    found: object = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _named(module: types.ModuleType, name: str, target: str) -> Found:
    found: object = module
    for part in name.split("."):
        near = difflib.get_close_matches(part, dir(found), n=1)
        if not hasattr(found, part):
            hint = f". Did you mean {near[0]}?" if near else ""
            raise WrongTarget(f"{target}: {module.__name__} has no {name!r}{hint}")
        found = getattr(found, part)
    return _found(f"{module.__name__}.{name}", found, marked(found) or Marked(), target)


def _found(name: str, function: object, mark: Marked, target: str) -> Found:
    """The scenario; of a test under @interleave the test itself, which is explored here and not by the decorator."""
    if (under := interleaved(function)) is not None:
        function, settings = under
        mark = Marked(mark.expect, {**settings, **mark.settings})
    try:
        check_callable(f"{target}:", function)
    except TypeError as error:
        raise WrongTarget(str(error)) from None
    assert callable(function)
    return Found(name, function, mark, target)


def _modules(place: str) -> Iterator[types.ModuleType]:
    path = Path(place)
    if path.suffix == ".py" or os.sep in place or "/" in place or place in (".", ".."):
        if not path.exists():
            raise WrongTarget(f"no such file: {place}")
        yield from _walk_folder(path) if path.is_dir() else [_import_file(path)]
    elif path.is_file():
        raise WrongTarget(f"{place} is neither a module nor a Python file")
    elif not place or not all(part.isidentifier() for part in place.split(".")):
        raise WrongTarget(f"{place!r} is neither a module nor a file: a target is bank, bank.unsafe or bank/unsafe.py")
    else:
        yield from _walk_package(_import(place))


def _walk_package(module: types.ModuleType) -> Iterator[types.ModuleType]:
    yield module
    for each in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}."):
        if each.name.rpartition(".")[2] != "__main__":
            yield from _walk_package(_import(each.name))


def _walk_folder(folder: Path) -> Iterator[types.ModuleType]:
    whole = folder.resolve()
    if whole == whole.parent:
        raise WrongTarget(f"{folder} is all files that there are: name the folder of your own")
    try:
        paths = sorted(folder.rglob("*.py"))
        theirs = {path.parent for path in folder.rglob("pyvenv.cfg")}  # the packages of a virtual environment
    except OSError as error:
        raise WrongTarget(f"{folder} can't be walked: {error}") from None
    for path in paths:
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.name != "__main__.py" and not hidden and theirs.isdisjoint(path.parents):
            yield _import_file(path)


def _import_file(path: Path) -> types.ModuleType:
    """The module of a file: under its dotted name if it lies in a package, so that it is imported once; else by itself,
    with its folder at the end of sys.path, where its neighbours are found and no module is hidden."""
    path = path.resolve()
    names, folder = [path.stem], path.parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.insert(0 if len(names) > 1 else len(sys.path), str(folder))
    if names[-1] == "__init__" and len(names) > 1:
        names.pop()
    return _import(".".join(names)) if _would_import(names, path) else _load(path)


def _would_import(names: list[str], path: Path) -> bool:
    """Whether an import of these names gives this file, and not another of the same name."""
    try:
        spec = importlib.util.find_spec(".".join(names))
    except (ImportError, ValueError):
        return len(names) > 1  # a package that fails to import says so itself
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == path


@functools.cache  # else a second target that means this file has scenarios of its own
def _load(path: Path) -> types.ModuleType:
    name = path.stem if path.stem.isidentifier() and path.stem not in sys.modules else f"target {path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise WrongTarget(f"{_shorter(str(path))} is neither a module nor a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with _telling(str(path)):
        spec.loader.exec_module(module)
    return module


def _import(name: str) -> types.ModuleType:
    with _telling(name):
        return importlib.import_module(name)


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """Says of a module that fails to import, in one line, what was raised and where."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name and (what == error.name or what.startswith(f"{error.name}.")):
            raise WrongTarget(f"no module named {what}: {_place_hint(what)}") from None
        raise WrongTarget(_failed(what, error)) from error
    except (Exception, SystemExit) as error:
        raise WrongTarget(_failed(what, error)) from error


def _place_hint(name: str) -> str:
    file = Path(*name.split(".")).with_suffix(".py")
    return (
        f"did you mean the file {file}?"
        if file.exists()
        else "a target is a module that can be imported here, or a file"
    )


def _failed(what: str, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        file, line = error.filename, error.lineno
    else:
        ours = str(Path(__file__).parent)
        frames = [
            each
            for each in traceback.extract_tb(error.__traceback__)
            if "importlib" not in each.filename and not each.filename.startswith(ours)
        ]
        file, line = (frames[-1].filename, frames[-1].lineno) if frames else (None, None)
    at = f"{_shorter(file)}:{line}" if file else what
    return f"{what} fails to import: {type(error).__name__}: {' '.join(str(error).split())} ({at})"


def _shorter(file: str) -> str:
    """The path from here or the whole one."""
    return min(near(file), file, key=len)
