"""What only one thread can reach isn't announced; and nothing that another thread could reach is left out."""

from __future__ import annotations

import ast
import gc
import sys
import textwrap
import types
import weakref
import zlib
from collections.abc import Sized
from typing import Any

import pytest

from stress._compat import HOOK_REFERENCES
from stress.instrument import Passing, announce, checked, forget_source, private
from stress.instrument.syntax import functions, marking, reads
from tests.effort import generated
from tests.instrument.publishing import program
from tests.instrument.running import instrumented, load

PRELUDE = """
import collections, copy, functools, gc, itertools, operator, sys, threading, types, weakref
from tests.instrument.things import hands_over

class Box:
    total = 0
    def __init__(self, x=0):
        self.x = x
    def method(self, *args):
        return self.x
    def give(self):
        KEPT.append(self)
class Stack(list): pass
class Slotted:
    __slots__ = ("x", "__weakref__")
class Falls:
    def __del__(self): KEPT.append(self)

KEPT = []
NAMED = {}
GLOBAL = None
ITEMS = [1, 2, 3]

def keep(thing):
    KEPT.append(thing)
    return thing
def same(thing): return thing
"""

# Programs whose every marked line does operations on one object: `#-` where nobody else can have it, so nothing but
# names and classes is announced there; `#+` where somebody may.
TABLE = {
    "a list of its own": """
        x = [1, 2]
        x.append(3)           #-
        x.insert(0, 1)        #-
        x[0]                  #-
        x[0] = 1              #-
        x[0] += 1             #-
        x[1:]                 #-
        del x[0]              #-
        x.reverse()           #-
        len(x), sum(x), max(x)#-
        sorted(x, key=None)   #-
        x == [2]              #-
        2 in x                #-
        x + [1]               #-
        x += [1]              #-
        a, *b = x             #-
        max(*x)               #-
        (*x, 1)               #-
        f"{x}"                #-
        while not x: pass     #-
        if x: pass            #-
        for y in x: pass      #-
        [y for y in x if y]   #-
        next(iter(x))
    """,
    "an instance of its own": """
        x = Box()
        x.x = 1               #-
        x.x                   #-
        x.x += 1              #-
        x.total               #-
        del x.x               #-
        getattr(x, "x", 1)    #-
        setattr(x, "x", 1)    #-
        hasattr(x, "y")       #-
        x.f = len             #-
        x.f(())               #-
    """,
    "other containers of its own": """
        x = {}
        x["a"] = 1            #-
        x.setdefault("b", 2)  #-
        x["a"] += 1           #-
        "a" in x              #-
        for k in x: pass      #-
        y = set()
        y.add(1)              #-
        z = collections.deque()
        z.append(1)           #-
        w = Stack()
        w.append(1)           #-
        w.x = 1               #-
        v = Slotted()
        v.x = 1               #-
        d = collections.defaultdict(list)
        d["a"].append(1)      #+
        d["a"]                #-
    """,
    "a result that nobody keeps": """
        Box().x               #-
        Box().x += 1          #-
        Box().total           #-
        [3, 1].sort()         #-
        list(ITEMS[:1]).append(1)
        same([]).append(1)    #-
        same(Box()).x = 1     #-
        for y in [1].copy(): pass  #-
        for y in same([1]): pass   #-
    """,
    "a result that somebody keeps": """
        keep([]).append(1)    #+
        keep(Box()).x = 1     #+
        keep(Box()).x += 1    #+
        keep([1])[0] += 1     #+
        for y in keep([1]): pass  #+
        same(ITEMS).append(1)     #+
        len(keep([]))         #+
    """,
    "kept in a global": """
        global GLOBAL
        x = []
        x.append(1)           #-
        GLOBAL = x
        x.append(1)           #+
        GLOBAL = None
        x.append(1)           #-
    """,
    "kept in an attribute": """
        x, o = None, Box()
        y = []
        o.y = y
        y.append(1)           #+
        del o.y
        y.append(1)           #-
    """,
    "kept in an item": """
        x = Box()
        NAMED["x"] = x
        x.x = 1               #+
        x.x += 1              #+
        x.method()            #+
        NAMED.clear()
        x.x = 1               #-
    """,
    "kept half-way through an operation": """
        x = [1]
        x.append(keep(x))     #+
        x = [1]
        x.insert(0, KEPT.append(x))   #+
        x = [1]
        x[KEPT.append(x) or 0]        #+
        x = [1]
        x[0] = KEPT.append(x)         #+
        x = Box()
        x.x += KEPT.append(x) or 1    #+
        x = [1]
        x += [keep(x)]        #+
        x = [1]
        x == keep(x)          #+
        x = [1]
        operator.concat(x, keep(x))   #+
    """,
    "kept in a walk": """
        x = [1, 2]
        for y in x:
            if y == 2: x.reverse()    #+
        for y in x:
            keep(x) if not KEPT else None
            if KEPT: break
        x.append(1)           #+
    """,
    "the walk itself": """
        x = [1]
        for y in x: pass      #-
        keep(x)
        for y in x: pass      #+
    """,
    "rebound in its walk": """
        x = [1, 2]
        for y in x:           #+
            keep(x)
            x = [3]
        x.append(1)           #-
    """,
    "captured by a function": """
        x = []
        def f(): return x
        x.append(1)           #+
        x[0]                  #+
    """,
    "captured by a lambda": """
        x = Box()
        keep(lambda: x)
        x.x = 1               #+
    """,
    "captured by a generator expression": """
        x = []
        keep(x is None for y in ITEMS)
        x.append(1)           #+
    """,
    "captured by a class": """
        x = []
        class C:
            y = x
            x.append(1)       #+
        x.append(1)           #+
    """,
    "captured by an annotation": """
        x = []
        def f(a: x.copy()): pass
        keep(f)
        x.append(1)           #+
    """,
    "kept in a default": """
        x = []
        def f(a=x): return a
        x.append(1)           #+
    """,
    "nonlocal": """
        x = []
        def f():
            nonlocal x
            x = []
            x.append(1)       #+
        f()
    """,
    "weakly referenced": """
        x = Box()
        r = keep(weakref.ref(x))
        x.x = 1               #+
        y = set()
        p = weakref.proxy(y)
        y.add(1)              #+
        z = Box()
        weakref.finalize(z, print).detach()
        z.x                   #-
    """,
    "in a WeakValueDictionary": """
        x = Box()
        w = keep(weakref.WeakValueDictionary())
        w["x"] = x
        x.x = 1               #+
        y = Slotted()
        keep(weakref.WeakSet()).add(y)
        y.x = 1               #+
    """,
    "its dict is kept": """
        x = Box()
        keep(x.__dict__)
        x.x = 1               #+
        y = Box()
        keep(vars(y))
        y.x += 1              #+
        z = Box()
        keep(getattr(z, "__dict__"))
        z.x = 1               #+
        w = Box()
        keep(operator.attrgetter("__dict__")(w))
        w.x = 1               #+
        s = Stack()
        keep(operator.attrgetter("__dict__")(s))
        s.x = 1               #+
        d = {}
        v = Box()
        v.__dict__ = d
        v.x = 1               #+
    """,
    "a bound method is kept": """
        x = []
        f = x.append
        x.append(1)           #+
        f(1)                  #+
        y = Box()
        keep(functools.partial(y.method, 1))
        y.x = 1               #+
    """,
    "an attribute that is another's method": """
        x, y = Box(), Box()
        a = Box()
        b = []
        a.f = b.append
        keep(b)
        a.f(1)                #+
        a.f = b.extend
        a.f(b)                #+
    """,
    "an iterator is kept": """
        x = [1, 2]
        i = iter(x)
        x.append(1)           #+
        next(i)
        keep(i)
        next(i)               #+
        v = {1: 2}
        keep(v.items())
        v[2] = 1              #+
    """,
    "an iterator of its own": """
        x = iter((1, 2))
        next(x)               #-
        for y in x: pass      #-
        n = itertools.count()
        next(n)               #-
        for y in zip((1, 2), n): pass
        g = (y for y in (1, 2))
        next(g)
        for i, y in enumerate((1, 2)): pass
        for y in range(3).__iter__(): pass    #-
        for i, y in enumerate(ITEMS): pass    #+
        for y in map(str, ITEMS): pass        #+
        for i in itertools.tee(n)[0]: break   #+
    """,
    "two variables": """
        x = y = []
        x.append(1)           #+
        del y
        x.append(1)           #-
        z = x
        x.append(1)           #+
    """,
    "an alias of its own": """
        x = []
        z = same(x)
        z.append(1)           #+
        del x
        z.append(1)           #-
    """,
    "a parameter": """
        def passed(thing, other=None):
            thing.append(1)   #+
            thing[0] = 1      #+
            alias = thing
            alias.append(1)   #+
        passed([])
        x = []
        passed(x)
        passed(x, 1)
        hands_over(passed, list, KEPT.append)
        hands_over(passed, list, lambda thing: None)
    """,
    "the class's own methods": """
        x = Box()
        x.method()            #-
        x.give()
        x.method()            #+
    """,
    "returned by what keeps it": """
        x = keep(Box())
        x.x = 1               #+
        KEPT.clear()
        x.x = 1               #-
    """,
    "given to a thread": """
        x = []
        t = threading.Thread(target=len, args=(x,))
        x.append(1)           #+
        y = Box()
        u = threading.Thread(target=y.method)
        y.x = 1               #+
    """,
    "in its own locals": """
        x = []
        y = locals()
        x.append(1)           #+
        y = z = None
        x.append(1)           #-
    """ if sys.version_info >= (3, 13) else """
        x = []
        y = locals()
        x.append(1)           #+
    """,
    "walrus": """
        (x := []).append(1)   #+
        x.append(1)           #-
        keep(x)
        x.append(1)           #+
    """,
    "a comprehension": """
        x = [Box() for y in (1, 2)]
        [y.x for y in x]      #+
        x.append(1)           #-
        [x.append(y) for y in (1, 2)]     #-
        [keep(x) for y in (1,)]
        [x.append(y) for y in (1, 2)]     #+
    """,
    "loops and branches": """
        for i in range(2):
            x = [] if i else [1]
            x.append(1)       #+
            y = []
            y.append(i)       #-
            keep(y)
            y.append(i)       #+
        w = [[]]
        for z in w:
            z.append(1)       #+
    """,
    "a frame that can go on in another thread": """
        def generates():
            x = [1]
            x.append(1)       #+
            yield
            x.append(1)       #+
            for y in [x].copy():      #+
                yield y
        keep(generates()).send(None)
        list(KEPT[0])
        list(y for y in same([1]))    #+
        async def suspends():
            x = []
            x.append(1)       #+
        list(suspends().__await__())
    """,
    "exec": """
        names = {}
        exec("x = []", names)
        names["x"].append(1)  #+
        eval("names", {"names": names})["x"].append(1)    #+
        y = eval("[]")
        y.append(1)           #-
    """,
    "an exception": """
        try:
            raise ValueError([])
        except ValueError as error:
            error.args        #+
        x = []
        try:
            x.append(1)       #-
            raise ValueError(x)
        except ValueError as error:
            x.append(1)       #+
    """,
    "copies": """
        x = Box()
        y = copy.copy(x)
        y.x = 1               #-
        x.x = 1               #-
        z = [x]
        x.x = 1               #+
        w = copy.deepcopy(z)
        w.append(1)           #-
    """,
    "other objects of C are always announced": """
        x = threading.local()
        x.y = 1               #+
        y = types.SimpleNamespace()
        y.x = 1               #+
        z = memoryview(bytearray(b"abc"))
        z[0] = 1              #+
    """,
    "classes, functions, modules": """
        x = type("C", (), {})
        x.y = 1
        y = types.FunctionType((lambda: 0).__code__, {})
        y.z = 1               #+
    """,
}  # fmt: skip


