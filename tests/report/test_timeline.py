"""The timeline of a failure: what it shows of each kind, in which words, and that it runs nothing of the scenario's."""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import functools
import os
import queue
import re
import threading
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stress
from stress.report.timeline import all_operations
from stress.runtime.control.values import LONGEST, shown
from tests.controlled import explored, failure, flat


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        self.value += 1


def loses() -> None:
    counter = Counter()
    stress.parallel(counter.add, counter.add)
    assert counter.value == 2


def test_a_lost_update_is_told_step_by_step() -> None:
    found = stress.replay(loses, "v1:1.2w-2").failure
    assert found is not None
    add, read = "    tests/report/test_timeline.py:32  self.value += 1", "      reads self.value: 0"
    first, second = "  parallel-1 (Counter.add)", "  parallel-2 (Counter.add)"
    told = found.timeline.splitlines()
    assert told[1:10] == [first, add, read, second, add, read, "      writes self.value: 1", first, add]
    assert told[10] == "      writes self.value: 1"
    assert " ".join(told[-4:]).endswith(
        "Lost update: parallel-1 read self.value (0), then parallel-2 wrote it (1), then parallel-1 wrote what it had "
        "made of the old value (1): what parallel-2 did is lost. scenario raised AssertionError, at "
        "tests/report/test_timeline.py:38."
    )
    assert found.timeline in str(found)
    assert found.switches is not None and found.switches >= 2
    assert [event.value for event in found.operations if event.site.name == "value"] == ["0", "0", "0", "1", "1"]


def test_a_write_over_what_another_thread_wrote_unread_is_told_in_whatever_lines_it_stands() -> None:
    def scenario() -> None:
        counts = [0]

        def add() -> None:
            seen = counts[0]
            counts[0] = seen + 1

        thread = threading.Thread(target=add)
        thread.start()
        add()
        thread.join()
        assert counts == [2]

    found = stress.explore(scenario).failure
    assert found is not None
    told = " ".join(found.timeline.split())
    assert "wrote it (1), without having read what" in told
    assert told.count("reads counts[0]: 0") == 2  # the scenario's own, too, since the other thread was started by then


def opposite_locks() -> None:
    a, b = threading.Lock(), threading.Lock()

    def nested(one: Any, other: Any) -> None:
        with one, other:
            pass

    stress.parallel(lambda: nested(a, b), lambda: nested(b, a))


def leaks() -> None:
    stress.parallel(threading.Lock().acquire)


def spins() -> None:
    flag = threading.Event()

    def wait() -> None:
        while not flag.is_set():
            pass

    stress.parallel(wait, wait)


def early() -> None:
    done = threading.Event()

    def work() -> None:
        time.sleep(0.001)
        done.set()

    threading.Thread(target=work, name="work").start()
    assert done.wait(timeout=60), "not done after a minute, and here is a long text that makes the line a long one"


def takes_without_a_look() -> None:
    ready = threading.Condition()
    items: list[int] = []

    def take() -> None:
        with ready:
            if not items:
                ready.wait()
            items.pop()

    def put() -> None:
        with ready:
            items.append(1)
            ready.notify_all()

    stress.parallel(take, take, put)


def does_not_wait() -> None:
    done, counter = threading.Condition(), Counter()

    def wait() -> None:
        with done:
            done.wait(timeout=0)
            counter.add()

    stress.parallel(wait, wait)
    assert counter.value != 2


def pops_later() -> None:
    items = [0]
    timers = [threading.Timer(1, items.pop) for _ in range(2)]
    for timer in timers:
        timer.start()
    for timer in timers:
        timer.join()


def is_called_back() -> None:
    done: list[Any] = []
    future: concurrent.futures.Future[int] = concurrent.futures.Future()
    future.add_done_callback(done.append)
    stress.parallel(lambda: future.set_result(1), lambda: len(done))
    assert not done


def submits() -> None:
    done: list[int] = []
    add = done.append
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(add, 1) for _ in range(2)]:
            future.result()
    assert not done


