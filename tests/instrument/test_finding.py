"""Found by running: a race is seen wherever the code is that has it, with default settings."""

from __future__ import annotations

import abc
import collections
import contextlib
import dataclasses
import functools
import gc
import importlib
import itertools
import linecache
import operator
import sys
import textwrap
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import stress
from stress._compat import FROZEN_AT_START
from stress.instrument import finding, is_instrumented, source
from tests.controlled import explored, flat, side_by_side

STATE = {"value": 0}


def race(times: int = 3) -> int:
    """Both read before either writes, and one update is lost."""
    for _ in range(times):
        value = STATE["value"]
        STATE["value"] = value + 1
    return 1


class Here:
    """Made before; its functions are entered by what C code does."""

    @property
    def read(self) -> int:
        return race()

    @read.setter
    def read(self, value: int) -> None:
        race()

    @read.deleter
    def read(self) -> None:
        race()

    @functools.cached_property
    def once(self) -> int:
        return race()

    def __len__(self) -> int:
        return race()

    def __bool__(self) -> bool:
        return bool(race())

    def __hash__(self) -> int:
        return race()

    def __eq__(self, other: object) -> bool:
        return bool(race())

    def __lt__(self, other: object) -> bool:
        return bool(race())

    def __add__(self, other: object) -> int:
        return race()

    def __radd__(self, other: object) -> int:
        return race()

    def __iadd__(self, other: object) -> Here:
        race()
        return self

    def __getitem__(self, key: object) -> int:
        return race()

    def __setitem__(self, key: object, value: object) -> None:
        race()

    def __contains__(self, key: object) -> bool:
        return bool(race())

    def __iter__(self) -> Any:
        race()
        return iter(())

    def __next__(self) -> int:
        return race()

    def __getattr__(self, name: str) -> int:
        return race()

    def __setattr__(self, name: str, value: object) -> None:
        race()

    def __call__(self) -> int:
        return race()

    def __str__(self) -> str:
        return str(race())

    def __repr__(self) -> str:
        return str(race())

    def __format__(self, spec: str) -> str:
        return str(race())

    def __int__(self) -> int:
        return race()

    def __index__(self) -> int:
        return race()

    def __enter__(self) -> int:
        return race()

    def __exit__(self, *_: object) -> None:
        pass

    def __del__(self) -> None:
        if vars(self).get("mortal"):
            race()

    def __get__(self, instance: object, owner: object) -> int:
        return race()

    @staticmethod
    def static() -> int:
        return race()

    @classmethod
    def of_class(cls) -> int:
        return race()


class Descriptor:
    def __get__(self, instance: object, owner: object) -> int:
        return race()


class Slotted:
    __slots__ = ("call",)
    described = Descriptor()

    def __init__(self, call: Any) -> None:
        self.call = call


class Meta(abc.ABCMeta):
    def __call__(cls, *args: Any) -> Any:
        race()
        return super().__call__(*args)

    def __instancecheck__(cls, instance: object) -> bool:
        return bool(race())


class Made(metaclass=Meta):
    pass


class Initialised:
    def __init__(self) -> None:
        race()


class New:
    def __new__(cls) -> New:
        race()
        return super().__new__(cls)


class Subclassed:
    def __init_subclass__(cls) -> None:
        race()


class Named:
    def __set_name__(self, owner: type, name: str) -> None:
        race()


