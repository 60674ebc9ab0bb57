"""What is made once in a process is made in each execution: what modules hold is put back before it."""

from __future__ import annotations

import array
import functools
import itertools
import os
import sys
import threading
import types
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import stress
from tests.controlled import flat
from tests.starting import python_m

MADE_BEFORE = "what is made once in a process (a cache, a module's state) was there"


class Slotted:
    __slots__ = ("made",)


class Plain:
    made: object | None = None
    shared: dict[str, object] = {}  # noqa: RUF012 (as people write it)

    @functools.cached_property
    def once(self) -> object:
        return plain.made or object()


class Borg:
    _state: dict[str, object] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.__dict__ = self._state


made: object | None = None
absent: object
pool: ThreadPoolExecutor | None = None
in_dict: dict[str, object] = {}
in_order: OrderedDict[str, object] = OrderedDict()
in_list: list[object] = []
in_set: set[object] = set()
in_deque: deque[object] = deque()
nested: dict[str, list[object]] = {"list": []}
plain = Plain()
slotted = Slotted()


class Number(complex):
    made: object | None = None


number = Number()


def a_global() -> object:
    global made
    if made is None:
        made = object()
    return made


def a_global_that_is_not_there() -> object:
    global absent
    try:
        return absent
    except NameError:
        absent = object()
    return absent


def a_pool() -> object:
    global pool
    if pool is None:
        pool = ThreadPoolExecutor(1)
    return pool


def an_item() -> object:
    if "made" not in in_dict:
        in_dict["made"] = object()
    return in_dict["made"]


def an_item_in_order() -> object:
    if not in_order:
        in_order["made"] = object()
    return in_order["made"]


def an_item_of_a_list() -> object:
    if not in_list:
        in_list.append(object())
    return in_list[-1]


def a_member() -> object:
    if not in_set:
        in_set.add(object())
    return len(in_set)


def an_item_of_a_deque() -> object:
    if not in_deque:
        in_deque.append(object())
    return in_deque[-1]


def an_item_in_an_item() -> object:
    if not nested["list"]:
        nested["list"].append(object())
    return nested["list"][-1]


def an_attribute() -> object:
    if plain.made is None:
        plain.made = object()
    return plain.made


def an_attribute_of_a_class() -> object:
    if Plain.made is None:
        Plain.made = object()
    return Plain.made


def an_item_of_a_class() -> object:
    if "made" not in Plain.shared:
        Plain.shared["made"] = object()
    return Plain.shared["made"]


def a_slot() -> object:
    if not hasattr(slotted, "made"):
        slotted.made = object()
    return slotted.made


def an_attribute_of_a_number() -> object:
    if number.made is None:
        number.made = object()
    return number.made


def a_shared_namespace() -> object:
    borg: Any = Borg()
    if not hasattr(borg, "made"):
        borg.made = object()
    return borg.made


def a_default(cache: dict[str, object] = {}) -> object:  # noqa: B006
    if "made" not in cache:
        cache["made"] = object()
    return cache["made"]


def an_attribute_of_a_function() -> object:
    if not hasattr(an_attribute_of_a_function, "made"):
        an_attribute_of_a_function.made = object()  # type: ignore[attr-defined]
    return an_attribute_of_a_function.made  # type: ignore[attr-defined]


def remembered(function: Callable[[], object]) -> Callable[[], object]:
    cache: dict[str, object] = {}

    def wrapper() -> object:
        if "made" not in cache:
            cache["made"] = function()
        return cache["made"]

    return wrapper


@remembered
def a_closure() -> object:
    return object()


@functools.cache
def a_cache() -> object:
    return plain.made or object()


RACES = [
    (a_global, ".made"),
    (a_global_that_is_not_there, ".absent"),
    (a_pool, ".pool"),
    (an_item, ".in_dict"),
    (an_item_in_order, ".in_order"),
    (an_item_of_a_list, ".in_list"),
    (a_member, ".in_set"),
    (an_item_of_a_deque, ".in_deque"),
    (an_item_in_an_item, ".nested['list']"),
    (an_attribute, ".plain.made"),
    (an_attribute_of_a_class, ".Plain.made"),
    (an_item_of_a_class, ".Plain.shared"),
    (a_slot, ".slotted.made"),
    (an_attribute_of_a_number, ".number.made"),
    (a_shared_namespace, ".Borg._state"),
    (a_default, "a default of "),
    (an_attribute_of_a_function, ".made"),
    (a_closure, ".a_closure"),
    (a_cache, ".a_cache"),
]


class Cached:
    @classmethod
    @functools.cache
    def of_a_class(cls) -> object:
        return cls()