def lines_of(text: str) -> tuple[str, dict[str, set[int]]]:
    """A module of this program, and its marked lines."""
    source = PRELUDE + "\ndef run():\n" + textwrap.indent(textwrap.dedent(text), "    ")
    lines = source.split("\n")
    return source, {mark: {n for n, line in enumerate(lines, 1) if line.endswith("#" + mark)} for mark in "+-"}


class Lines(Passing):
    """The lines on which something else than a name or a class is announced. Holds no object, or it would be one more
    who has it."""

    def __init__(self, sees_private: bool) -> None:
        self.sees_private = sees_private
        self.lines: set[int] = set()

    def access(self, site: Any, mode: str, owner: Any, location: Any) -> None:
        name = "__builtins__" in owner if type(owner) is dict else isinstance(owner, (type, types.CellType))
        if not name:
            self.lines.add(site.line)

    def step(self, site: Any, accesses: Any) -> None:
        for access in accesses:
            self.access(site, *access)


def announced_lines(source: str, file: str) -> tuple[set[int], set[int]]:
    """The lines of what is announced, and of what is if private objects are announced too."""
    seen = []
    try:
        for sees_private in (False, True):
            module = load(file, source, "kept")
            listener = Lines(sees_private)
            with instrumented(module, listener):
                module.run()
            seen.append(listener.lines)
    finally:
        forget_source(file)
    return seen[0], seen[1]