@pytest.mark.parametrize(
    ("scenario", "kind", "says"),
    [
        (loses, "error", "scenario raised AssertionError, at "),
        (early, "error", "      stops waiting, its time is up"),
        (takes_without_a_look, "error", "      is woken up\n      takes ready\n"),
        (does_not_wait, "error", "reads self.value: 0  [holds done]"),
        (does_not_wait, "error", "      stops waiting, its time is up\n      takes done\n"),
        (pops_later, "error", "      changes self.function(*self.args, **self.kwargs)\n"),
        (is_called_back, "error", "      changes callback(self)\n"),
        (submits, "error", "      changes "),
        (opposite_locks, "deadlock", "From here on no thread can go on"),
        (leaks, "leaked lock", "All threads have ended, and a lock is still held"),
        (spins, "livelock", "From here on threads go round and round"),
    ],
)
def test_each_kind_ends_in_a_sentence_at_80_columns(
    scenario: Callable[[], None], kind: str, says: str, livelocks_are_seen_soon: None
) -> None:
    found = failure(scenario, kind)
    assert says in found.timeline
    assert found.timeline in found.text
    lines = found.text.splitlines()
    assert all(len(line) <= 80 or " " not in line.strip() for line in lines)  # a file and its line are never cut
    assert len(lines) < 80


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: threading.Lock().acquire,
            ["which parallel-2 held when it ended\n", "what it was started to call, acquire (threading.Lock)\n",
             "  parallel-2 (lock.acquire)\n      takes a lock\n"],
        ),
        (
            lambda: threading.Barrier(3).wait,
            ["  parallel-1 (Barrier.wait)\n      waits for what it was started to call, wait (threading.Barrier)\n",
             "\n    threading.py:"],
        ),
        (
            lambda: threading.RLock().acquire,
            ["waits for what it was started to call, acquire (threading.RLock)\n      which parallel-2 held"],
        ),
    ],
)  # fmt: skip
def test_a_thread_whose_whole_work_is_a_call_is_told_without_what_is_inside(
    call: Callable[[], Callable[[], object]], says: list[str]
) -> None:
    def scenario() -> None:
        does = call()
        stress.parallel(does, does)

    told = failure(scenario, "deadlock").text
    assert all(text in told for text in says), told
    for inside in ("stress:0", "?:0", os.path.join("stress", "runtime"), os.path.dirname(threading.__file__)):
        assert inside not in told, told


def test_where_the_standard_library_does_much_the_users_lines_are_told() -> None:
    counter = Counter()

    def scenario() -> None:
        counter.value = 0
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(counter.add) for _ in range(2)]:
                future.result()
        assert counter.value == 2

    found = stress.replay(scenario, "v1:1.2w-2").failure
    assert found is not None and "lines left out" not in found.timeline
    told = [line.strip() for line in found.timeline.splitlines()]
    read = told.index("reads self.value: 0")
    assert told[read - 3] == "ThreadPoolExecutor-0_0" and "self.value += 1" in told[read - 1]
    assert told[read + 1 : read + 3] == ["ThreadPoolExecutor-0_1", "goes on in the standard library"]
    assert "(python -m stress --all-operations prints what the standard library did)" in told and "is woken up" in told


def test_locks_that_are_held_stand_beside_what_is_done() -> None:
    def scenario() -> None:
        lock, box = threading.Lock(), [0]

        def add() -> None:
            with lock:
                box[0] += 1

        stress.parallel(add, add)
        assert box[0] == 1

    told = failure(scenario, "error").timeline
    for text in ("takes lock", "reads box[0]: 0  [holds lock]", "writes box[0]: 2  [holds lock]", "gives lock back"):
        assert text in told


def test_a_lock_that_is_only_tried_is_taken_or_not() -> None:
    def scenario() -> None:
        lock, box = threading.Lock(), [0]

        def add() -> None:
            if lock.acquire(blocking=False):
                box[0] += 1
                lock.release()

        stress.parallel(add, add)
        assert box == [2]

    told = failure(scenario, "error").timeline
    for text in ("takes lock\n", "doesn't get lock\n", "gives lock back\n"):
        assert text in told, told


def test_two_locks_that_the_source_calls_the_same_are_told_apart() -> None:
    """A lock each, where one for both is needed; and what one thread calls this way is called that way by another."""

    def scenario() -> None:
        box, own = [0], [threading.Lock(), threading.Lock()]

        def add(lock: Any) -> None:
            with lock:
                box[0] += 1

        def ends(last: Any) -> None:
            with last:
                pass

        stress.parallel(lambda: add(own[0]), lambda: add(own[1]))
        stress.parallel(lambda: ends(own[1]))
        assert box[0] == 2

    told = failure(scenario, "error").timeline
    for text in ("takes lock (1)", "takes lock (2)", "[holds lock (1)]", "gives lock (2) back", "takes last (2)"):
        assert text in told, told


