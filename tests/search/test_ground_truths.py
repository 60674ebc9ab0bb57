"""How many traces real threads have, where that is known, and what is said of a search of them."""

from __future__ import annotations

import abc
import builtins
import collections
import contextlib
import copy
import dataclasses
import email.message
import functools
import itertools
import json
import math
import operator
import os
import pathlib
import pickle
import queue
import re
import reprlib
import sys
import tempfile
import threading
import time
import types
import typing
import weakref
from collections.abc import Callable, Iterator
from unittest import mock

import pytest

import stress
from stress._compat import DEFAULTDICT_KEEPS
from tests.controlled import explored, flat, side_by_side

Scenario = Callable[[], object]


def searched(scenario: Scenario, executions: int | None = None) -> stress.Exploration:
    return stress.explore(scenario, search="dpor", executions=executions, keep_going=True)


class Box:
    def __init__(self) -> None:
        self.value = 0


def counted(threads: int) -> Scenario:
    def scenario() -> int:
        box = Box()

        def increment() -> None:
            box.value += 1

        side_by_side(*[increment] * threads)
        return box.value

    return scenario


def sections(threads: int, times: int) -> Scenario:
    def scenario() -> None:
        lock = threading.Lock()

        def work() -> None:
            for _ in range(times):
                with lock:
                    pass

        side_by_side(*[work] * threads)

    return scenario


def philosophers(number: int) -> Scenario:
    def scenario() -> None:
        forks = [threading.Lock() for _ in range(number)]

        def eat(place: int) -> Callable[[], None]:
            def meal() -> None:
                with forks[place], forks[(place + 1) % number]:
                    pass

            return meal

        side_by_side(*(eat(place) for place in range(number)))

    return scenario


@pytest.mark.parametrize(("threads", "traces"), [(2, 4), (3, 36)])
def test_an_unlocked_counter(threads: int, traces: int) -> None:
    exploration = searched(counted(threads))
    assert exploration.exhausted and exploration.executions == traces
    assert set(exploration.outcomes) == set(range(1, threads + 1))


@pytest.mark.parametrize(("threads", "times"), [(2, 2), (2, 3), (3, 2)])
def test_critical_sections_of_one_lock(threads: int, times: int) -> None:
    exploration = searched(sections(threads, times))
    assert exploration.exhausted and exploration.failure is None
    assert exploration.executions == math.factorial(threads * times) // math.factorial(times) ** threads


@pytest.mark.parametrize(("number", "traces"), [(2, 3), (3, 7)])
def test_dining_philosophers(number: int, traces: int) -> None:
    exploration = searched(philosophers(number))
    assert exploration.exhausted and exploration.executions == traces
    assert [failure.kind for failure in exploration.failures] == ["deadlock"]


def test_threads_that_share_nothing_have_one_trace() -> None:
    def scenario() -> int:
        boxes = [Box(), Box(), Box()]

        def count(box: Box) -> Callable[[], None]:
            def counts() -> None:
                for _ in range(5):
                    box.value += 1

            return counts

        side_by_side(*map(count, boxes))
        return sum(box.value for box in boxes)

    assert searched(scenario).executions == 1


def test_a_time_out_that_may_come_early_is_one_of_the_orders() -> None:
    def scenario() -> bool:
        event = threading.Event()
        got: list[bool] = []
        side_by_side(lambda: got.append(event.wait(1)), event.set)
        return got[0]

    exploration = searched(scenario)
    assert exploration.exhausted
    assert set(exploration.outcomes) == {True, False}


def test_what_a_queue_can_give_is_all_found() -> None:
    def scenario() -> tuple[int, ...]:
        items: queue.SimpleQueue[int] = queue.SimpleQueue()
        got: list[int] = []
        side_by_side(lambda: items.put(1), lambda: items.put(2), lambda: got.append(items.get()))
        return (*got, items.get())

    exploration = searched(scenario)
    assert exploration.exhausted and exploration.failure is None
    assert set(exploration.outcomes) == {(1, 2), (2, 1)}


def test_whether_a_thread_lives_is_one_of_the_orders() -> None:
    def scenario() -> tuple[int, bool]:
        box = Box()
        thread = threading.Thread(target=lambda: setattr(box, "value", 1))
        thread.start()
        seen = box.value, thread.is_alive()
        thread.join()
        return seen

    exploration = searched(scenario)
    assert exploration.exhausted
    assert set(exploration.outcomes) == {(0, True), (0, False), (1, True), (1, False)}


def test_three_that_try_one_lock() -> None:
    def scenario() -> int:
        lock, got = threading.Lock(), []

        def tries() -> None:
            if lock.acquire(blocking=False):
                got.append(1)
                lock.release()

        side_by_side(tries, tries, tries)
        return len(got)

    exploration = searched(scenario)
    assert exploration.exhausted and set(exploration.outcomes) == {1, 2, 3}
    # One gets it: the others try in vain meanwhile, 3. Two do: 6 orders, and the third tries in vain in the first or
    # the second one's turn, 12. All do: 6.
    assert exploration.executions == 3 + 12 + 6


def test_to_try_a_lock_in_vain_only_reads_it() -> None:
    def scenario() -> None:
        lock, got = threading.Lock(), [True, True]

        def tries(place: int) -> Callable[[], None]:
            def attempt() -> None:
                got[place] = lock.acquire(blocking=False)

            return attempt

        with lock:
            side_by_side(tries(0), tries(1))
        assert got == [False, False]

    exploration = searched(scenario)
    assert exploration.exhausted and exploration.failure is None and exploration.executions == 1