@pytest.mark.parametrize("name", TABLE)
def test_what_is_private_is_left_out_and_nothing_else(name: str) -> None:
    source, marked = lines_of(TABLE[name])
    announced, reached = announced_lines(source, f"<private {name}>")
    text = source.split("\n")
    assert [text[n - 1] for n in sorted(marked["+"] - announced)] == []
    assert [text[n - 1] for n in sorted(marked["-"] & announced)] == []
    assert [text[n - 1] for n in sorted(marked["-"] - reached)] == []  # each has an operation that is left out


# --- random programs: what is left out can't be reached ---------------------------------------------------------------


def reachable(module: types.ModuleType) -> set[int]:
    """The ids of all that another thread could find: from the module's globals, through counted and weak references."""
    waiting: list[Any] = [value for name, value in vars(module).items() if not name.startswith("__")]
    found: dict[int, Any] = {}
    while waiting:
        here = waiting.pop()
        other_module = isinstance(here, dict) and "__builtins__" in here
        if id(here) in found or other_module or isinstance(here, (types.ModuleType, types.CodeType, type)):
            continue
        found[id(here)] = here
        waiting += gc.get_referents(here)
        if isinstance(here, weakref.ref):
            waiting.append(here())
    return set(found)


class Judge:
    """Stands where it is decided what is private, and notes whatever is although another thread could reach it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.private = 0
        self.wrong: list[str] = []
        self.module = types.ModuleType("none")
        self.decide = announce.is_reached_by_count_alone
        monkeypatch.setattr(announce, "is_reached_by_count_alone", self)

    def __call__(self, value: Any) -> bool:
        if not self.decide(value):
            return False
        self.private += 1
        reached = reachable(self.module)
        if id(value) in reached or id(getattr(value, "__dict__", self)) in reached:
            self.wrong.append(f"{type(value).__name__} in {self.module.__file__}")
        return True

    def run(self, seeds: range) -> Judge:
        for seed in seeds:
            if self.wrong:
                break
            file = f"<publishing {seed}>"
            self.module = load(file, program(seed), "kept")
            try:
                with instrumented(self.module, Passing()):
                    self.module.run()
            finally:
                forget_source(file)
        return self


def test_nothing_is_left_out_that_another_thread_could_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    count = generated(25, ci=150, thorough=1_000)
    judge = Judge(monkeypatch).run(range(count))
    assert judge.wrong == []
    assert judge.private > 6 * count


# What each part of the proof is for: without it, something is left out that must not be.


def _any_variable(self: Any, operand: Any, copies: int = 0) -> int:
    return 1 + copies if isinstance(operand, ast.Name) else copies if isinstance(operand, marking.RESULTS) else -1


def _all_bound(function: Any) -> frozenset[str]:
    return frozenset(part.id for part in ast.walk(function) if isinstance(part, ast.Name))


BREAKS: dict[str, tuple[Any, str, Any]] = {
    "captured variables count": (marking.Marking, "own", _any_variable),
    "weak references don't": (private, "getweakrefcount", lambda value: 0),
    "one more reference is let pass": (private, "HOOK_REFERENCES", HOOK_REFERENCES + 1),
    "a dict's own holders don't count": (private, "_leaks_its_dict", lambda value, kind: False),
    "what is rebound in its walk counts": (reads, "is_bound_in", lambda name, nodes: False),
}

if sys.version_info >= (3, 14):  # before, no parameter is borrowed, and no annotation captures
    BREAKS["variables of any kind count"] = (functions, "sole_variables", _all_bound)


@pytest.mark.parametrize("broken", BREAKS)
def test_each_part_of_the_proof_is_needed(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "_is_checked", lambda: True)
    monkeypatch.setattr(*BREAKS[broken])
    assert Judge(monkeypatch).run(range(150)).wrong


def test_an_interpreter_that_counts_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked.announces_what_two_hold()
    monkeypatch.setattr(checked, "HOOK_REFERENCES", HOOK_REFERENCES + 1)
    assert not checked.announces_what_two_hold()


def test_without_exact_counts_nothing_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "counts_references", lambda: False)
    assert private.beyond(Passing()) == private.NEVER


def test_a_listener_may_ask_for_everything() -> None:
    class All(Passing):
        sees_private = True

    assert private.beyond(All()) == private.beyond(None) == private.NEVER != private.beyond(Passing())


class Sequence(Passing):
    """Where and what is announced, in order."""

    def __init__(self) -> None:
        self.count = self.digest = 0

    def access(self, site: Any, mode: str, owner: Any, location: Any) -> bool:
        self.count += 1
        self.digest = zlib.crc32(f"{site.file} {site.line} {site.column} {mode}".encode(), self.digest)
        return False

    def step(self, site: Any, accesses: Any) -> bool:
        return self.access(site, f"{len(accesses)}", None, None)


def test_what_is_left_out_is_the_same_on_every_python() -> None:
    """The numbers are those of any one version: a change of the programs, or of what is announced, changes them."""
    sequence = Sequence()
    for seed in range(60):
        file = f"<publishing {seed}>"
        module = load(file, program(seed), "kept")
        try:
            with instrumented(module, sequence):
                module.run()
        finally:
            forget_source(file)
    assert (sequence.count, sequence.digest) == (5705, 519924809)


def test_what_we_keep_has_an_end_for_those_who_walk_over_all_objects() -> None:
    """As dill does when it is imported."""
    ours = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "stress"]
    kept = [value for module in ours for value in vars(module).values() if isinstance(value, (list, tuple, dict, set))]
    inside = [each for value in kept for each in (value.values() if isinstance(value, dict) else value)]
    for each in [*kept, *inside]:
        if isinstance(each, Sized):
            assert len(each) < 10**6
