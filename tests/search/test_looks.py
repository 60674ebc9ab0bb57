"""What one thread sees of what another one changes, by all the ways to look and to change that have been got wrong.

Each program is `if look: change` in two threads. Where both look before either changes, both come to the change: there
is such an order, so `dpor` finds it. A look or a change that isn't announced hides that, and would be a false proof: a
program in which only one of the two looks could still show it, by the conflict of the two changes.
"""

# ruff: noqa: E501, F401  a row of the table stands on one line, and names what it needs
from __future__ import annotations

import argparse
import collections
import contextlib
import contextvars
import copy
import csv
import ctypes
import dataclasses
import decimal
import functools
import graphlib
import heapq
import io
import itertools
import json
import linecache
import mmap
import operator
import statistics
import string
import threading
import types
import typing
from xml.etree import ElementTree

import pytest

import stress


@dataclasses.dataclass(order=True, unsafe_hash=True)
class Data:
    n: int = 0


ZERO = Data(0)  # made here: where two threads make one, they meet


class Plain:
    n = 0


class Structure(ctypes.Structure):
    _fields_: typing.ClassVar = [("n", ctypes.c_int), ("items", ctypes.c_int * 2)]


class Delegating:
    """Whose special methods are those of a list, in C."""

    items: typing.ClassVar[list[int]] = []
    __len__ = items.__len__
    __call__ = items.append
    __getattr__ = items.append
    __str__ = items.__str__  # type: ignore[assignment]

    @classmethod
    def empty(cls) -> Delegating:
        cls.items.clear()
        return cls()


@dataclasses.dataclass(slots=True, order=True)
class Slotted:
    items: list[int] = dataclasses.field(default_factory=list)


class Walked:
    """Whose `__iter__` is Python code, and gives an iterator in C."""

    def __init__(self) -> None:
        self.items = [0]

    def __iter__(self) -> typing.Iterator[int]:
        return iter(self.items)


class Dotted(dict[str, int]):
    """Whose attributes are its items, as in many a program."""

    __getattr__ = dict.get
    __setattr__ = dict.__setitem__  # type: ignore[assignment]


class Pair(typing.NamedTuple):
    items: list[int]
    more: int = 0


class Rows:
    def __init__(self) -> None:
        self.rows = [[0], [0]]

    def __iter__(self) -> typing.Iterator[tuple[int, ...]]:
        return map(tuple, self.rows)


def first(walked: typing.Iterable[int], how: str) -> int | None:
    found = None
    if how == "a, = x":
        (found,) = walked
    elif how == "for a, in x":
        for (found,) in [walked]:  # noqa: B007  it is the walk that counts
            pass
    elif how == "as (a,)":
        with contextlib.nullcontext(walked) as (found,):
            pass
    return found


def is_empty(value: object) -> bool:
    match value:
        case Slotted(items=[]):
            return True
        case list([]):
            return True
    return False


class Base:
    n = 0


class Heir(Base):
    def ask(self) -> object:
        return getattr(super(), "n")  # noqa: B009

    def ask_by_c(self) -> object:
        return operator.attrgetter("n")(super())


@typing.runtime_checkable
class Named(typing.Protocol):
    name: str


def gives() -> typing.Iterator[int]:
    yield 1
    yield 2


def lines(*texts: str) -> ElementTree.Element:
    return ElementTree.fromstring("<a>" + "".join(f"<b>{text}</b>" for text in texts) + "</a>")


