"""Small programs, once as Python and once for the model, drawn from a seed: variables of each kind, and locks.

The model's interleavings are listed without stress (see `model`); what stress finds of the Python must be the same.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.search.model import Body, side_by_side

VARIABLES = {"a": "box.value", "i": 'items["i"]', "g": "GLOBAL", "c": "cell"}
Statement = tuple[Any, ...]


def drawn(seed: int) -> list[list[Statement]]:
    """The statements of each thread."""
    draw = random.Random(seed)
    variables = draw.sample(sorted(VARIABLES), 2)
    locked = draw.random() < 0.6

    def block(depth: int, most: int) -> list[Statement]:
        return [statement(depth) for _ in range(draw.randint(1, most))]

    def statement(depth: int) -> Statement:
        kind = draw.choice(
            ("set", "add", "copy", "with", "with", "try") if locked and depth < 2 else ("set", "add", "copy")
        )
        if kind == "set":
            return kind, draw.choice(variables), draw.randint(1, 3)
        if kind == "add":
            return kind, draw.choice(variables)
        if kind == "copy":
            return kind, draw.choice(variables), draw.choice(variables)
        if kind == "with":
            return kind, draw.randint(0, 1), block(depth + 1, 1)
        return kind, draw.randint(0, 1), block(depth + 1, 1)

    threads = draw.choice((2, 2, 2, 3))
    return [block(0, 2 if threads == 2 else 1) for _ in range(threads)]


def source(name: str, threads: list[list[Statement]]) -> str:
    """A scenario that returns the values of all variables, and which locks the threads got."""
    lines = [
        f"def {name}():",
        "    global GLOBAL",
        "    box, items, cell, got = Box(), {'i': 0}, 0, [[] for _ in range(3)]",
        "    GLOBAL = 0",
        "    locks = [threading.Lock() for _ in range(2)]",
    ]
    for index, statements in enumerate(threads):
        lines += [f"    def thread{index}():", "        global GLOBAL", "        nonlocal cell"]
        lines += [" " * 8 + line for line in _lines(statements, index)]
    called = ", ".join(f"thread{index}" for index in range(len(threads)))
    lines += [f"    stress.parallel({called})", "    return box.value, items['i'], GLOBAL, cell, str(got)", "", ""]
    return "\n".join(lines)


def _lines(statements: list[Statement], thread: int) -> Iterator[str]:
    for kind, which, *rest in statements:
        if kind == "set":
            yield f"{VARIABLES[which]} = {rest[0]}"
        elif kind == "add":
            yield f"{VARIABLES[which]} += 1"
        elif kind == "copy":
            yield f"{VARIABLES[which]} = {VARIABLES[rest[0]]}"
        elif kind == "with":
            yield f"with locks[{which}]:"
            yield from ("    " + line for line in _lines(rest[0], thread))
        else:
            yield f"if locks[{which}].acquire(False):"
            yield from ("    " + line for line in _lines(rest[0], thread))
            yield f"    locks[{which}].release()"
            yield "else:"
            yield f"    got[{thread}].append({which})"


def module_of(path: Path, text: str) -> ModuleType:
    """A module with this source, in a file of this path; it stays in sys.modules."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def model(threads: list[list[Statement]]) -> Body:
    """The same for the model."""

    def play(statements: list[Statement]) -> Generator[tuple[Any, ...], Any, None]:
        for kind, which, *rest in statements:
            if kind == "set":
                yield ("write", which, rest[0])
            elif kind == "add":
                value = yield ("read", which)
                yield ("write", which, value + 1)
            elif kind == "copy":
                value = yield ("read", rest[0])
                yield ("write", which, value)
            elif kind == "with":
                yield ("acquire", f"l{which}")
                yield from play(rest[0])
                yield ("release", f"l{which}")
            elif (yield ("try", f"l{which}")):
                yield from play(rest[0])
                yield ("release", f"l{which}")

    def body(statements: list[Statement]) -> Callable[[], Generator[tuple[Any, ...], Any, None]]:
        return lambda: play(statements)

    return side_by_side(*(body(statements) for statements in threads))


HEAD = """\
import threading
import stress

GLOBAL = 0

class Box:
    value = 0

    def __init__(self):
        self.value = 0

"""