def test_a_join_times_out_after_all_that_could_be_done() -> None:
    def scenario() -> int:
        box, lock = Box(), threading.Lock()

        def works() -> None:
            box.value += 1
            with lock:
                pass

        with lock:
            thread = threading.Thread(target=works)
            thread.start()
            thread.join(1)
            box.value += 1
        thread.join()
        return box.value

    exploration = searched(scenario)
    assert exploration.exhausted and exploration.failure is None
    assert exploration.executions == 1 and set(exploration.outcomes) == {2}


# What is said


def test_a_proof_is_told_with_what_it_rests_on() -> None:
    told = flat(searched(sections(2, 2)))
    assert "that nothing that matters is unseen (docs/instrumentation.md lists what is)" in told
    assert "proved for the free-threaded switch model, assuming that the order in which references are dropped" in told
    assert told.endswith("each of the 6 traces was run")
    assert "not proved" not in told


def test_that_it_does_not_matter_when_objects_die_is_assumed_where_a_weak_reference_tells() -> None:
    def asks(look: Callable[[Box], object]) -> str:
        def scenario() -> None:
            kept = [Box()]
            looked = look(kept[0])
            stress.parallel(lambda: looked(), kept.clear)  # type: ignore[operator]

        return flat(searched(scenario))

    told = "it doesn't matter when objects die (a weak reference was asked for one)"
    assert told in asks(weakref.ref)
    assert told in asks(lambda box: weakref.proxy(box).__eq__)
    assert told in asks(lambda box: functools.partial(weakref.WeakValueDictionary(box=box).get, "box"))
    assert told not in asks(lambda box: lambda: None)


def test_a_search_that_is_cut_short_says_how_much_there_seems_to_be() -> None:
    exploration = searched(sections(3, 2), executions=20)
    assert not exploration.exhausted
    assert "not proved: 20 of about " in flat(exploration)


def test_the_default_proves_what_is_small() -> None:
    exploration = stress.explore(sections(2, 2))
    assert exploration.exhausted and exploration.executions < 30


def test_a_loop_that_waits_for_another_thread_is_a_bound_of_the_proof() -> None:
    def scenario() -> None:
        box = Box()

        def spin() -> None:
            while not box.value:
                pass

        side_by_side(spin, lambda: setattr(box, "value", 1))

    exploration = searched(scenario)
    assert exploration.exhausted and exploration.failure is None
    assert "goes round more than 10 times in vain" in flat(exploration)


def test_a_scenario_that_decides_by_what_an_execution_left_is_not_proved() -> None:
    left: list[int] = []

    def scenario() -> None:
        left.append(1)
        side_by_side(*[counted(1)] * (1 + len(left) % 3))

    exploration = searched(scenario, executions=100)
    assert exploration.failure is not None and exploration.failure.kind == "nondeterministic"
    assert not exploration.exhausted


# Nothing is called proved that hangs on what isn't told of operations


def test_when_the_time_was_read_is_not_tried() -> None:
    def scenario() -> int:
        seen: list[float] = []

        def reads() -> None:
            seen.extend((time.monotonic(), time.monotonic()))

        side_by_side(lambda: time.sleep(1), reads)
        return round(seen[1] - seen[0])  # 1 if the sleep ends in between

    exploration = searched(scenario)
    assert not exploration.exhausted
    assert "the time was read" in flat(exploration)


def test_when_it_was_asked_which_threads_there_are_is_not_tried() -> None:
    def scenario() -> int:
        seen: list[int] = []
        side_by_side(lambda: None, lambda: seen.append(threading.active_count()))
        return seen[0]

    exploration = searched(scenario)
    assert not exploration.exhausted
    assert "asked which threads there are" in flat(exploration)


def test_in_which_order_keys_come_is_an_assumption() -> None:
    def scenario() -> tuple[str, ...]:
        items: dict[str, int] = {}
        side_by_side(lambda: items.update(a=1), lambda: items.__setitem__("b", 1))
        return tuple(items)

    def keyed() -> int:
        items: dict[str, int] = {}

        def put(key: str) -> Callable[[], None]:
            def puts() -> None:
                items[key] = 1

            return puts

        side_by_side(put("a"), put("b"))
        return len(items)

    assert set(searched(scenario).outcomes) == {("a", "b"), ("b", "a")}  # `update` depends on each key
    assert "the order in which keys came into a dict or a set doesn't matter" in str(searched(keyed))


def test_what_c_code_gives_back_unseen_is_no_proof() -> None:
    def scenario() -> None:
        lock = threading.Lock()
        lock.acquire()

        def takes() -> None:
            lock.acquire()
            lock.release()

        side_by_side(lambda: list(map(operator.call, [lock.release])), takes)

    exploration = searched(scenario)
    assert not exploration.exhausted and exploration.failure is None
    assert "nobody saw when" in flat(exploration)


def test_what_no_thread_changes_for_another_has_one_order() -> None:
    mine = threading.local()
    reentrant = threading.RLock()
    number = re.compile("([0-9])")
    matched = number.match("1")
    assert matched is not None

    def scenario() -> None:
        def work() -> None:
            mine.value = 1
            mine.value += os.getpid() + threading.get_ident() + math.floor(1.5)
            os.path.join(os.fspath("folder"), typing.cast("str", "file"))
            assert not reentrant._is_owned()  # type: ignore[attr-defined]
            assert number.sub("", "1") == "" and matched.group(1) == matched[1]
            del mine.value

        side_by_side(work, work)

    exploration = searched(scenario)
    assert exploration.failure is None and exploration.exhausted and exploration.executions == 1