def test_a_key_that_is_written_has_a_value_and_one_that_is_asked_for_has_none() -> None:
    def scenario() -> None:
        counts = {"n": 0, "m": 0}

        def add() -> None:
            counts["n"] += 1
            if "m" in counts:
                del counts["m"]  # noqa: RUF051

        stress.parallel(add, add)
        raise KeyError

    told = stress.replay(scenario, "v1:1.3w-2").failure
    assert told is not None
    lines = [line.strip() for line in told.timeline.splitlines()]
    for text in ('reads counts["n"]: 0', 'writes counts["n"]: 1', 'reads "m" in counts', 'deletes counts["m"]'):
        assert text in lines
    assert "Lost update: parallel-1 read counts" in told.timeline


def test_a_key_that_the_source_does_not_tell_is_shown_where_it_is_a_plain_one() -> None:
    class Name(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __repr__(self) -> str:
            ran.append("repr")
            return "name"

        def __eq__(self, other: object) -> bool:
            return str.__eq__(self, other)

    plain: list[Any] = ["ann", "b" * 99, 7, None, True, 2.5, b"\x1b"]
    keys = [*plain, 10**5_000, Name("n"), ("a", 1)]
    ran.clear()

    def scenario() -> None:
        balances = dict.fromkeys(keys, 0)
        last = [0]

        def pay() -> None:
            for key in keys:
                balances[key] += 1
            last[-len(last)] += 1

        stress.parallel(pay, pay)
        raise KeyError

    told = stress.replay(scenario, "v1:1.5w-2").failure
    assert told is not None and ran == []
    names = list(dict.fromkeys(re.findall(r"reads (\S+\])", told.timeline)))
    shown = [f"balances[{key!r}]" if key != plain[1] else f"balances['{'b' * 26}...]" for key in plain]
    assert names == [*shown, "balances[key]", "last[-len(last)]"], told.timeline
    assert "Lost update: parallel-1 read balances['ann'] (0), then" in " ".join(told.timeline.split())


def test_a_lock_and_a_queue_are_called_by_their_owner_in_however_many_lines_and_not_by_what_is_put_into_them() -> None:
    def scenario() -> None:
        box: queue.Queue[str] = queue.Queue()
        several = threading.Semaphore(1); several.acquire()  # fmt: skip  # noqa: E702
        condition, simple, locks = threading.Condition(), queue.SimpleQueue[str](), [threading.Lock()]
        item = "item"

        def put() -> None:
            box.put(item)
            with condition:  # to wait in
                condition.wait(
                    timeout=0  # at once
                )
            box.get_nowait() if box.qsize() else box.get(timeout=0)
            simple.put(item)
            simple.get(timeout=1)
            with locks[len(locks) - 1]:
                pass
            with concurrent.futures.ThreadPoolExecutor(1):
                pass

        stress.parallel(put, put)
        raise KeyError

    told = failure(scenario, "error").timeline
    lines = {line.strip() for line in told.splitlines()}
    for name in ("the lock of box", "condition", "locks[len(locks) - 1]", "a lock"):
        assert {f"takes {name}", f"gives {name} back"} <= lines, (name, told)
    assert {"puts into simple", "gets from simple"} <= lines, told
    names = {line.removeprefix("takes ") for line in lines if line.startswith("takes ")}
    assert names == {"the lock of box", "condition", "locks[len(locks) - 1]", "a lock"}, told


ran: list[str] = []


class Watchful:
    """Notes what of it runs."""

    @property
    def asked(self) -> int:
        ran.append("property")
        return 1

    def __repr__(self) -> str:
        ran.append("repr")
        raise ValueError("unprintable")

    __str__ = __hash__ = __len__ = __eq__ = __repr__  # type: ignore[assignment]


def test_the_first_read_of_what_a_class_gives_has_its_value() -> None:
    class Box:
        value = 0

    def scenario() -> None:
        box = Box()

        def add() -> None:
            box.value += 1

        stress.parallel(add, add)
        assert box.value == 2

    told = failure(scenario, "error").timeline
    assert "reads box.value: 0" in told and "read box.value (0), then" in told


def test_a_value_is_taken_by_looking_and_shown_without_running_anything() -> None:
    class Box:
        def __init__(self) -> None:
            self.thing: Any = Watchful()

        def change(self) -> None:
            self.thing = [self.thing, Watchful()]

    def scenario() -> None:
        box = Box()
        stress.parallel(box.change, box.change)
        raise KeyError

    ran.clear()
    told = failure(scenario, "error").timeline
    assert "reads self.thing: <Watchful>" in told and "writes self.thing: [<Watchful>, <Watchful>]" in told
    assert ran == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (1 << 200, "<int of many digits>"),
        ("x" * 10**6, "'" + "x" * (LONGEST - 4) + "..."),
        ([1, [2]], "[1, <list>]"),
        ((1,), "(1,)"),
        (set(), "set()"),
        (range(3), "<range>"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "{'a': 1, 'b': 2, 'c': 3, ...}"),
        (Watchful(), "<Watchful>"),
        ([Watchful()] * 9, "[<Watchful>, <Watchful>, <Watchful>, ..."[: LONGEST - 3] + "..."),
    ],
)
def test_values_are_bounded(value: object, text: str) -> None:
    assert shown(value) == text and len(text) <= LONGEST


