"""What hooks cost: nanoseconds an operation, and the time to instrument a package:

    python benchmarks/instrument.py [PYTHON...]

with each interpreter: python3.11 and python3.14 of PATH, unless others are named.

Beside the plain operation: instrumented with nobody listening; with a listener that does nothing; and with one that
does nothing either, but is told of what only one thread can reach (the last rows) as well.
Each figure is the best of ROUNDS, less the cost of an empty loop; the ratio is to the plain operation. Then a package
of 10,000 lines is written to a temporary folder, and all its functions are instrumented, twice: the second time nothing
is compiled. Last, what it costs to find out what a scenario runs. The best of ROUNDS processes, each: how fast a core
is changes within seconds.

The interpreters need no packages: what runs here imports neither hypothesis nor rich.
"""

from __future__ import annotations

import functools
import importlib
import pathlib
import platform
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import stress
from stress.instrument import Instrumentation, Passing, functions_of, listen

LOOP = 20_000
ROUNDS = 7

SETUP = """
class Owner:
    def __init__(self):
        self.value = 1
    def method(self, x):
        return x
g = 1
def function(x):
    return x
"""

OPERATIONS = {
    "read an attribute": "box.value",
    "write an attribute": "box.value = 1",
    "augment an attribute": "box.value += 1",
    "read an item": "items[0]",
    "write a key": "table['a'] = 1",
    "augment a key": "table['a'] += 1",
    "read a global": "g",
    "read a closure variable": "n",
    "call a function": "function(1)",
    "call a method": "box.method(1)",
    "append and pop": "items.append(1); items.pop()",
    "len": "len(items)",
    "truth of a list": "1 if items else 2",
    "compare": "a < b",
    "add": "a + b",
    "walk over four items": "for _ in four: pass",
    "own: an attribute": "mine.value",
    "own: augment it": "mine.value += 1",
    "own: an item": "own[0]",
    "own: append and pop": "own.append(1); own.pop()",
    "own: walk over four": "for _ in own: pass",
}


def timed(function: Callable[[], Any], rounds: int) -> float:
    """The best time of one pass through the loop, in nanoseconds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best / LOOP * 1e9


def program(statement: str) -> types.ModuleType:
    text = (
        f"{SETUP}\ndef outer(box, items, table, a, b, four):\n    n = 1\n"
        f"    def run():\n        mine = Owner()\n        own = [1, 2, 3, 4]\n        for i in range({LOOP}):\n"
        f"            {statement}\n    return run, lambda: n\n"
    )
    return from_text(f"<benchmark {statement}>", text)


def from_text(file: str, text: str) -> types.ModuleType:
    import linecache

    module = types.ModuleType("benchmark")
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    exec(compile(text, file, "exec"), module.__dict__)
    return module


class All(Passing):
    """Is told of what only one thread can reach, too."""

    sees_private = True


def measure(statement: str, rounds: int) -> tuple[float, ...]:
    """Plain, passing through, with an empty listener, and with one that is told of everything; still with the loop
    around it."""
    found = []
    for hooked, listener in ((False, None), (True, None), (True, Passing()), (True, All())):
        module: Any = program(statement)
        run, _ = module.outer(module.Owner(), [1, 2], {"a": 1}, 1, 2, [1, 2, 3, 4])
        with Instrumentation() as instrumentation:
            if hooked:
                assert instrumentation.add(run), instrumentation.reasons
                for thing in (module.function, module.Owner):
                    instrumentation.add_all(thing)
            before = listen(listener)
            try:
                found.append(timed(run, rounds))
            finally:
                listen(before)
    return tuple(found)


FUNCTION = '''
    def step_{i}(self, amount, *, limit=10):
        """Move some."""
        self.total += amount
        if self.total > limit and self.items:
            self.items.append((amount, self.total))
            for key, value in self.table.items():
                self.table[key] = value + amount
        elif amount in self.table:
            return [item for item in self.items if item[0] > {i}]
        try:
            found = self.table["k{i}"].lookup(amount, default=self.total)
        except KeyError as error:
            raise ValueError(f"no {{amount}} in {{self.name}}") from error
        with self.lock:
            self.count = len(self.items) + helper(found, self.count)
        return self.count
'''
HEADER = """
def helper(a, b):
    return a or b


class Steps{n}:
    def __init__(self):
        self.total = self.count = 0