def test_that_a_counter_counts_in_one_step_is_an_assumption() -> None:
    def scenario() -> tuple[tuple[str, int], ...]:
        counter = collections.Counter("b")
        stress.parallel(lambda: counter.update("ab"), lambda: counter.update("ab"))
        return tuple(counter.items())

    exploration = searched(scenario)
    assert exploration.exhausted and set(exploration.outcomes) == {(("b", 3), ("a", 2))}
    assert "and touched nothing but what it was handed: collections.Counter.update" in flat(exploration)


def test_calls_of_a_function_of_which_nothing_is_known_have_every_order() -> None:
    def scenario() -> None:
        def work() -> None:
            os.times()

        side_by_side(work, work)

    assert searched(scenario).executions == 2


# C code that calls Python code isn't done while that runs: what others do meanwhile comes before, in between, or after.


def sorts(box: Box) -> object:
    numbers = [2, 1]
    return stress.parallel(lambda: numbers.sort(key=lambda number: number * box.value), lambda: len(numbers))[1]


def extends(box: Box) -> object:
    numbers: list[int] = []
    return stress.parallel(lambda: numbers.extend(box.value for _ in range(2)), lambda: len(numbers))[1]


def updates(box: Box) -> object:
    items: dict[int, int] = {}
    return stress.parallel(lambda: items.update((i, box.value) for i in range(2)), lambda: len(items))[1]


def enters_a_generator(box: Box) -> object:
    def numbers() -> Iterator[int]:
        yield box.value

    shared = numbers()

    def take() -> str:
        try:
            return str(next(shared, "ended"))
        except ValueError as error:
            return str(error)

    return tuple(stress.parallel(take, take))


def compares(box: Box) -> object:
    class Equal:
        def __eq__(self, other: object) -> bool:
            return box.value > 0

    things: list[object] = [Equal()]
    return stress.parallel(lambda: things.count(0), things.clear, lambda: setattr(box, "value", 1))[0]


def caches(_: Box) -> object:
    @functools.cache
    def make() -> object:
        return object()

    one, other = stress.parallel(lambda: make(), make)
    return one is other


def caches_what_only_it_reaches(_: Box) -> object:
    @functools.lru_cache(maxsize=8)
    def make(number: int) -> list[int]:
        made = []
        made.append(number)
        return made

    one, other = stress.parallel(lambda: make(1), lambda: make(1))
    return one is other


def caches_by_way_of_code_without_hooks(_: Box) -> object:
    # Of the standard library: it calls the function that it was handed.
    make = functools.lru_cache(maxsize=8)(reprlib.recursive_repr()(lambda thing: str(thing)))
    one, other = stress.parallel(lambda: make(1.5), lambda: make(1.5))
    return one is other


def makes_a_default(_: Box) -> object:
    items: dict[str, object] = collections.defaultdict(lambda: object())
    take = operator.itemgetter("a")
    one, other = stress.parallel(lambda: take(items), lambda: take(items))
    return one is other


def caches_by_way_of_a_map(_: Box) -> object:
    make = functools.cache(lambda number: object())
    one, other = stress.parallel(lambda: list(map(make, [1])), lambda: next(map(make, [1])))
    return one[0] is other


def makes_a_default_by_way_of_a_map(_: Box) -> object:
    items: dict[str, object] = collections.defaultdict(lambda: object())
    one, other = stress.parallel(lambda: list(map(items.__getitem__, "a")), lambda: items["a"])
    return one[0] is other


def makes_a_default_to_format_it(_: Box) -> object:
    items: dict[str, object] = collections.defaultdict(lambda: object())
    one, other = stress.parallel(lambda: "{a}".format_map(items), lambda: "%(a)s" % items)  # noqa: UP031
    return one == other


class Short:
    def __repr__(self) -> str:
        return "e"


def formats_what_prints_plainly(_: Box) -> object:
    things = [Short(), Short()]
    return stress.parallel(lambda: f"so {things}", lambda: things.clear())[0]


def sorts_by_a_plain_key(_: Box) -> object:
    numbers = [2, 1]
    return stress.parallel(lambda: numbers.sort(key=lambda number: -number), lambda: len(numbers))[1]


class Least:
    def __lt__(self, other: object) -> bool:
        return True


def sorts_what_compares_plainly(_: Box) -> object:
    things = [Least(), Least()]
    return stress.parallel(lambda: things.sort(), lambda: len(things))[1]


def updates_from_a_plain_generator(_: Box) -> object:
    def pairs() -> Iterator[tuple[str, int]]:
        yield "a", 1
        yield "b", 2

    items: dict[str, int] = {}
    return stress.parallel(lambda: items.update(pairs()), lambda: len(items))[1]


def updates_from_a_generator_expression(_: Box) -> object:
    items: dict[str, int] = {}
    return stress.parallel(lambda: items.update((key, 1) for key in "ab"), lambda: len(items))[1]


def enters_a_plain_generator(_: Box) -> object:
    def numbers() -> Iterator[int]:
        number = 0
        while number < 1:
            yield number
            number += 1

    shared = numbers()

    def take() -> str:
        try:
            return str(next(shared, "ended"))
        except ValueError as error:
            return str(error)

    return tuple(stress.parallel(take, take))


EITHER = {True, False}
OF_DEFAULTS = {True} if DEFAULTDICT_KEEPS else EITHER