a_namespace = types.SimpleNamespace(made=None)


def an_attribute_of_a_namespace() -> object:
    if a_namespace.made is None:
        a_namespace.made = object()
    return a_namespace.made


RACES += [(Cached.of_a_class, ".Cached.of_a_class"), (an_attribute_of_a_namespace, ".a_namespace.made")]


def in_two_threads(make: Callable[[], object]) -> None:
    one, other = stress.parallel(make, make)
    assert one is other


def put_back(exploration: stress.Exploration) -> str:
    """What the verdict says was put back."""
    (said,) = [text for text in exploration.assumptions if "began with what modules held at first" in text]
    return said


@pytest.mark.parametrize("again", ["first", "later"])
@pytest.mark.parametrize(("make", "name"), RACES, ids=[name for _, name in RACES])
def test_a_race_for_who_makes_what_is_made_once_is_found(make: Callable[[], object], name: str, again: str) -> None:
    exploration = stress.explore(lambda: in_two_threads(make))
    assert exploration.failure is not None and exploration.failure.kind == "error"
    assert name in put_back(exploration) and "began with what modules held" in exploration.failure.text
    assert exploration.failure.schedule is not None
    replayed = stress.replay(lambda: in_two_threads(make), exploration.failure.schedule).failure
    assert replayed is not None and replayed.kind == "error" and replayed.schedule == exploration.failure.schedule


def test_all_traces_of_the_making_are_run_and_no_others() -> None:
    """The reads in which both find nothing commute, the writes after them don't; and two in which one came first."""

    def make() -> None:
        global made
        if made is None:
            made = object()

    def scenario() -> None:
        stress.parallel(make, make)

    exploration = stress.explore(scenario, search="dpor")
    assert (exploration.executions, exploration.exhausted) == (4, True), exploration
    assert "tests.runtime.control.test_kept.made" in put_back(exploration)
    assert made is None, "it is put back in the end, too"


lock = threading.Lock()


def test_what_is_made_under_a_lock_is_proved() -> None:
    def make() -> object:
        with lock:
            return a_global()

    exploration = stress.explore(lambda: in_two_threads(make), search="dpor")
    assert exploration.failure is None and exploration.exhausted, exploration


def test_outcomes_are_those_from_what_was_there_at_first() -> None:
    def scenario() -> int:
        stress.parallel(an_item_of_a_list, an_item_of_a_list)
        return len(in_list)

    exploration = stress.explore(scenario, search="dpor", keep_going=True)
    assert exploration.exhausted and set(exploration.outcomes) == {1, 2}, exploration


seen: list[int] = []
runs = 0


def test_what_is_only_written_is_left_as_it_is() -> None:
    """Whoever gathers something in a module finds it there."""
    before = len(seen)

    def scenario() -> None:
        global runs
        runs += 1
        stress.parallel(a_set.clear, a_set.clear)
        seen.append(1)

    a_set: set[int] = set()
    exploration = stress.explore(scenario, search="random", executions=20)
    assert len(seen) >= before + 20 and runs >= 20
    assert not any("began with" in text for text in exploration.assumptions)


def test_what_progress_changes_is_its_own_affair() -> None:
    """It isn't put back, and nothing that was proved hangs on it."""
    before = len(seen)
    exploration = stress.explore(lambda: stress.parallel(list), search="dpor", progress=lambda _: seen.append(1))
    assert exploration.exhausted and len(seen) > before


def rarely_makes() -> None:
    flag = [0]

    def one() -> None:
        flag[0] = 1
        flag[0] = 0

    def other() -> None:
        if flag[0]:
            an_item()

    stress.parallel(one, other)


@pytest.mark.parametrize("search", ["dpor", "random"])
def test_what_only_a_rare_execution_makes_is_put_back_too(search: str) -> None:
    """In most orders nothing is made. Which of those that do came first would decide what all others find."""
    exploration = stress.explore(rarely_makes, search=search, executions=100)
    assert exploration.failure is None and exploration.exhausted == (search == "dpor")
    assert "in_dict" in put_back(exploration) and not in_dict


