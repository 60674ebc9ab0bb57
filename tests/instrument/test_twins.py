"""Every construct in `twins/` behaves the same plain, instrumented with nobody listening, and instrumented with a
listener."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from typing import Any

import pytest

from stress.instrument import Passing
from tests.instrument.running import HERE, functions_in, instrumented, load, observe

FILES = [
    file
    for file in sorted((HERE / "twins").glob("[!_]*.py"))
    if not (since := re.match(r"since_3_(\d+)", file.name)) or sys.version_info >= (3, int(since[1]))
]

# What a listener is known to change, as docs/instrumentation.md says; nothing of it changes while nobody listens.
KNOWN_WITH_A_LISTENER = {
    # the hooks' own frames count: a recursion error comes a few calls earlier, and may say so at a hook
    "infinite_recursion",
    "default_dict_fails",  # a defaultdict's factory is called by a hook, which appears in the traceback if it raises
}

# A tracer sees one more line event where the name of an exception that threads may share is cleared at the end of its
# handler.
KNOWN_EVENTS = {"try_named_captured", "try_named_global"}


def names_in(file: Any) -> list[str]:
    module = _module(file)
    twins = [f for f in functions_in(module) if f.__code__.co_varnames[:1] == ("log",) and f.__qualname__ == f.__name__]
    return [f.__name__ for f in twins if not inspect.isgeneratorfunction(f) and not inspect.isasyncgenfunction(f)]


@functools.cache
def _source(file: Any) -> str:
    text: str = file.read_text(encoding="utf-8")
    return text


def _module(file: Any) -> Any:
    return load(str(file), _source(file), name=f"tests.instrument.twins.{file.stem}")


CASES = [pytest.param(file, name, id=f"{file.stem}::{name}") for file in FILES for name in names_in(file)]


# How it is instrumented: with nobody who listens, told of each access, and told only that an operation is reached.
WAYS = ((False, False), (True, True), (True, False))


@pytest.mark.parametrize(("file", "name"), CASES)
def test_a_construct_behaves_the_same(file: Any, name: str) -> None:
    plain = observe(getattr(_module(file), name), str(file))
    for listening, accesses in WAYS:
        module = _module(file)
        with instrumented(module, Passing() if listening else None, accesses):
            hooked = observe(getattr(module, name), str(file))
        for what in plain:
            if what == "events" and name in KNOWN_EVENTS:
                continue
            if not (listening and name in KNOWN_WITH_A_LISTENER):
                assert hooked[what] == plain[what], f"{what} differs, {listening=}, {accesses=}"


def test_there_are_enough_constructs() -> None:
    assert len(CASES) >= 150