@pytest.mark.parametrize(
    ("works", "outcomes"),
    [
        (caches, EITHER),
        (caches_what_only_it_reaches, EITHER),
        (caches_by_way_of_code_without_hooks, EITHER),
        (makes_a_default, OF_DEFAULTS),
        (caches_by_way_of_a_map, EITHER),
        (makes_a_default_by_way_of_a_map, OF_DEFAULTS),
        (makes_a_default_to_format_it, OF_DEFAULTS),
        (formats_what_prints_plainly, {"so [e, e]", "so [e]", "so []"}),
        (sorts_by_a_plain_key, {0, 2}),
        (sorts_what_compares_plainly, {0, 2}),
        (updates_from_a_plain_generator, {0, 1, 2}),
        (updates_from_a_generator_expression, {0, 1, 2}),
        (
            enters_a_plain_generator,
            {
                ("0", "ended"),
                ("ended", "0"),
                ("0", "generator already executing"),
                ("generator already executing", "0"),
            },
        ),
        (sorts, {0, 2}),
        (extends, {0, 1, 2}),
        (updates, {0, 1, 2}),
        (
            enters_a_generator,
            {
                ("0", "ended"),
                ("ended", "0"),
                ("0", "generator already executing"),
                ("generator already executing", "0"),
            },
        ),
        (compares, {0, 1}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_happens_while_c_code_calls_python_code_is_tried(
    works: Callable[[Box], object], outcomes: set[object]
) -> None:
    exploration = searched(lambda: works(Box()))
    assert exploration.exhausted and set(exploration.outcomes) == outcomes
    assert set(explored(lambda: works(Box())).outcomes) == outcomes  # by the same operations, without their accesses


def test_a_function_without_operations_is_one_only_where_c_code_is_not_done() -> None:
    def scenario() -> None:
        @functools.cache
        def make(number: int) -> object:
            return twice(number)

        def twice(number: int) -> int:
            return 2 * number

        def work() -> None:
            made = [3, 1, 2]
            made.sort(key=twice)  # nobody else can reach it
            twice(made[0])
            make(1)

        side_by_side(work, work)

    # The first one looks into the cache and enters `make`; so may the second one, before, in between or after.
    exploration = searched(scenario)
    assert exploration.exhausted and exploration.executions == 6


def test_a_lock_around_c_code_that_calls_python_code_leaves_one_order_of_each_two() -> None:
    def scenario() -> tuple[int, ...]:
        lock, box = threading.Lock(), Box()

        def numbers() -> Iterator[int]:
            while True:
                box.value += 1
                yield box.value

        shared = numbers()

        def take() -> int:
            with lock:
                return next(shared)

        return tuple(stress.parallel(take, take, take))

    exploration = searched(scenario)
    assert exploration.exhausted and exploration.executions == 6


# Threads meet in objects that neither of them names in the same way.


def counts_in_one_step() -> object:
    message = email.message.Message()

    def work() -> None:
        message["number"] = str(len(message))

    stress.parallel(work, work)
    return tuple(message.values())


@dataclasses.dataclass
class Pair:
    items: list[int]


def compares_dataclasses() -> object:
    one, other = Pair([]), Pair([1])
    return stress.parallel(lambda: one == other, lambda: one.items.append(1))[0]


class Walked:
    def __init__(self) -> None:
        self.items = [1, 2]

    def __iter__(self) -> Iterator[int]:
        return iter(self.items)


def walks_by_a_list_iterator() -> object:
    walked = Walked()

    def work() -> int:
        number = 0
        for each in walked:
            number = 10 * number + each
        return number

    return stress.parallel(work, lambda: operator.setitem(walked.items, 1, 5))[0]


def lists_by_a_list_iterator() -> object:
    walked = Walked()
    return tuple(stress.parallel(lambda: list(walked), lambda: operator.setitem(walked.items, 1, 5))[0])


def begins_to_walk() -> object:
    items = collections.OrderedDict(a=1, b=2)

    def work() -> object:
        try:
            return next(iter(items))
        except RuntimeError:
            return "changed"

    return stress.parallel(work, lambda: items.move_to_end("a"))[0]


def walks_from_one_to_the_next() -> object:
    items = {1: [1, 2]}

    def work() -> int:
        number = 0
        for each in itertools.chain.from_iterable(items.values()):
            number = 10 * number + each
        return number

    return stress.parallel(work, lambda: operator.setitem(items[1], 1, 5))[0]


class Doubling(dict[str, int]):
    def __getitem__(self, key: str) -> int:
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: int) -> None:
        super().__setitem__(key, 2 * value)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key)


def stores_by_a_method_of_its_own() -> object:
    items = Doubling(a=0)
    return stress.parallel(lambda: items["a"], lambda: operator.setitem(items, "a", 1))[0]


def looks_by_a_method_of_its_own() -> object:
    items = Doubling()
    return stress.parallel(lambda: "a" in items, lambda: operator.setitem(items, "a", 1))[0]


def adds_up_lists() -> object:
    lists = [[1], [2]]
    return len(stress.parallel(lambda: sum(lists, []), lambda: lists[1].append(3))[0])  # noqa: RUF017


class Wrapped(dict[str, int]):
    def __iter__(self) -> Iterator[str]:
        return super().__iter__()


def unpacks_what_is_walked_by_a_method_of_its_own() -> object:
    items = Wrapped()
    return len(stress.parallel(lambda: {**items}, lambda: items.update(a=1))[0])


def prints_what_is_walked_by_a_method_of_its_own() -> object:
    items = Wrapped()
    return stress.parallel(lambda: f"{items}", lambda: items.update(a=1))[0]


def asks_for_truths(ask: Callable[[list[list[int]]], object]) -> Callable[[], object]:
    def scenario() -> object:
        lists: list[list[int]] = [[], []]
        return stress.parallel(lambda: ask(lists), lambda: lists[1].append(1))[0]

    return scenario


class Borg:
    shared: typing.ClassVar[dict[str, int]]

    def __init__(self) -> None:
        self.__dict__ = self.shared


def counts_in_a_shared_dict() -> object:
    Borg.shared = {"value": 0}
    one, other = Borg(), Borg()

    def count(borg: typing.Any) -> Callable[[], None]:
        def counts() -> None:
            borg.value += 1

        return counts

    stress.parallel(count(one), count(other))
    return Borg.shared["value"]


def counts_by_a_proxy() -> object:
    box = Box()
    proxy = weakref.proxy(box)

    def count(box: Box) -> Callable[[], None]:
        def counts() -> None:
            box.value += 1

        return counts

    stress.parallel(count(box), count(proxy))
    return box.value


# Without source: each of its methods runs as one step.
exec("""
class Hidden(dict):
    value = 0
    def __missing__(self, key): return self.value
    def __getattr__(self, name): return self.value
    def __setattr__(self, name, value): object.__setattr__(self, "value", value)
    def __neg__(self): return self.value
    def __hash__(self): return self.value
    def __eq__(self, other): return True
class Proper:
    value = 0
    def _set(self, value): self.value = value
    prop = property(None, _set)
""")
Hidden: typing.Any = vars()["Hidden"]
Proper: typing.Any = vars()["Proper"]


def meets(owner: typing.Any, read: Callable[[typing.Any], object], name: str = "value") -> Callable[[], object]:
    """One thread reads what another one writes, both by way of an object's methods."""

    def scenario() -> object:
        thing = owner()
        return stress.parallel(lambda: read(thing), lambda: setattr(thing, name, 1))[0]

    return scenario


def looks_for_a_key() -> object:
    thing = Hidden()
    table = {thing: 1}
    return stress.parallel(lambda: thing in table, lambda: setattr(thing, "value", 1))[0]


@dataclasses.dataclass
class Numbered:
    number: int

    def __hash__(self) -> int:
        return 1


def looks_for_what_a_key_becomes() -> object:
    key = Numbered(0)
    table = {key: 1}
    return stress.parallel(lambda: Numbered(1) in table, lambda: setattr(key, "number", 1))[0]


MODULE: typing.Any = types.ModuleType("imported_by_a_thread")


def imports_a_name() -> object:
    MODULE.name = 0

    def work() -> object:
        from imported_by_a_thread import name  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

        return name

    return stress.parallel(work, lambda: setattr(MODULE, "name", 1))[0]


class Shelf:
    value = 0
    items: typing.ClassVar = {"a": 0}

    def method(self) -> int:
        return 0

    def keyword(self, *, value: int = 0) -> int:
        return value


SHELF = Shelf()


def seven(_: object) -> int:
    return 7


def changes(change: Callable[[], object]) -> Callable[[], object]:
    """One thread reads what another one changes by code that has no name for it."""

    def scenario() -> object:
        SHELF.value = 0
        return stress.parallel(lambda: SHELF.value + SHELF.items["a"] + SHELF.method(), change)[0]

    return scenario


def patches_a_method() -> None:
    with mock.patch.object(Shelf, "method", seven):
        pass


@mock.patch(f"{__name__}.Shelf.method", seven)
def is_patched() -> None: ...


def patches_an_item() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SHELF.items, "a", 7)