def test_a_submodule_that_was_imported_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`import package.part` doesn't set the package's attribute again."""
    package = tmp_path / "keeps_something"
    package.mkdir()
    (package / "__init__.py").write_text(
        "made = None\ndef make():\n    global made\n    if made is None:\n        made = object()\n"
    )
    (package / "part.py").write_text("def answer(): return 42\n")
    monkeypatch.syspath_prepend(tmp_path)

    def scenario() -> None:
        import keeps_something  # type: ignore[import-not-found]

        stress.parallel(keeps_something.make, keeps_something.make)
        import keeps_something.part

        assert keeps_something.part.answer() == 42

    exploration = stress.explore(scenario)
    assert exploration.failure is None, exploration
    assert "keeps_something.made" in put_back(exploration)


# What has another half that can't be put back: under a lock, all of it is right.

registry: dict[str, object] = {}
counts = itertools.count()
counted: list[int] = []
numbers = array.array("i")
how_many = 0
closed = 0
warm_made = 0


def registered_by_an_import() -> None:
    if "part" not in registry:
        __import__("registers_itself")
    assert registry["part"]


def a_folder() -> None:
    global made
    if made is None:
        os.mkdir(sys.path[0] + "/made")
        made = object()


def counted_in_c() -> None:
    counted.append(next(counts))
    assert counted[-1] == len(counted) - 1


def held_in_c() -> None:
    global how_many
    numbers.append(how_many)
    how_many += 1
    assert len(numbers) == how_many


class Closes:
    def __del__(self) -> None:
        global closed
        closed += 1


def closed_at_its_end() -> None:
    global made
    if made is None:
        made = Closes()
    assert closed == 0


@functools.cache
def warm(key: str) -> object:
    return key.upper()


warm("default")


def beside_a_cache_that_was_filled() -> None:
    global warm_made
    if not warm_made:
        warm_made = len(str(warm("x")))


@pytest.mark.parametrize(
    "make",
    [
        registered_by_an_import,
        a_folder,
        counted_in_c,
        held_in_c,
        closed_at_its_end,
        beside_a_cache_that_was_filled,
    ],
)
def test_no_half_is_put_back_without_the_other(
    make: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be accused of what it doesn't do, and broken for whoever comes next."""
    (tmp_path / "registers_itself.py").write_text(
        f"import {__name__} as registers\nregisters.registry['part'] = object()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def locked() -> None:
        with lock:
            make()

    def scenario() -> None:
        stress.parallel(locked, locked)

    exploration = stress.explore(scenario)
    assert exploration.failure is None, exploration
    assert not exploration.exhausted or make is beside_a_cache_that_was_filled
    locked()
    sys.modules.pop("registers_itself", None)


def test_what_is_kept_elsewhere_is_no_proof() -> None:
    """In the closure of a scenario, say: it may be meant to gather what executions come to."""
    cache: dict[str, object] = {}

    def make() -> object:
        if "made" not in cache:
            cache["made"] = object()
        return cache["made"]

    exploration = stress.explore(lambda: in_two_threads(make), search="dpor")
    assert exploration.failure is None and not exploration.exhausted
    assert MADE_BEFORE in flat(exploration)
    assert "makes once was made before" in flat(exploration)
    assert f"{Path(__file__).name}:{_line(make, '= object()')}" in flat(exploration)


@pytest.mark.parametrize("scenario", [lambda: in_two_threads(an_item), rarely_makes])
def test_nothing_is_put_back_under_the_feet_of_others(scenario: Callable[[], object]) -> None:
    """A thread from before may be at what the modules hold. Then nothing is proved."""
    over = threading.Event()

    def waits() -> None:
        over.wait()

    thread = threading.Thread(target=waits)
    thread.start()
    exploration = stress.explore(scenario, search="dpor")
    over.set()
    thread.join()
    assert exploration.failure is None and not exploration.exhausted and in_dict
    assert MADE_BEFORE in flat(exploration)


def _line(function: Callable[[], object], text: str) -> int:
    assert isinstance(function, FunctionType)
    lines = Path(__file__).read_text("utf-8").splitlines()
    first = function.__code__.co_firstlineno
    return next(number for number in range(first, first + 9) if text in lines[number - 1])


def test_the_command_line_finds_and_replays_it(tmp_path: Path) -> None:
    (tmp_path / "lazy.py").write_text(
        "import stress\nconnection = None\ndef connect():\n    global connection\n    if connection is None:\n"
        "        connection = object()\n    return connection\n@stress.scenario\ndef lazy():\n"
        "    one, other = stress.parallel(connect, connect)\n    assert one is other\n"
    )
    found = python_m("stress", "lazy.py", cwd=tmp_path)
    assert found.returncode == 1 and "reads connection: None" in found.stdout
    (command,) = [line for line in found.stdout.splitlines() if line.startswith("replay: ")]
    replayed = python_m(*command.split()[3:], cwd=tmp_path)
    assert replayed.returncode == 1 and "found in a replay" in replayed.stdout, replayed


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    global made
    yield
    made = None
    in_list.clear()
    in_dict.clear()