"""


def package(folder: pathlib.Path, lines: int) -> list[str]:
    """Modules of 1,000 lines each, with about that many lines together; their names."""
    names = []
    for n in range(lines // 1000):
        body = "".join(FUNCTION.format(i=i) for i in range(1000 // FUNCTION.count("\n")))
        (folder / f"measured_{n}.py").write_text(HEADER.format(n=n) + body)
        names.append(f"measured_{n}")
    return names


def instrument_package(lines: int = 10_000) -> tuple[int, int, float, float, float]:
    """Lines, functions, seconds of the first time, of the second, and of one function alone in a package that wasn't
    met before."""
    with tempfile.TemporaryDirectory() as folder:
        names = package(pathlib.Path(folder), lines)
        sys.path.insert(0, folder)
        try:
            modules = [importlib.import_module(name) for name in names]
        finally:
            sys.path.remove(folder)
        total = sum(len(pathlib.Path(str(module.__file__)).read_text().splitlines()) for module in modules)
        functions = [
            f
            for module in modules
            for thing in vars(module).values()
            for f in functions_of(thing)
            if f.__module__ == module.__name__
        ]
        alone = seconds(functools.partial(added, functions[-1:]))
        first = seconds(functools.partial(added, functions))
        again = seconds(functools.partial(added, functions))
    return total, len(functions), first + alone, again, alone


def added(functions: list[types.FunctionType]) -> None:
    with Instrumentation() as instrumentation:
        for function in functions:
            assert instrumentation.add(function), instrumentation.reasons


def seconds(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def discovery() -> tuple[float, float]:
    """Processor seconds of what is found by running, compiled and begun again, before a scenario over a queue is first
    executed in earnest: of an exploration of one execution, less those of one more. And of one of a thousand."""

    def scenario() -> None:
        items: queue.Queue[int] = queue.Queue()
        stress.parallel(lambda: [items.put(number) for number in range(3)], lambda: [items.get() for _ in range(3)])

    stress.explore(lambda: stress.parallel(lambda: None), executions=2)  # loads what any exploration needs
    taken = []
    for executions in (1, 1, 1000):
        start = time.process_time()
        stress.explore(scenario, search="random", executions=executions).raise_if_failed()
        taken.append(time.process_time() - start)
    return taken[0] - taken[1], taken[2]


def in_a_process() -> list[float]:
    """What `instrument_package` and `discovery` give, in a process of their own."""
    command = [sys.executable, __file__, "--once"]
    return [float(part) for part in subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.split()]


def table() -> None:
    """Prints what this interpreter measures."""
    print(f"Python {platform.python_version()}, {platform.machine()}; the best of {ROUNDS}; operations in nanoseconds")
    print(f"{'':22}{'plain':>8}{'passing':>10}{'ratio':>7}{'listening':>11}{'ratio':>8}{'to all':>9}")
    empty, *_ = measure("pass", ROUNDS)
    ratios = []
    for name, statement in OPERATIONS.items():
        plain, passing, listening, everything = (max(value - empty, 0.1) for value in measure(statement, ROUNDS))
        ratios.append(passing / plain)
        print(
            f"{name:22}{plain:8.1f}{passing:10.1f}{passing / plain:7.1f}{listening:11.1f}{listening / plain:8.1f}"
            f"{everything:9.1f}"
        )
    print(f"{'median ratio, passing':40}{sorted(ratios)[len(ratios) // 2]:7.1f}")
    processes = [in_a_process() for _ in range(ROUNDS)]
    lines, functions, first, again, alone, discovering, thousand = map(min, zip(*processes, strict=True))
    print(f"{functions:.0f} functions in {lines:,.0f} lines: {first:.2f} s, again {again * 1000:.1f} ms")
    print(f"one of them alone, in a file of 1,000 lines: {alone * 1000:.1f} ms")
    share = discovering / thousand
    print(f"discovery {discovering * 1000:.0f} ms: {share:.0%} of a thousand executions, {thousand:.2f} s")


def main(pythons: list[str]) -> None:
    for python in pythons:
        if shutil.which(python) is None:
            print(f"{python}: not here")
        else:
            subprocess.run([python, __file__, "--here"], check=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--once"]:
            print(*instrument_package(), *discovery())
        case ["--here"]:
            table()
        case pythons:
            main(pythons or ["python3.11", "python3.14"])