def evaluates() -> object:
    def work() -> object:
        shelf = SHELF
        return eval("shelf.value"), shelf

    SHELF.value = 0
    return stress.parallel(work, lambda: setattr(SHELF, "value", 7))[0][0]


def takes_all_variables() -> object:
    value = 0

    def work() -> object:
        assert callable(lambda: value)
        return locals()["value"]

    def change() -> None:
        nonlocal value
        value = 7

    return stress.parallel(work, change)[0]


def writes_down(write: Callable[[typing.Any], object]) -> Callable[[], object]:
    """Code of the standard library that runs as one step walks over all that is in what it is handed."""

    def scenario() -> object:
        pair = Pair([0])
        return stress.parallel(lambda: write([pair]), lambda: operator.setitem(pair.items, 0, 7))[0]

    return scenario


def asks(
    make: Callable[[], typing.Any], read: Callable[[typing.Any], object], write: Callable[[typing.Any], object]
) -> Callable[[], object]:
    """One thread reads what another one writes, by code that doesn't name the attribute, or by another name."""

    def scenario() -> object:
        thing = make()
        return stress.parallel(lambda: read(thing), lambda: write(thing))[0]

    return scenario


def makes_a_class_of_its_own_kind() -> type:
    class Meta(type):
        value = 0

    class Made(metaclass=Meta):
        pass

    return Made