NARROW = """
import stress, threading

class Thing: pass

def scenario():
    thing = Thing()
    thing.a_name_that_takes_its_time = thing
    thing.類 = 1

    def change():
        with lock_of_a_long_name, another_lock_of_a_long_name:
            thing.a_name_that_takes_its_time.a_name_that_takes_its_time.a_name_that_takes_its_time.類 += 1; "類類類"
            thing.other = "類" * 99

    threads = [threading.Thread(target=change, name=name) for name in ("\\x1b[31mred\\n" * 9, "類" * 99)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    raise ValueError("\\x1b[31mred\\x1b[0m, and " + "a long text " * 9 + "類" * 99)

lock_of_a_long_name = threading.Lock()
another_lock_of_a_long_name = threading.Lock()
"""


def columns(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(each) == "W") for each in text)


def test_what_is_long_or_wide_is_cut_but_not_a_file_and_its_line_nor_a_value(tmp_path: Path) -> None:
    file = tmp_path / ("a-folder-" * 9) / "wide.py"
    file.parent.mkdir()
    file.write_text(NARROW, encoding="utf-8")
    names: dict[str, Any] = {"__name__": "wide"}
    exec(compile(NARROW, str(file), "exec"), names)
    found = failure(names["scenario"], "error")
    told = [*found.text.splitlines(), *all_operations(found.operations, found.threads).splitlines()]
    links = [word for line in told for word in line.split() if "wide.py" in word]
    assert links and all(re.fullmatch(r".*/wide\.py:[0-9]+\.?", link) for link in links)
    assert max(columns(line) for line in told if "wide.py" not in line and " " in line.strip()) in (79, 80)
    assert all(line.isprintable() for line in told)
    writes = r"      writes thing\.a_name_that_tak.*\.\.\.: 2  \[holds lock_of_a_lo.*\.\.\."
    assert any(re.fullmatch(writes, line) for line in told), "\n".join(told)