# How `x` is made, what is looked at, and what then changes it so that the second who looks doesn't go on.
TABLE = """
an iterator's own attributes       | csv.reader("abc")                 | x.line_num == 0                  | next(x)
.. read on by a loop               | csv.reader("abc")                 | x.line_num == 0                  | list(zip(x))
a property that changes the object | csv.DictReader("abc")             | x.line_num == 0                  | x.fieldnames
whether a generator goes on        | gives()                           | x.gi_frame is not None           | x.close()
whether it has begun               | gives()                           | not x.gi_suspended               | next(x)
.. by a loop                       | gives()                           | not x.gi_suspended               | tuple(zip(x, "a"))
the text of an iterator            | itertools.count()                 | str(x) == "count(0)"             | next(x)
.. formatted                       | itertools.count()                 | f"{x}" == "count(0)"             | list(zip("a", x))
.. that comes to an end            | itertools.repeat(1, 5)            | "5" in repr(x)                   | next(x)
what a C object writes to          | (o := [], csv.writer(argparse.Namespace(write=o.append))) | not x[0] | x[1].writerow("a")
the memory of an array             | (ctypes.c_int * 2)()              | list(x) == [0, 0]                | x[0] = 1
.. its bytes                       | (ctypes.c_int * 2)()              | bytes(x) == bytes(8)             | x[0] = 1
.. its items                       | (ctypes.c_int * 2)()              | 1 not in x                       | x[:] = [1, 1]
a number in C                      | ctypes.c_int(0)                   | not x                            | x.value = 1
.. as bytes                        | ctypes.c_int(0)                   | bytes(x) == bytes(4)             | x.value = 1
.. as text                         | ctypes.c_int(0)                   | repr(x) == "c_int(0)"            | x.value = 1
.. by a view                       | ctypes.c_int(0)                   | x.value == 0                     | memoryview(x).cast("B")[0] = 1
.. by its buffer                   | bytearray(4)                      | x[0] == 0                        | ctypes.c_int.from_buffer(x).value = 1
a part of a structure              | Structure()                       | x.items[0] == 0                  | x.items = (1, 1)
.. by that part                    | Structure()                       | bytes(x)[4] == 0                 | x.items[0] = 1
two names of one memory            | ctypes.create_string_buffer(4)    | x.value == b""                   | x.raw = b"aaaa"
mapped memory                      | mmap.mmap(-1, 4)                  | bytes(x) == bytes(4)             | x[0] = 1
a decimal context's text           | decimal.Context(prec=5)           | "prec=5" in repr(x)              | x.prec = 3
the end of `with`, in C            | io.StringIO()                     | not x.closed                     | with x: pass
.. of mapped memory                | mmap.mmap(-1, 4)                  | not x.closed                     | with x: pass
elements inside of elements        | lines("")                         | copy.deepcopy(x)[0].text is None | x[0].text = "a"
.. by an iterator in C             | lines("")                         | list(x.itertext()) == []         | x[0].text = "a"
.. by Python code                  | lines()                           | ElementTree.ElementTree(x).find("c") is None | ElementTree.SubElement(x, "c")
containers of the library's object | graphlib.TopologicalSorter()      | not x._node2info                 | x.add(1)
a generated `__eq__`               | Data()                            | list(filter(ZERO.__eq__, [x]))   | x.n = 1
.. by `map`                        | Data()                            | any(map(ZERO.__eq__, [x]))       | x.n = 1
.. of two                          | Data()                            | all(map(Data.__eq__, [x], [ZERO])) | x.n = 1
.. of what sets hold               | ({Data()}, {ZERO})                | x[0] & x[1]                      | next(iter(x[0])).n = 1
.. frozen ones                     | (frozenset([Data()]), frozenset([ZERO])) | x[0] == x[1]              | next(iter(x[0])).n = 1
a generated `__hash__`             | Data()                            | {ZERO}.issuperset([x])           | x.n = 1
.. for a set                       | Data()                            | len(set([x, ZERO])) == 1         | x.n = 1
.. for a dict                      | Data()                            | len(dict([(x, 1), (ZERO, 2)])) == 1 | x.n = 1
.. in a tuple                      | Data()                            | {(ZERO, 1): 1}.get((x, 1))       | x.n = 1
.. by a method of a set            | Data()                            | list(map({ZERO}.__contains__, [x])) == [True] | x.n = 1
.. in a frozen one                 | (Data(), frozenset([Data()]))      | x[0] in x[1]                     | x[0].n = 1
a generated `__lt__`               | (Data(), Data(1))                 | heapq.nsmallest(1, [*x])[0] is x[0] | x[0].n = 2
a new class's namespace            | {}                                | not hasattr(type("K", (), x), "a") | x["a"] = 1
two cells                          | (types.CellType(0), types.CellType(0)) | x[0] == x[1]                | x[0].cell_contents = 1
a module's `__getattr__`           | types.ModuleType("x")             | getattr(x, "a", 0) == 0          | x.__getattr__ = lambda name: 1
.. that it gets                    | types.ModuleType("x")             | not hasattr(x, "a")              | vars(x)["__getattr__"] = len
a module's names, executed         | types.ModuleType("x")             | eval("not hasattr(x, 'n')") or x is None | x.n = 1
a class of modules                 | type("K", (types.ModuleType,), {"n": 0})("x") | x.n == 0             | type(x).n = 1
attributes beside items, formatted | type("K", (collections.UserDict,), {})(n=0) | "{0.__dict__}".format(x).count("1") == 0 | x.m = 1
one attribute after the other      | types.SimpleNamespace(a=types.SimpleNamespace(n=0)) | functools.reduce(getattr, ["a", "n"], x) == 0 | x.a.n = 1
a tuple that is handed over        | Plain()                           | string.Formatter().get_field("0.n", (x,), {})[0] == 0 | x.n = 1
a mapping for executed text        | collections.defaultdict(int)      | "a" not in x                     | eval("a", {}, x)
special methods in C               | Delegating.empty()                | len(x) == 0                      | x(1)
.. as text                         | Delegating.empty()                | str(x) == "[]"                   | x.items.append(1)
.. for attributes                  | Delegating.empty()                | not x.items                      | x.anything
a bound method, handed over        | []                                | not x                            | contextvars.copy_context().run(x.append, 1)
.. for hooks                       | []                                | not x                            | json.loads("{}", object_hook=x.append)
.. as a file's                     | []                                | not x                            | json.dump(1, argparse.Namespace(write=x.append))
.. as that which is printed to     | []                                | not x                            | print("a", file=types.SimpleNamespace(write=x.append))
.. to a method                     | []                                | not x                            | types.MethodType(x.append, 1)()
.. by its own call                 | []                                | not x                            | x.append.__call__(1)
.. for executed text               | []                                | not x                            | eval("f(1)", {"f": x.append})
.. as a key function               | []                                | not x                            | heapq.nsmallest(1, [1], key=x.append)
.. as a factory                    | []                                | not x                            | collections.defaultdict(functools.partial(x.append, 1))["a"]
.. within a partial                | []                                | not x                            | contextvars.copy_context().run(functools.partial(x.append, 1))
a class's names, formatted         | type("K", (Plain,), {})           | "{0.n}".format(x) == "0"         | x.n = 1
.. executed                        | type("K", (Plain,), {})           | eval("x.n") == 0 or x is None    | x.n = 1
.. listed                          | type("K", (Plain,), {})           | "a" not in dir(x())              | x.a = 1
by `super()`                       | (Base.__init_subclass__(), setattr(Base, "n", 0), Heir())[2] | x.ask() == 0 | Base.n = 1
.. and C code                      | (setattr(Base, "n", 0), Heir())[1] | x.ask_by_c() == 0               | Base.n = 1
a protocol's attributes            | Plain()                           | not isinstance(x, Named)         | x.name = "x"
.. of the class                    | type("K", (Plain,), {})()         | not isinstance(x, Named)         | type(x).name = "x"
an exception, made again           | ValueError("a")                   | x.args == ("a",)                 | x.__init__("b")
a namespace, made again            | types.SimpleNamespace(n=0)        | vars(x) == {"n": 0}              | x.__init__(n=1)
a view of a dict, handed over      | {"a": 1}                          | statistics.mean(x.values()) == 1 | x["a"] = 2
.. of a mapping                    | {"a": 1}                          | heapq.nlargest(1, types.MappingProxyType(x)) == ["a"] | x["b"] = 2
.. by a Counter                    | collections.Counter()             | not x.most_common(1)             | x["a"] = 1
what slots hold, compared          | Slotted()                         | x == Slotted()                   | x.items.append(1)
.. as text                         | Slotted()                         | "1" not in repr(x)               | x.items.append(1)
.. in a pattern                    | Slotted()                         | is_empty(x)                      | x.items.append(1)
.. one after the other             | Slotted(Plain())                  | operator.attrgetter("items.n")(x) == 0 | x.items.n = 1
the subject itself in a pattern    | []                                | is_empty(x)                      | x.append(1)
an own `__iter__`, in a display    | Walked()                          | [*x] == [0]                      | x.items[0] = 1
.. among arguments                 | Walked()                          | max(*x, 0) == 0                  | x.items[0] = 1
.. taken apart                     | Walked()                          | first(x, "a, = x") == 0          | x.items[0] = 1
.. by a loop                       | Walked()                          | first(x, "for a, in x") == 0     | x.items[0] = 1
.. by `with`                       | Walked()                          | first(x, "as (a,)") == 0         | x.items[0] = 1
a container's class, called        | []                                | x.__class__(x) == []             | x.append(1)
items that are attributes          | Dotted(a=0)                       | x.a == 0                         | x["a"] = 1
.. set as these                    | Dotted(a=0)                       | x["a"] == 0                      | x.a = 1
.. that are new                    | Dotted()                          | len(x) == 0                      | x.a = 1
.. by name                         | Dotted(a=0)                       | x.get("a") == 0                  | setattr(x, "a", 1)
.. asked for by name               | Dotted(a=0)                       | getattr(x, "a") == 0             | x.update(a=1)
what a named tuple holds, formatted | Pair([])                         | "1" not in f"{x}"                | x.items.append(1)
.. by `map`                        | Pair([])                          | not any(map(bool, x))            | x.items.append(1)
.. filtered                        | Pair([])                          | not list(filter(None, x))        | x.items.append(1)
.. handed over                     | Pair([])                          | "1" not in contextvars.copy_context().run(repr, x) | x.items.append(1)
the truth of what a dict holds     | {"a": []}                         | not list(filter(None, x.values())) | x["a"].append(1)
what a method in C is mapped over  | []                                | list(map("{}".format, [x])) == ["[]"] | x.append(1)
.. that joins                      | []                                | list(map("".join, [x])) == [""]  | x.append("a")
.. of a set                        | set()                             | list(map({1}.isdisjoint, [x])) == [True] | x.add(1)
.. for its keys                    | {"a": 0}                          | list(map("{a}".format_map, [x])) == ["0"] | x["a"] = 1
what data in a heap hold           | [Slotted([1]), Slotted([2])]      | heapq.nsmallest(1, x)[0] is x[0] | x[0].items[0] = 3
rows, by an own `__iter__`         | Rows()                            | list(x) == [(0,), (0,)]          | x.rows[0][0] = 1
.. taken apart                     | Rows()                            | [*x][0] == (0,)                  | x.rows[0][0] = 1
what a generator expression gives  | {"a": []}                         | not any(v for v in x.values())   | x["a"].append(1)
.. that is compared                | [[0], [1]]                        | sorted(row for row in x)[0] is x[0] | x[0][0] = 2
.. that is added up                | [[0]]                             | sum((row for row in x), []) == [0] | x[0][0] = 1
.. that is walked over             | [[0]]                             | list(itertools.chain.from_iterable(row for row in x)) == [0] | x[0][0] = 1
.. an attribute                    | [Slotted()]                       | not any(each.items for each in x) | x[0].items.append(1)
what a lambda gives                | [Slotted()]                       | not list(filter(lambda each: each.items, x)) | x[0].items.append(1)
.. as a key                        | [Slotted([1]), Slotted([2])]      | min(x, key=lambda each: each.items) is x[0] | x[0].items[0] = 3
.. by `map`                        | [Slotted()]                       | not any(map(lambda each: each.items, x)) | x[0].items.append(1)
a thread that has begun            | threading.Thread(target=int)      | x.ident is None                  | x.start()
.. by its event                    | threading.Thread(target=int)      | not x._started.is_set()          | x.start()
.. that isn't alive                | threading.Thread(target=id, args=(0,)) | not x.is_alive() and x.ident is None | x.start()
"""


def rows() -> list[typing.Any]:
    found = []
    name = ""
    for line in TABLE.strip().splitlines():
        title, make, look, change = (part.strip() for part in line.split(" | "))
        name = name.partition(",")[0] + ", " + title[3:] if title.startswith(".. ") else title
        found.append(pytest.param(make, look, change, id=name))
    return found


@pytest.mark.parametrize(("make", "look", "change"), rows())
def test_both_look_before_either_changes(make: str, look: str, change: str) -> None:
    text = f"""
def program():
    x = {make}
    def work():
        if {look}:
            {change}
            return 1
        return 0
    return work
"""
    file = f"<look {look} {change}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = dict(globals())
    exec(compile(text, file, "exec"), names)

    def scenario() -> int:
        work = names["program"]()

        return sum(stress.parallel(work, work))

    exploration = stress.explore(scenario, search="dpor", executions=2000, keep_going=True)
    if exploration.failure is None:
        assert set(exploration.outcomes) == {1, 2}
    else:  # what can't be changed twice says so
        assert exploration.failure.kind == "error"
        assert 1 in exploration.outcomes