class Missing(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return race()


def ignoring(_: object) -> int:
    return race()


class Called:
    def __call__(self, argument: object) -> int:
        return race()


HERE = Here()
CALLED = Called()
KEYS: dict[Any, int] = {}


def decorated_by(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


@decorated_by
def decorated() -> int:
    return race()


@functools.lru_cache(maxsize=0)
def cached() -> int:
    return race()


@functools.singledispatch
def dispatched(value: object) -> int:
    raise NotImplementedError


@dispatched.register
def _(value: int) -> int:
    return race()


@contextlib.contextmanager
def managed() -> Any:
    race()
    yield
    race()


def generated() -> Any:
    yield race()


def made_in_a_closure() -> Any:
    def inner() -> int:
        return race()

    return inner


CLOSURE = made_in_a_closure()
LAMBDA = lambda: race()  # noqa: E731  that is the case
PARTIAL = functools.partial(race)


def in_an_executor() -> None:
    with ThreadPoolExecutor(1) as executor:
        executor.submit(race, 50).result()  # long enough for two to meet, among all that an executor does


def in_a_thread_of_its_own() -> None:
    thread = threading.Thread(target=race)
    thread.start()
    thread.join()


class Runs(threading.Thread):
    def run(self) -> None:
        race()


def in_a_subclass_of_thread() -> None:
    thread = Runs()
    thread.start()
    thread.join()


def in_a_timer() -> None:
    timer = threading.Timer(0.0, race)
    timer.start()
    timer.join()


def dies() -> None:
    mortal = object.__new__(Here)
    vars(mortal)["mortal"] = True
    del mortal


def is_finalized() -> None:
    class Mortal:
        pass

    mortal = Mortal()
    weakref.finalize(mortal, race)
    del mortal


def has_a_weak_callback() -> None:
    class Mortal:
        pass

    mortal = Mortal()
    watched = weakref.ref(mortal, lambda _: race())
    del mortal
    assert watched() is None


def has_a_dataclass() -> None:
    @dataclasses.dataclass
    class Point:
        x: int

        def __post_init__(self) -> None:
            race()

    Point(1)


def has_a_named_tuple() -> None:
    class Pair(collections.namedtuple("Pair", "a b")):
        def total(self) -> int:
            return race()

    Pair(1, 2).total()


def has_a_field_made_by_a_factory() -> None:
    @dataclasses.dataclass
    class Point:
        x: int = dataclasses.field(default_factory=race)

    Point()


def makes_a_class() -> None:
    type("Sub", (Subclassed,), {})


def names_an_attribute() -> None:
    type("Owner", (), {"attribute": Named()})


def matches() -> None:
    match HERE:
        case Here(read=_):
            pass


def unpacks() -> None:
    () = HERE  # type: ignore[misc]


def deletes() -> None:
    del HERE.read


def sets() -> None:
    HERE.read = 3


def adds_to() -> None:
    here = HERE
    here += 1


def enters() -> None:
    with HERE:
        pass


def enters_managed() -> None:
    with managed():
        pass


def walks_generator() -> None:
    for _ in generated():
        pass


def comprehends() -> None:
    [race() for _ in "a"]


def execs() -> None:
    exec("race()", {"race": race})


def bubbles() -> None:
    try:
        raise ValueError
    except ValueError:
        race()
    finally:
        pass


WAYS: dict[str, Any] = {
    "a function": race,
    "a lambda": LAMBDA,
    "a closure made before": CLOSURE,
    "a decorated function": decorated,
    "a cached function": cached,
    "a dispatched function": lambda: dispatched(3),
    "a partial": PARTIAL,
    "a generator": walks_generator,
    "a comprehension": comprehends,
    "a context manager": enters_managed,
    "exec": execs,
    "a handler": bubbles,
    "a property": lambda: HERE.read,
    "a setter": sets,
    "a deleter": deletes,
    "a cached property": lambda: Here().once,
    "a static method": lambda: HERE.static(),
    "a class method": lambda: HERE.of_class(),
    "a descriptor": lambda: Slotted.described,
    "out of a slot": lambda: Slotted(race).call(),
    "__len__": lambda: len(HERE),
    "__bool__": lambda: not HERE,
    "__hash__ called by a dict": lambda: KEYS.get(HERE),
    "__hash__ called by a set": lambda: {HERE},
    "__eq__": lambda: HERE == 1,
    "__eq__ called by a list": lambda: 1 in [HERE],
    "__lt__ called by sorted": lambda: sorted([HERE, HERE]),
    "__add__": lambda: HERE + 1,
    "__radd__ called by sum": lambda: sum([HERE]),  # type: ignore[list-item]
    "__iadd__": adds_to,
    "__getitem__": lambda: HERE[1],
    "__setitem__": lambda: operator.setitem(HERE, 1, 2),
    "__contains__": lambda: 1 in HERE,
    "__iter__": lambda: list(HERE),
    "__iter__ by unpacking": unpacks,
    "__next__": lambda: next(HERE),
    "__getattr__": lambda: HERE.anything,
    "__setattr__": lambda: setattr(HERE, "other", 1),
    "__call__": lambda: HERE(),
    "__call__ by map": lambda: next(map(CALLED, [1])),
    "__str__": lambda: str(HERE),
    "__str__ in an f-string": lambda: f"{HERE!s}",
    "__repr__": lambda: repr([HERE]),
    "__format__": lambda: f"{HERE}",
    "__int__": lambda: int(HERE),
    "__index__": lambda: [1, 2][HERE],
    "__enter__": enters,
    "__del__": dies,
    "__init__": Initialised,
    "__new__": New,
    "__call__ of a metaclass": Made,
    "__instancecheck__": lambda: isinstance(1, Made),
    "__init_subclass__": makes_a_class,
    "__set_name__": names_an_attribute,
    "__missing__": lambda: Missing()["key"],
    "match": matches,
    "the key of sorted": lambda: sorted([1], key=lambda _: race()),
    "the key of max": lambda: max([1, 2], key=lambda _: race()),
    "the function of reduce": lambda: functools.reduce(lambda a, b: race(), [1, 2]),
    "the function of map": lambda: next(map(ignoring, [1])),
    "the function of filter": lambda: list(filter(lambda _: race(), [1])),
    "a finalizer": is_finalized,
    "a weak callback": has_a_weak_callback,
    "a dataclass made inside": has_a_dataclass,
    "a named tuple made inside": has_a_named_tuple,
    "a factory of a dataclass": has_a_field_made_by_a_factory,
    "a thread": in_a_thread_of_its_own,
    "a subclass of Thread": in_a_subclass_of_thread,
    "an executor": in_an_executor,
    "a timer": in_a_timer,
}
if sys.version_info < (3, 12):
    del WAYS["a cached property"]  # is computed under a lock


class Raced:
    """Two threads that read and write one attribute, by way of something in C that a thread is started with."""

    value = 0

    def up(self, _: object = None) -> int:
        self.value = self.value + 1
        return self.value

    @property
    def upped(self) -> int:
        return self.up()

    def __hash__(self) -> int:
        return self.up()


def by_run(*functions: Callable[[], object]) -> None:
    threads = [threading.Thread() for _ in functions]
    for thread, function in zip(threads, functions, strict=True):
        thread.run = function  # type: ignore[method-assign,assignment]
        thread.start()
    for thread in threads:
        thread.join()


TARGETS: dict[str, Callable[[Raced], Callable[[], object]]] = {
    "a method caller": lambda raced: functools.partial(operator.methodcaller("up"), raced),
    "hash": lambda raced: functools.partial(hash, raced),
    "getattr": lambda raced: functools.partial(getattr, raced, "upped"),
    "sorted by a key": lambda raced: functools.partial(sorted, [1], key=raced.up),
    "a step of map": lambda raced: map(raced.up, (1, 2)).__next__,
    "a function with a cache": lambda raced: functools.lru_cache(maxsize=0)(raced.up),
}


@pytest.mark.parametrize("how", [stress.parallel, side_by_side, by_run])
@pytest.mark.parametrize("target", TARGETS)
def test_a_race_is_found_in_what_c_code_calls_that_a_thread_is_started_with(
    target: str, how: Callable[..., object]
) -> None:
    def scenario() -> int:
        raced = Raced()
        function = TARGETS[target](raced)
        how(function, function)
        return raced.value

    assert set(stress.explore(scenario, executions=100, keep_going=True).outcomes) >= {1, 2}


@pytest.mark.parametrize("how", [stress.parallel, side_by_side, by_run])
def test_a_race_is_found_in_what_a_metaclass_calls_by_which_a_thread_is_started(how: Callable[..., object]) -> None:
    class Calling(type):  # anew each time: what was found once in a process is known
        value = 0

        def __call__(cls) -> None:
            Calling.value += 1

    class Made(metaclass=Calling):
        pass

    def scenario() -> int:
        Calling.value = 0
        how(Made, Made)
        return Calling.value

    assert set(stress.explore(scenario, executions=100, keep_going=True).outcomes) >= {1, 2}


@pytest.mark.parametrize("way", WAYS)
def test_a_race_is_found_in(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stress.minimize.Budget.spent", True)  # that it is found is enough
    call = WAYS[way]

    def scenario() -> None:
        STATE["value"] = 0
        side_by_side(lambda: call(), lambda: call())
        STATE["second"], STATE["value"] = STATE["value"], 0
        side_by_side(lambda: call())
        # Whatever it is called for, one after the other it adds as much twice as two do at once.
        if STATE["second"] < 2 * STATE["value"]:
            raise AssertionError  # not by `assert`, for which pytest runs much code

    exploration = stress.explore(scenario, search="random")
    assert exploration.failure is not None, str(exploration)
    assert exploration.failure.kind == "error", str(exploration)
    assert isinstance(exploration.failure.exception, AssertionError), str(exploration)


def test_what_dies_dies_when_it_would() -> None:
    """Nothing that was seen of an object keeps it alive."""

    class Mortal:
        pass

    def scenario() -> Any:
        one, two, three = Mortal(), Mortal(), Mortal()
        seen = [weakref.ref(each) for each in (one, two, three)]
        vars(one)["a"] = two.__dict__["b"] = 1
        three.c = [vars(three)]  # type: ignore[attr-defined]
        three.c.clear()  # type: ignore[attr-defined]
        del one, two, three
        return tuple(each() is None for each in seen)

    assert set(stress.explore(scenario, search="random", executions=3).outcomes) == {(True, True, True)}


def test_no_execution_that_counts_ran_code_that_was_met_without_hooks() -> None:
    """All of it is entered by C code, for the first time in the exploration."""
    seen: list[bool] = []

    def note() -> None:
        seen.append(is_instrumented(sys._getframe(1).f_code))

    class Met:
        def __init__(self) -> None:
            note()

        @property
        def read(self) -> None:
            note()

        def __eq__(self, other: object) -> bool:
            note()
            return True

        def __hash__(self) -> int:
            note()
            return 1

        def __iter__(self) -> Iterator[int]:
            note()
            yield 1

    def key(_: object) -> int:
        note()
        return 1

    def scenario() -> tuple[bool, ...]:
        seen.clear()
        side_by_side(
            lambda: {Met(): 1}.get(Met()),
            lambda: (sorted(Met(), key=key), operator.attrgetter("read")(Met())),
        )
        return tuple(seen)

    assert set(explored(scenario, 10).outcomes) == {(True,) * 10}


def test_what_c_code_enters_is_looked_for_among_all_objects_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process; and again where another function turns out to have the same code."""
    looked_for: list[str] = []
    functions_with = finding._functions_with

    def looks(code: types.CodeType) -> list[types.FunctionType]:
        looked_for.append(code.co_qualname)
        return functions_with(code)

    monkeypatch.setattr(finding, "_functions_with", looks)
    standard = collections.UserList.__len__
    numbers: list[Any] = [type("Number", (collections.UserList,), {"__int__": standard})()]

    def scenario() -> tuple[bool, ...]:
        side_by_side(lambda: [int(number) for number in numbers])
        return tuple(is_instrumented(type(number).__int__.__code__) for number in numbers)

    assert set(explored(scenario, 3).outcomes) == {(True,)}
    looked_for.clear()
    assert set(explored(scenario, 3).outcomes) == {(True,)}
    assert looked_for == []

    alike = types.FunctionType(standard.__code__, standard.__globals__)
    numbers.append(type("Number", (collections.UserList,), {"__int__": alike})())
    assert set(explored(scenario, 3).outcomes) == {(True, True)}
    assert looked_for == ["UserList.__len__"]


EXECUTED = [0]


def test_text_that_is_executed_in_each_execution_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although it seems to have a source: from 3.13 on that of `python -c`, as which xdist starts its workers."""
    looked_for: list[str] = []
    monkeypatch.setattr(finding, "_functions_with", lambda code: looked_for.append(code.co_name) or [])
    monkeypatch.setitem(linecache.cache, "<string>", (0, None, ["import sys\n"], "<string>"))
    monkeypatch.setattr(source, "_sources", {})
    explored(lambda: side_by_side(lambda: exec("EXECUTED[0] = 1"), lambda: exec("class C: a = 1")), 3)
    assert "<module>" not in looked_for and "C" not in looked_for


@pytest.mark.parametrize("lazy", [True, False])
def test_what_only_an_execution_that_is_given_up_made_is_told(lazy: bool) -> None:
    """A cache is filled for ever in an execution that then meets new code."""

    class Late:
        @property
        def read(self) -> int:
            return len(made)

    late, cache = Late(), {} if lazy else {"made": object()}
    made: list[object] = []

    def get() -> None:
        if "made" not in cache:
            cache["made"] = object()
        made.append(cache["made"])

    def scenario() -> int:
        made.clear()
        side_by_side(get, get)
        operator.attrgetter("read")(late)
        return len(set(made))

    exploration = explored(scenario, 5)
    assert set(exploration.outcomes) == {1}
    assert any("is made once in a process" in text for text in exploration.assumptions) == lazy


def suspended() -> Iterator[None]:
    while True:
        yield
        value = STATE["value"]
        yield
        STATE["value"] = value + 1


def test_a_generator_that_is_suspended_since_before_is_named() -> None:
    """Its frame goes on with the code that it began with."""
    generators = [suspended(), suspended()]

    def scenario() -> None:
        side_by_side(*(lambda each=each: list(itertools.islice(each, 2)) for each in generators))

    for each in generators:
        next(each)
    exploration = explored(scenario, 5)
    assert "suspended ran as one step: it was suspended since before the exploration" in exploration.assumptions


def test_a_generator_that_the_scenario_makes_is_not_named() -> None:
    def scenario() -> None:
        STATE["value"] = 0
        side_by_side(lambda: list(itertools.islice(suspended(), 3)), lambda: list(itertools.islice(suspended(), 3)))
        assert STATE["value"] == 2

    exploration = explored(scenario)
    assert exploration.failure is not None
    assert not any("suspended" in text for text in exploration.assumptions)


def test_a_race_is_found_in_what_was_frozen_and_all_is_frozen_again() -> None:
    class Frozen:
        @property
        def read(self) -> int:
            return race()

    frozen = Frozen()

    def scenario() -> None:
        STATE["value"] = 0
        side_by_side(lambda: frozen.read, lambda: frozen.read)
        assert STATE["value"] == 6

    before = gc.get_freeze_count()
    gc.freeze()
    try:
        exploration = explored(scenario)
        assert gc.get_freeze_count() > FROZEN_AT_START
    finally:
        if before <= FROZEN_AT_START:
            gc.unfreeze()
    assert exploration.failure is not None


# The standard library keeps state that threads share, and its Python code is controlled by default.


class Lazy:
    def __init__(self) -> None:
        self.made: list[int] = []

    @functools.cached_property
    def value(self) -> int:
        self.made.append(1)
        return 1


def cached_property_is_computed_twice() -> None:
    lazy = Lazy()
    side_by_side(lambda: lazy.value, lambda: lazy.value)
    assert len(lazy.made) == 1


def counter_loses_counts() -> None:
    counter = collections.Counter(a=1)
    side_by_side(lambda: counter.update({"a": 1}), lambda: counter.update({"a": 1}))
    assert counter["a"] == 3


def weak_set_is_seen_half_full() -> None:
    class Member:
        pass

    one, two = Member(), Member()
    members: weakref.WeakSet[Member] = weakref.WeakSet()
    seen: list[int] = []
    side_by_side(lambda: members.update([one, two]), lambda: seen.append(len(members)))
    assert seen != [1]


def event_is_asked_and_then_set() -> None:
    event, started = threading.Event(), []

    def start_once() -> None:
        if not event.is_set():
            event.set()
            started.append(1)

    side_by_side(start_once, start_once)
    assert len(started) == 1


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            cached_property_is_computed_twice,
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="computes under a lock"),
        ),
        counter_loses_counts,
        weak_set_is_seen_half_full,
        event_is_asked_and_then_set,
    ],
)
def test_a_race_of_the_standard_library_is_found(scenario: Any) -> None:
    exploration = explored(scenario)
    assert exploration.failure is not None, str(exploration)
    assert isinstance(exploration.failure.exception, AssertionError), str(exploration)


def test_what_ran_as_one_step_of_the_standard_library_is_named() -> None:
    def scenario() -> None:
        side_by_side(lambda: textwrap.dedent("  a"), lambda: None)

    (text,) = [text for text in explored(scenario, 2).assumptions if "standard library" in text]
    assert text.startswith("calls of the standard library ran as one step each, unless include= names it: ")
    assert "textwrap" in text
    exploration = stress.explore(scenario, executions=2, include="textwrap")
    assert not any("textwrap" in text for text in exploration.assumptions)


def test_a_module_that_each_execution_imports_anew_is_controlled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_anew.py").write_text("value = 0\ndef up():\n    global value\n    value += 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def counts(*threads: str) -> Callable[[], object]:
        def scenario() -> int:
            sys.modules.pop("imported_anew", None)
            module = importlib.import_module("imported_anew")
            stress.parallel(*(getattr(module, name) for name in threads))
            return int(module.value)

        return scenario

    assert set(stress.explore(counts("up", "up"), search="dpor", executions=20).outcomes) == {1, 2}
    alone = stress.explore(counts("up", "__dir__"), search="dpor")
    assert set(alone.outcomes) == {1} and not alone.exhausted
    assert "a module was imported once more" in flat(alone)