def test_threads_of_one_name_are_told_apart() -> None:
    def scenario() -> None:
        locks = threading.Lock(), threading.Lock()

        def nested(one: int) -> None:
            with locks[one], locks[1 - one]:
                pass

        threads = [threading.Thread(target=nested, args=(number,), name="worker (its work)") for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    told = str(failure(scenario, "deadlock"))
    assert re.search("each holds what the next one waits for: worker, worker #2, worker", told), told
    assert told.count("      waits for locks[1 - one] (threading.Lock)\n") == 2
    assert "which worker #2 holds, since" in told and "  worker #2 (its work)\n" in told


def test_nothing_is_told_of_what_passes() -> None:
    assert explored(lambda: None, 2).failure is None


def test_what_c_code_calls_is_told_as_if_it_had_been_called_directly() -> None:
    class Meter:
        calls = 0

        def key(self, number: int) -> int:
            self.calls = self.calls + 1
            return number

    def scenario() -> None:
        meter, numbers, others = Meter(), [2, 1], [0]

        def sort() -> None:
            sorted(numbers, key=meter.key)

        stress.parallel(sort, sort, lambda: others.append(numbers[0]))
        assert meter.calls == 4

    told = failure(scenario, "error").timeline
    assert "Lost update: parallel-1 read self.calls (0), then parallel-2 wrote it (" in " ".join(told.split())
    assert "      writes self.calls: 1\n" in told and "changes self.calls" not in told


def test_what_is_done_inside_of_c_code_is_not_told_for_what_the_c_code_does() -> None:
    def scenario() -> None:
        numbers, mine = [2, 1], [0]

        def key(number: int) -> int:
            mine[0] = number
            return number

        def sort() -> None:
            numbers.sort(key=key)

        stress.parallel(sort, lambda: numbers.append(3))
        assert numbers == [1, 2, 3]

    assert "mine[0]" not in failure(scenario, "error").timeline


def test_where_a_long_timeline_has_nothing_of_the_standard_librarys_none_is_told_of() -> None:
    def scenario() -> None:
        counts = [0]

        def count() -> None:
            for _ in range(40):
                counts[0] += 1

        stress.parallel(count, count)
        assert counts[0] == 80

    told = failure(scenario, "error").timeline
    assert "lines left out\n" in told and "standard library" not in told
    assert told.splitlines()[1] == "(python -m stress --all-operations prints what is left out)"


def test_a_lock_that_the_source_calls_differently_has_a_number() -> None:
    def scenario() -> None:
        mutex, count, alone = threading.Lock(), [0], threading.Lock()
        filled, taken = threading.Condition(mutex), threading.Condition(mutex)

        def fill() -> None:
            with filled:
                before = count[0]
            count[0] = before + 1

        def take() -> None:
            with alone:
                with taken:
                    count[0] = 5

        stress.parallel(fill, take)
        assert count in ([5], [6])

    told = failure(scenario, "error").timeline
    assert "takes filled (1)\n" in told and "reads count[0]: 0  [holds filled (1)]\n" in told
    assert "takes taken (1)  [holds alone]\n" in told and "writes count[0]: 5  [holds alone, taken (1)]\n" in told


def test_of_many_locks_that_are_held_some_are_told_whole_and_how_many_others() -> None:
    def scenario() -> None:
        the_first_lock, the_second_lock, the_third_lock = (threading.Lock() for _ in range(3))
        counts = {"of what was counted": 0}

        def count() -> None:
            with the_first_lock, the_second_lock, the_third_lock:
                before = counts["of what was counted"]
            counts["of what was counted"] = before + 1

        stress.parallel(count, count)
        assert counts == {"of what was counted": 2}

    told = failure(scenario, "error").timeline.splitlines()
    assert "      takes the_third_lock  [holds the_first_lock, the_second_lock]" in told
    assert '      reads counts["of what was counted"]: 0  [holds the_first_lock, 2 more]' in told


@pytest.mark.parametrize("kind", [dict, collections.Counter, functools.partial(collections.defaultdict, int)])
def test_a_lost_update_of_an_item_of_whatever_dict_has_its_values(kind: Callable[[], dict[str, int]]) -> None:
    def scenario() -> None:
        counts = kind()
        if type(counts) is dict:
            counts["all"] = 0

        def count() -> None:
            counts["all"] += 1

        stress.parallel(count, count)
        assert counts["all"] == 2

    told = " ".join(failure(scenario, "error").timeline.split())
    assert "then parallel-2 wrote it (1), then parallel-1 wrote what it had made of the old value (1)" in told
    assert 'reads counts["all"]: 1' in told


def test_the_last_sentence_says_which_thread_raised_and_not_that_it_was_the_last_to_do_anything() -> None:
    def scenario() -> None:
        box: dict[str, int] = {}

        def put() -> None:
            box["ready"] = 1
            box["value"] = 1

        def get() -> int:
            return box["value"] if "ready" in box else 0

        stress.parallel(put, get)

    told = failure(scenario, "error").timeline
    written, ending = told.index('writes box["value"]: 1'), told.index("parallel-2 raised KeyError, at ")
    assert told.index('reads box["value"]') < written < ending and "In the end" not in told


def test_a_thread_of_a_long_name_that_raised_is_named_as_far_as_there_is_room() -> None:
    def scenario() -> None:
        thread = threading.Thread(target=lambda: [][0], name="\x1b[31ma name " * 9)
        thread.start()
        thread.join()

    told = failure(scenario, "error").timeline
    assert r"\x1b[31ma name \x1b[31ma na... raised IndexError, at " in flat(told), told


def test_the_lock_inside_of_what_the_standard_library_makes_is_not_called_as_that_is_but_for_a_condition() -> None:
    def scenario() -> None:
        free, ready, set_, lock = threading.Semaphore(3), threading.Condition(), threading.Event(), threading.Lock()

        def use() -> None:
            with free:
                set_.set()
            with contextlib.ExitStack() as stack:
                stack.enter_context(free)
                stack.enter_context(lock)
                with ready:
                    ready.notify()

        stress.parallel(use, use)
        raise KeyError

    names = {event.place.lock() for event in failure(scenario, "error").operations if event.needs == "lock"}
    assert names == {"the lock of free", "ready", "the lock of set_", "lock", "a lock"}  # the last one by the ExitStack


def test_what_is_held_is_the_lock_of_a_semaphore_and_not_the_semaphore() -> None:
    def scenario() -> None:
        free, counts = threading.Semaphore(2), [0]

        def count() -> None:
            with free:
                counts[0] += 1

        stress.parallel(count, count)
        assert counts == [2]

    told = failure(scenario, "error").timeline
    for text in ("takes the lock of free\n", "  [holds the lock of free]\n", "gives the lock of free back\n"):
        assert text in told, told


def test_a_lock_is_called_by_the_call_that_led_to_it_and_not_by_the_line_which_that_stands_in() -> None:
    def scenario() -> None:
        jobs, done, free = queue.Queue[int](), queue.Queue[int](), threading.Semaphore(9)
        conditions = [threading.Condition()]

        def pick(_: object) -> threading.Condition:
            return conditions[0]

        def move() -> None:
            with free: done.put(1)  # fmt: skip  # noqa: E701
            with pick(jobs.get()): done.put(1)  # fmt: skip  # noqa: E701
            if jobs.full() or done.put(
                1
            ): pass  # fmt: skip  # noqa: E701

        stress.parallel(lambda: jobs.put(1), lambda: [jobs.put(1), done.put(1)], move, move)
        raise KeyError

    led: dict[str, set[str]] = {}
    for event in failure(scenario, "error").operations:
        if event.needs == "lock":
            led.setdefault(event.place.shown().text, set()).add(event.place.lock())
    for line, names in (
        ("stress.parallel(", {"jobs", "done"}),
        ("with free:", {"free", "done"}),
        ("with pick(", {"jobs", "done", "a lock"}),
        ("if jobs.full()", {"jobs", "done"}),
    ):
        found = next(found for text, found in led.items() if text.startswith(line))
        assert {name.removeprefix("the lock of ") for name in found} == names, led


def test_a_long_timeline_shows_what_each_thread_did_beside_a_switch() -> None:
    def scenario() -> None:
        counts, others = [0], [0]

        def long() -> None:
            for _ in range(30):
                others[0] += 1
            counts[0] += 1
            for _ in range(30):
                others[0] += 1

        def short() -> None:
            counts[0] += 1
            for _ in range(30):
                others[0] += 1

        stress.parallel(long, short)
        raise KeyError

    for places, headings in (("1.93w-2", ["1", "2", "1"]), ("1.93w-2,2.33w-1,1.123w-2", ["1", "2", "1", "2", "1"])):
        found = stress.replay(scenario, f"v1:{places}").failure
        assert found is not None
        told = found.timeline.splitlines()
        assert len(told) < 68, found.timeline
        assert re.findall("^  parallel-(.)", found.timeline, re.MULTILINE) == headings
        assert told.count("      reads counts[0]: 0") == 2 and told.count("      writes counts[0]: 1") == 2
        for at, line in enumerate(told):
            if line.startswith("      "):  # below a line of the user's, or a gap in the same one's
                assert told[at - 1].startswith("    "), found.timeline
            if line.endswith("left out"):
                assert re.fullmatch(r"      \.\.\. [0-9]+ lines left out", line)
        ops = found.timeline.partition("  parallel-2")[0].splitlines()[-2:]
        assert ops[0].endswith("  counts[0] += 1") and ops[1] == "      reads counts[0]: 0"


def test_of_very_many_turns_the_first_and_the_last_ones_are_told_whole_ones_at_the_end() -> None:
    def scenario(times: int) -> None:
        there, back, counts = queue.SimpleQueue[int](), queue.SimpleQueue[int](), [0]

        def one() -> None:
            for _ in range(times):
                counts[0] += 1
                there.put(1)
                back.get()

        def other() -> None:
            for _ in range(times):
                there.get()
                counts[0] += 1
                back.put(1)

        stress.parallel(one, other)
        raise KeyError

    for times, left_out in ((30, "lines left out"), (600, "operations and more left out")):
        found = stress.replay(functools.partial(scenario, times), "v1").failure
        assert found is not None
        told = found.timeline.splitlines()
        assert len(told) <= 64
        gap = next(at for at, line in enumerate(told) if line.endswith(left_out))
        assert told[gap].startswith("  ... ") and told[gap + 1].startswith("  parallel-"), found.timeline
        assert told[gap - 1].startswith("      ") and told[2] == "  parallel-1 (one)"
        assert f"reads counts[0]: {2 * times - 1}" in found.timeline


def test_what_was_done_again_and_again_is_told_once_with_how_often() -> None:
    def scenario() -> None:
        items: list[int] = []
        a_list_of_a_name_that_takes_up_most_of_the_room_there_is_in_a_line = items
        lock = threading.Lock()

        def put() -> None:
            for each in range(3):
                items.append(each)
            with lock:
                for each in range(2):
                    a_list_of_a_name_that_takes_up_most_of_the_room_there_is_in_a_line.append(each)

        stress.parallel(put, put)
        raise KeyError

    told = failure(scenario, "error").timeline
    assert "      changes items.append(each)  (3 times)\n" in told
    cut = [line for line in told.splitlines() if line.endswith("...  (2 times)  [holds lock]")]
    assert len(cut) == 2 and all(len(line) == 80 for line in cut), told


def test_a_timeline_of_very_many_operations_shows_the_ends_of_each_turn() -> None:
    def scenario() -> None:
        counts, others = [0], [0]

        def count() -> None:
            for _ in range(600):
                others[0] += 1
            counts[0] += 1
            for _ in range(600):
                others[0] += 1

        stress.parallel(count, count)
        raise KeyError

    found = stress.replay(scenario, "v1:1.1803w-2").failure
    assert found is not None
    told = found.timeline.splitlines()
    assert told.count("      reads counts[0]: 0") == 1 and len(told) < 66, found.timeline
    assert [line for line in told if line.endswith("left out")] == [
        "      ... 1,121 operations and more left out",
        "      ... 2,322 operations and more left out",
        "      ... 1,121 operations and more left out",
    ]


class Flag:
    def __init__(self) -> None:
        self.value = self.other = 0
        self.values = [1]


def _looks(flag: Flag) -> None:
    if not flag.value: flag.value = 1; flag.other += 1  # fmt: skip  # noqa: E701, E702


def _reads(flag: Flag) -> None:
    seen = flag.value; flag.value = seen + 1  # fmt: skip  # noqa: E702


def _adds(flag: Flag) -> None:
    if True: flag.value += 1  # fmt: skip  # noqa: E701


def _assigns(flag: Flag) -> None:
    flag.value = flag.value + 1


def _assigns_below(flag: Flag) -> None:
    flag.other, flag.value = (
        7,
        flag.value + 1,
    )


def _adds_itself(flag: Flag) -> None:
    flag.values[0] += flag.values[0]


def _calls(flag: Flag) -> None:
    flag.values.__setitem__(0, flag.values[0] + 1)


@pytest.mark.parametrize(
    ("work", "lost", "makes"),
    [
        (_looks, lambda flag: flag.other == 2, False),
        (_reads, lambda flag: flag.value == 1, False),
        (_adds, lambda flag: flag.value == 1, True),
        (_assigns, lambda flag: flag.value == 1, True),
        (_assigns_below, lambda flag: flag.value == 1, True),
        (_adds_itself, lambda flag: flag.values[0] == 2, True),
        (_calls, lambda flag: flag.values[0] == 2, True),
    ],
)
def test_a_lost_update_is_one_where_the_new_value_is_made_of_the_old_one(
    work: Callable[[Flag], None], lost: Callable[[Flag], bool], makes: bool
) -> None:
    def scenario() -> None:
        flag = Flag()
        stress.parallel(lambda: work(flag), lambda: work(flag))
        assert not lost(flag)

    found = stress.explore(scenario, search="dpor").failure
    assert found is not None
    told = flat(found.timeline)
    assert ("Lost update: parallel-" in told and "wrote what it had made of the old value" in told) == makes, told
    assert ("without having read what parallel-2 wrote" in told) != makes, told