def is_caught() -> BaseException:
    try:
        raise ValueError
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("works", "outcomes"),
    [
        (
            asks(makes_a_class_of_its_own_kind, lambda made: made.value, lambda made: setattr(type(made), "value", 1)),
            {0, 1},
        ),
        (asks(ValueError, lambda error: hasattr(error, "__notes__"), lambda e: e.add_note("x")), {False, True}),
        (asks(is_caught, lambda e: e.__traceback__ is None, lambda e: e.with_traceback(None)), {False, True}),
        (
            asks(ValueError, lambda e: e.__suppress_context__, lambda e: setattr(e, "__cause__", None)),
            {False, True},
        ),
        (asks(lambda: ImportError("x"), str, lambda e: setattr(e, "msg", "y")), {"x", "y"}),
        (asks(lambda: [0], lambda items: str(ValueError(items)), lambda items: items.append(1)), {"[0]", "[0, 1]"}),
        (
            asks(Shelf, operator.methodcaller("method"), lambda shelf: setattr(shelf, "method", lambda: 7)),
            {0, 7},
        ),
        (asks(Box, lambda box: next(map(vars, [box]))["value"], lambda box: setattr(box, "value", 1)), {0, 1}),
        (
            asks(
                lambda: types.ModuleType("shelf", "0"),
                lambda module: module.__doc__,
                lambda module: operator.setitem(vars(module), "__doc__", "1"),
            ),
            {"0", "1"},
        ),
        (writes_down(lambda pairs: copy.deepcopy(pairs)[0].items[0]), {0, 7}),
        (writes_down(lambda pairs: dataclasses.asdict(pairs[0])["items"][0]), {0, 7}),
        (writes_down(lambda pairs: json.JSONEncoder().encode(vars(pairs[0]))), {'{"items": [0]}', '{"items": [7]}'}),
        (changes(patches_a_method), {0, 7}),
        (changes(is_patched), {0, 7}),
        (changes(patches_an_item), {0, 7}),
        (changes(lambda: exec("SHELF.value = 7")), {0, 7}),
        (evaluates, {0, 7}),
        (takes_all_variables, {0, 7}),
        (counts_in_one_step, {("0", "1"), ("0", "0")}),
        (compares_dataclasses, {False, True}),
        (walks_by_a_list_iterator, {12, 15}),
        (lists_by_a_list_iterator, {(1, 2), (1, 5)}),
        (begins_to_walk, {"a", "b", "changed"}),
        (walks_from_one_to_the_next, {12, 15}),
        (stores_by_a_method_of_its_own, {0, 2}),
        (looks_by_a_method_of_its_own, {False, True}),
        (adds_up_lists, {2, 3}),
        (unpacks_what_is_walked_by_a_method_of_its_own, {0, 1}),
        (prints_what_is_walked_by_a_method_of_its_own, {"{}", "{'a': 1}"}),
        (asks_for_truths(any), {False, True}),
        (asks_for_truths(lambda lists: len(list(filter(None, lists)))), {0, 1}),
        (asks_for_truths(lambda lists: len(list(itertools.compress("ab", lists)))), {0, 1}),
        (asks_for_truths(lambda lists: sum(1 for _ in filter(None, lists))), {0, 1}),
        (counts_in_a_shared_dict, {1, 2}),
        (counts_by_a_proxy, {1, 2}),
        (imports_a_name, {0, 1}),
        (meets(Hidden, lambda thing: thing["a"]), {0, 1}),
        (meets(Hidden, lambda thing: thing.other), {0, 1}),
        (meets(Hidden, lambda thing: -thing), {0, 1}),
        (meets(Hidden, lambda thing: hash(thing)), {0, 1}),
        (meets(Hidden, lambda thing: thing.value, name="other"), {0, 1}),
        (meets(Proper, lambda thing: thing.value, name="prop"), {0, 1}),
        (looks_for_a_key, {False, True}),
        (looks_for_what_a_key_becomes, {False, True}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_threads_that_meet_unnamed_are_seen(
    works: Callable[[], object], outcomes: set[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, MODULE.__name__, MODULE)
    exploration = searched(works)
    assert exploration.exhausted and set(exploration.outcomes) == outcomes


# What is inside of what an operation looks at: both threads look before either writes, or the second sees the write.


class Stack(list[typing.Any]):
    pass


class Row(typing.NamedTuple):
    of: typing.Any


def failed(inner: list[int]) -> Exception:
    error = ValueError(0)
    error.of = inner  # type: ignore[attr-defined]
    return error


def slice_of(inner: list[int]) -> list[int]:
    taken: list[int] = []
    taken[:] = inner
    return taken


def list_set_by_method(inner: list[int]) -> list[int]:
    taken: list[int] = []
    taken.__setitem__(slice(None), inner)
    return taken


def unpacked(outer: typing.Any) -> int:
    ((only,),) = outer
    return int(only)


def matched(outer: typing.Any) -> bool:
    match outer:
        case [[0]]:
            return True
    return False


def removed(outer: list[list[int]]) -> bool:
    taken = outer.copy()
    taken.remove([0])
    return True


PICKLED = pickle.loads


@pytest.mark.parametrize(
    ("make", "looks"),
    [
        (lambda inner: Stack([inner]), lambda outer: outer == [[0]]),
        (lambda inner: Stack([inner]), lambda outer: [0] in outer),
        (lambda inner: Stack([inner]), lambda outer: str(outer) == f"{outer}" == "[[0]]"),
        (lambda inner: Stack([inner]), lambda outer: sum(outer, []) == [0]),  # noqa: RUF017
        (lambda inner: Stack([inner]), lambda outer: unpacked(outer) == 0),
        (lambda inner: Stack([inner]), matched),
        (lambda inner: Stack([inner, [1]]), lambda outer: min(outer) == [0]),
        (lambda inner: Stack([inner]), lambda outer: [*itertools.chain.from_iterable(outer)] == [0]),
        (lambda inner: Stack([inner]), lambda outer: json.dumps(outer) == "[[0]]"),
        (lambda inner: Stack([inner]), lambda outer: copy.deepcopy(outer) == [[0]]),
        (lambda inner: Stack([inner]), lambda outer: PICKLED(pickle.dumps(outer)) == [[0]]),
        (Row, lambda row: row == ([0],)),
        (Row, lambda row: row in [Row([0])]),
        (lambda inner: collections.UserList([inner]), lambda outer: outer == [[0]]),
        (lambda inner: {"a": inner}, lambda table: [0] in table.values()),
        (lambda inner: {"a": inner}, lambda table: ("a", [0]) in table.items()),
        (lambda inner: types.MappingProxyType({1: inner}), lambda view: view == {1: [0]}),
        (lambda inner: types.SimpleNamespace(of=inner), lambda space: copy.deepcopy(space).of == [0]),
        (failed, lambda error: copy.deepcopy(error).of == [0]),
        (failed, lambda error: PICKLED(pickle.dumps(error)).of == [0]),
        (lambda inner: functools.partial(int, inner), lambda partial: copy.deepcopy(partial).args == ([0],)),
        (lambda inner: ValueError(inner), lambda error: copy.deepcopy(error).args == ([0],)),
        (lambda inner: [("a", 0), ("b", inner)], lambda pairs: dict(pairs) == {"a": 0, "b": [0]}),
        (lambda inner: ["a", inner], lambda pair: dict([pair]) == {"a": [0]}),
        (lambda inner: inner, lambda inner: slice_of(inner) == [0]),
        (lambda inner: [inner], removed),
        (lambda inner: slice(inner), lambda part: part == slice([0])),
        (lambda inner: slice(inner), lambda part: part.__eq__(slice([0]))),
        (lambda inner: (inner,), lambda pair: [pair].index(([0],)) == 0),
        (lambda inner: (inner,), lambda pair: collections.deque([pair]).count(([0],)) == 1),
        (Row, lambda row: row.index([0]) == 0),
        (lambda inner: types.MappingProxyType({1: inner}), lambda view: view.__eq__({1: [0]})),
        (lambda inner: types.MappingProxyType({1: inner}), lambda view: dict(view.items()) == {1: [0]}),
        (lambda inner: inner, lambda inner: list_set_by_method(inner) == [0]),
        (lambda inner: {"of": Pair(inner)}, lambda table: f"{table['of'].items}" == "[0]"),
        (lambda inner: {"of": Pair(inner)}, lambda table: "{of.items}".format_map(table) == "[0]"),
    ],
)
def test_who_looks_inside_sees_what_another_thread_writes(
    make: Callable[[list[int]], typing.Any], looks: Callable[[typing.Any], bool]
) -> None:
    def scenario() -> int:
        inner, wrote = [0], [0, 0]
        thing = make(inner)

        def work(number: int) -> None:
            with contextlib.suppress(ValueError):
                if looks(thing):
                    inner[0] = 1
                    wrote[number] = 1

        stress.parallel(functools.partial(work, 0), functools.partial(work, 1))
        return sum(wrote)

    exploration = searched(scenario)
    assert exploration.exhausted and set(exploration.outcomes) == {1, 2}


@pytest.mark.parametrize("state", [lambda pair: pair.__getstate__(), lambda pair: pair.__reduce_ex__(2)[2]])
def test_the_dict_that_a_copy_would_be_made_of_is_the_object_s_own(state: Callable[[Pair], dict[str, object]]) -> None:
    def scenario() -> int:
        pair, wrote = Pair([0]), [0, 0]

        def work(number: int) -> None:
            if state(pair)["items"]:
                pair.items = []
                wrote[number] = 1

        stress.parallel(functools.partial(work, 0), functools.partial(work, 1))
        return sum(wrote)

    exploration = searched(scenario)
    assert exploration.exhausted and set(exploration.outcomes) == {1, 2}


# What an operation touches may change while its thread waits for its turn. The last thread is the one that does so.


def compares_what_is_put_in_meanwhile() -> object:
    inner = [2]
    outer = [[1]]
    return stress.parallel(lambda: inner.append(3), lambda: outer == [[2]], lambda: operator.setitem(outer, 0, inner))[
        1
    ]


def prints_what_is_put_in_meanwhile() -> object:
    inner = [2]
    outer = [[1]]
    return stress.parallel(lambda: inner.append(3), lambda: f"{outer}", lambda: operator.setitem(outer, 0, inner))[1]


def matches_what_is_put_in_meanwhile() -> object:
    inner = [2]
    outer = [[1]]

    def work() -> bool:
        match outer:
            case [[2]]:
                return True
        return False

    return stress.parallel(lambda: inner.append(3), work, lambda: operator.setitem(outer, 0, inner))[1]


def hands_over_what_is_put_in_meanwhile() -> object:
    inner = [2]
    outer = [[1]]
    return stress.parallel(lambda: inner.append(3), lambda: repr(outer), lambda: operator.setitem(outer, 0, inner))[1]


def takes_the_class_s_value_meanwhile() -> object:
    class Owner:
        value = 1

    owner = Owner()
    owner.value = 7
    return stress.parallel(lambda: setattr(Owner, "value", 2), lambda: owner.value, lambda: delattr(owner, "value"))[1]


def makes_what_was_taken_out_meanwhile() -> object:
    items = collections.defaultdict(lambda: 1, {"a": 7})
    return stress.parallel(lambda: len(items), lambda: items["a"], lambda: items.pop("a"))[:2].__repr__()


@pytest.mark.parametrize(
    ("works", "outcomes"),
    [
        (compares_what_is_put_in_meanwhile, {False, True}),
        (prints_what_is_put_in_meanwhile, {"[[1]]", "[[2]]", "[[2, 3]]"}),
        (matches_what_is_put_in_meanwhile, {False, True}),
        (hands_over_what_is_put_in_meanwhile, {"[[1]]", "[[2]]", "[[2, 3]]"}),
        (takes_the_class_s_value_meanwhile, {7, 1, 2}),
        (makes_what_was_taken_out_meanwhile, {"[1, 7]", "[0, 7]", "[0, 1]", "[1, 1]"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_an_operation_touches_when_its_turn_comes_counts(
    works: Callable[[], object], outcomes: set[object]
) -> None:
    exploration = searched(works)
    assert exploration.exhausted and set(exploration.outcomes) == outcomes


def replaces_default_values() -> object:
    def function(value: int = 1) -> int:
        return value

    return stress.parallel(function, lambda: setattr(function, "__defaults__", (2,)))[0]


def replaces_a_special_method() -> object:
    class Sized:
        def __len__(self) -> int:
            return 1

    sized = Sized()
    return stress.parallel(lambda: len(sized), lambda: setattr(Sized, "__len__", lambda self: 2))[0]


def replaces_a_class() -> object:
    box = Box()
    return stress.parallel(lambda: type(box) is Box, lambda: setattr(box, "__class__", Walked))[0]


def registers_a_class() -> object:
    class Base(abc.ABC):  # noqa: B024  nobody makes one
        pass

    return stress.parallel(lambda: issubclass(Box, Base), lambda: Base.register(Box))[0]


def replaces_by_c_code(replace: Callable[[type], object]) -> Callable[[], object]:
    def scenario() -> object:
        class Sized:
            def __len__(self) -> int:
                return 1

        sized = Sized()
        return stress.parallel(lambda: len(sized), lambda: replace(Sized))[0]

    return scenario


def replaces_keywords(make: Callable[[], typing.Any], replace: Callable[[typing.Any], object]) -> Callable[[], object]:
    def scenario() -> object:
        function = make()
        return stress.parallel(lambda: function(), lambda: replace(function))[0]

    return scenario


def has_a_keyword() -> Callable[[], int]:
    def function(*, value: int = 1) -> int:
        return value

    return function


def is_partial() -> Callable[[], dict[str, int]]:
    return functools.partial(dict, value=1)


def two(_: object) -> int:
    return 2


def restores(names: dict[str, typing.Any]) -> None:
    names["abs"] = abs


@pytest.mark.parametrize(
    "works",
    [
        replaces_default_values,
        replaces_a_special_method,
        replaces_a_class,
        registers_a_class,
        replaces_by_c_code(lambda kind: type.__setattr__(kind, "__len__", two)),
        replaces_by_c_code(lambda kind: list(map(setattr, [kind], ["__len__"], [two]))),
        replaces_by_c_code(lambda kind: list(itertools.starmap(setattr, [(kind, "__len__", two)]))),
        replaces_by_c_code(lambda kind: types.FunctionType.__code__.__set__(vars(kind)["__len__"], two.__code__)),
        replaces_by_c_code(lambda _: restores(vars(builtins))),
        replaces_by_c_code(lambda _: vars(builtins).update(abs=abs)),
        replaces_by_c_code(lambda _: restores(globals())),
        replaces_by_c_code(lambda _: globals().update(abs=abs)),
        replaces_by_c_code(lambda _: globals().setdefault("abs", abs)),
        replaces_by_c_code(lambda _: exec("abs = abs", globals())),
        replaces_by_c_code(lambda kind: mock.patch.object(kind, "__len__", two).start()),
        replaces_keywords(has_a_keyword, lambda function: operator.setitem(function.__kwdefaults__, "value", 2)),
        replaces_keywords(has_a_keyword, lambda function: function.__kwdefaults__.clear()),
        replaces_keywords(lambda: Shelf().keyword, lambda method: method.__kwdefaults__.update(value=0)),
        replaces_keywords(is_partial, lambda function: operator.setitem(function.keywords, "value", 2)),
        replaces_keywords(is_partial, lambda function: function.__setstate__((dict, (), {}, {}))),
    ],
)
def test_nothing_is_proved_where_what_calls_go_by_is_replaced(works: Callable[[], object]) -> None:
    exploration = searched(works)
    assert not exploration.exhausted and "what calls or operators go by was replaced" in flat(exploration)


# What is outside of the process is shared, too.


def makes_a_folder(folder: pathlib.Path) -> None:
    name = os.path.join(folder, "name")
    if not os.path.exists(name):
        os.mkdir(name)


def makes_a_folder_by_its_path(folder: pathlib.Path) -> None:
    path = pathlib.Path(folder, "name")
    if not path.exists():
        path.mkdir()


def counts_in_a_file(folder: pathlib.Path) -> None:
    name = os.path.join(folder, "name")
    with open(name, "a+") as file:
        file.seek(0)
        number = len(file.read())
    with open(name, "w") as file:
        file.write("." * (number + 1))
    with open(name) as file:
        assert len(file.read()) == number + 1


def counts_in_the_environment(_: pathlib.Path) -> None:
    number = os.environ.get("STRESS_TEST_NUMBER", "")
    os.environ["STRESS_TEST_NUMBER"] = number + "."
    assert os.environ["STRESS_TEST_NUMBER"] == number + "."


@pytest.mark.parametrize(
    "work", [makes_a_folder, makes_a_folder_by_its_path, counts_in_a_file, counts_in_the_environment]
)
def test_a_race_for_what_is_outside_of_the_process_is_found(
    work: Callable[[pathlib.Path], None], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRESS_TEST_NUMBER", "")

    def scenario() -> None:
        os.environ["STRESS_TEST_NUMBER"] = ""
        folder = pathlib.Path(tempfile.mkdtemp(dir=tmp_path))
        side_by_side(lambda: work(folder), lambda: work(folder))

    assert stress.explore(scenario, search="dpor").failure is not None


def test_a_wait_with_a_time_limit_for_a_lock_of_its_own_that_is_tried_is_no_proof() -> None:
    def scenario() -> None:
        lock = threading.Lock()

        def work() -> None:
            with lock:
                assert not lock.acquire(timeout=1)
                assert not tries or not lock.acquire(blocking=False)

        side_by_side(work, lambda: None)

    tries = False
    assert searched(scenario).exhausted
    tries = True
    exploration = searched(scenario)
    assert exploration.failure is None and not exploration.exhausted
    assert "for a lock that it held itself, and that was tried" in flat(exploration)
