"""Functions get hooks and lose them again: what is found, what is refused and why, what is as before."""

from __future__ import annotations

import functools
import gc
import importlib
import inspect
import pickle
import sys
import types
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from stress.events import OperationSite
from stress.instrument import (
    Instrumentation,
    Passing,
    announce,
    forget_source,
    functions_of,
    hooks,
    is_instrumented,
    listen,
    tell_accesses,
)
from tests.instrument.running import Recorder, load

SOURCE = """
import functools

class Account:
    limit = 10
    def __init__(self, balance=0):
        self.balance = balance
    def add(self, amount):
        self.balance += amount
        return self.balance
    @property
    def shown(self):
        return self.balance
    @staticmethod
    def fee(account):
        return account.balance
    @classmethod
    def make(cls):
        return cls(cls.limit)
    @functools.cached_property
    def slow(self):
        return self.balance

def read(account):
    return account.balance

def outer(account):
    def inner():
        return account.balance
    return inner

def gen(account):
    yield account.balance
    yield account.balance

pick = lambda account: account.balance
table = {"a": lambda account: account.balance, "b": lambda account: account.limit}
if True:
    def conditional(account):
        return account.balance
try:
    raise ImportError
except ImportError:
    def fallback(account):
        return account.balance
for looped in [lambda account: account.balance]:
    pass
try:
    raise ImportError
except (guard := lambda account: account.balance) and ImportError:
    pass
match 5:
    case 4:
        pass
    case _ if (matched := lambda account: account.balance):
        pass
made = [lambda account, i=i: (account.balance, i) for i in range(2)]
part = functools.partial(read)
@functools.lru_cache
def cached(account):
    return account.balance
@functools.wraps(read)
def wrapper(*args):
    return read(*args)
"""


@pytest.fixture
def module(request: pytest.FixtureRequest) -> Iterator[Any]:
    file = f"<swap {request.node.name}>"
    yield load(file, SOURCE, name="swapped")
    forget_source(file)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    before = listen(recorder)
    yield recorder
    listen(before)


def reads(recorder: Recorder, name: str = "balance") -> int:
    return sum(site.kind == "attribute" and site.name == name for site, _ in recorder.operations)


WAYS = {
    "function": lambda m, a: m.read(a),
    "method": lambda m, a: a.add(0),
    "property": lambda m, a: a.shown,
    "static method": lambda m, a: a.fee(a),
    "class method": lambda m, a: m.Account.make().shown,
    "cached property": lambda m, a: a.slow,
    "nested function": lambda m, a: m.outer(a)(),
    "generator": lambda m, a: list(m.gen(a)),
    "lambda": lambda m, a: m.pick(a),
    "lambda in a table": lambda m, a: m.table["a"](a),
    "function in an if": lambda m, a: m.conditional(a),
    "function in a try": lambda m, a: m.fallback(a),
    "lambda in a loop's head": lambda m, a: m.looped(a),
    "lambda in a handler's head": lambda m, a: m.guard(a),
    "lambda in a case's guard": lambda m, a: m.matched(a),
    "lambda in a comprehension": lambda m, a: m.made[1](a),
    "partial": lambda m, a: m.part(a),
    "cached function": lambda m, a: m.cached(a),
    "wrapped function": lambda m, a: m.wrapper(a),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_function_is_instrumented(module: Any, recorder: Recorder, way: str) -> None:
    things = [*vars(module).values(), *module.table.values(), *module.made]
    with Instrumentation() as instrumentation:
        for thing in things:
            if getattr(thing, "__module__", None) == "swapped" or isinstance(thing, functools.partial):
                instrumentation.add_all(thing)
        WAYS[way](module, module.Account(5))
        assert not instrumentation.reasons
    assert reads(recorder) > 0


def test_everything_has_its_own_code_again(module: Any) -> None:
    functions = [
        function
        for thing in vars(module).values()
        for function in functions_of(thing)
        if function.__module__ == "swapped"
    ]
    before = [function.__code__ for function in functions]
    with pytest.raises(KeyboardInterrupt), Instrumentation() as instrumentation:  # noqa: PT012
        for function in functions:
            assert instrumentation.add(function)
        assert all(is_instrumented(function.__code__) for function in functions)
        raise KeyboardInterrupt
    assert all(function.__code__ is code for function, code in zip(functions, before, strict=True))


def test_two_at_once_restore_when_the_last_lets_go(module: Any) -> None:
    before = module.read.__code__
    first, second = Instrumentation(), Instrumentation()
    first.add(module.read)
    second.add(module.read)
    first.restore()
    assert is_instrumented(module.read.__code__)
    second.restore()
    second.restore()
    assert module.read.__code__ is before


def test_a_running_generator_finishes_as_it_was(module: Any, recorder: Recorder) -> None:
    running = module.gen(module.Account(1))
    next(running)
    with Instrumentation() as instrumentation:
        instrumentation.add(module.gen)
        assert list(running) == [1]
        assert reads(recorder) == 0
        running = module.gen(module.Account(1))
        next(running)
    assert list(running) == [1]
    assert reads(recorder) == 2


def test_a_closure_made_before_is_instrumented_by_itself(module: Any, recorder: Recorder) -> None:
    inner = module.outer(module.Account(3))
    with Instrumentation() as instrumentation:
        assert instrumentation.add(inner)
        inner()
    assert reads(recorder) == 1
    assert not is_instrumented(inner.__code__)


def test_a_closure_made_by_instrumented_code_passes_through_afterwards(module: Any) -> None:
    with Instrumentation() as instrumentation:
        instrumentation.add(module.outer)
        inner = module.outer(module.Account(3))
        assert instrumentation.add(inner)
    assert inner() == 3


def test_equal_code_is_compiled_once(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with Instrumentation() as instrumentation:
        instrumentation.add(module.read)
        hooked = module.read.__code__
    monkeypatch.setattr("builtins.compile", None)
    again = load_again(module)
    with Instrumentation() as instrumentation:
        assert instrumentation.add(module.read)
        assert module.read.__code__ is hooked
        assert instrumentation.add(again.read)
        assert again.read.__code__ is hooked


def load_again(module: Any) -> Any:
    new = types.ModuleType("swapped")
    new.read = types.FunctionType(module.read.__code__.replace(), vars(module), "read")  # type: ignore[attr-defined]
    return new


class ByIdentity(weakref.ref):  # type: ignore[type-arg]
    """As trio marks code: two code objects that are equal are two."""

    def __init__(self, code: types.CodeType, callback: Any = None) -> None:
        super().__init__(code, callback)
        self.id = id(code)

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and self.id == other.id


def test_code_that_somebody_marked_is_marked_with_hooks_too_and_no_other(module: Any) -> None:
    by_key: weakref.WeakKeyDictionary[types.CodeType, str] = weakref.WeakKeyDictionary()
    marked: weakref.WeakSet[types.CodeType] = weakref.WeakSet()
    by_identity: dict[ByIdentity, str] = {}

    def marks(function: Any) -> tuple[bool, bool, bool]:
        code = function.__code__
        return code in by_key, code in marked, ByIdentity(code) in by_identity

    one, other = (types.FunctionType(module.read.__code__.replace(), module.__dict__) for _ in "ab")
    by_key[one.__code__] = "key"
    marked.add(one.__code__)
    by_identity[ByIdentity(one.__code__)] = "id"
    with Instrumentation() as instrumentation:
        assert instrumentation.add(one)
        assert instrumentation.add(other)
        assert is_instrumented(one.__code__)
        assert marks(one) == (True, True, True)
        assert marks(other)[2] is False
        assert by_key[one.__code__] == "key"
    assert marks(one) == (True, True, True)
    again = Instrumentation()
    again.add(one)
    assert marks(one) == (True, True, True)
    again.restore()


def test_functions_are_not_kept_alive(module: Any) -> None:
    with Instrumentation() as instrumentation:
        inner = module.outer(module.Account(3))
        instrumentation.add(inner)
        gone = weakref.ref(inner)
        del inner
        gc.collect()
        assert gone() is None
        assert len(instrumentation) == 0


def test_what_was_changed_meanwhile_is_left(module: Any) -> None:
    with Instrumentation() as instrumentation:
        instrumentation.add(module.read)
        module.read.__code__ = module.fallback.__code__
    assert module.read.__code__ is module.fallback.__code__


# --- what can't be instrumented says why ------------------------------------------------------------------------------


def reason(function: Any) -> str:
    with Instrumentation() as instrumentation:
        assert not instrumentation.add(function)
        assert not instrumentation.add(function)
        (only,) = instrumentation.reasons.values()
    return only


def test_code_without_source_says_so() -> None:
    names: dict[str, Any] = {}
    exec(compile("def f(x): return x.y", "<nowhere>", "exec"), names)
    assert reason(names["f"]) == "no source for <nowhere>"


def test_source_that_changed_says_so(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "changing.py"
    file.write_text("def f(x):\n    return x.y\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    changing = importlib.import_module("changing")
    file.write_text("def f(x):\n    return x.z + 1\n")
    assert "isn't the one that runs" in reason(changing.f)
    del sys.modules["changing"]


def test_source_that_is_no_python_says_so(tmp_path: Any) -> None:
    names: dict[str, Any] = {}
    exec(compile("def f(x): return x.y", str(tmp_path / "broken.py"), "exec"), names)
    (tmp_path / "broken.py").write_text("def f(:\n")
    assert "can't be parsed" in reason(names["f"])


def test_a_function_made_by_exec_with_source_in_linecache_is_instrumented(recorder: Recorder) -> None:
    made = load("<made by exec>", "def f(x):\n    return x.balance\n")
    with Instrumentation() as instrumentation:
        assert instrumentation.add(made.f)
        made.f(types.SimpleNamespace(balance=1))
    assert reads(recorder) == 1


def test_source_in_another_encoding_keeps_its_columns(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, recorder: Recorder
) -> None:
    file = tmp_path / "latin.py"
    file.write_bytes("# -*- coding: latin-1 -*-\ndef f(x):\n    return 'äöü', x.balance\n".encode("latin-1"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    latin = importlib.import_module("latin")
    with Instrumentation() as instrumentation:
        assert instrumentation.add(latin.f), instrumentation.reasons
        latin.f(types.SimpleNamespace(balance=1))
    (site,) = [site for site, _ in recorder.operations]
    assert site.text == "x.balance"
    assert site.statement == "return 'äöü', x.balance"
    del sys.modules["latin"]


def test_the_standard_library_is_instrumented_frozen_modules_included() -> None:
    import _collections_abc
    import queue
    import threading
    import weakref as weak

    with Instrumentation() as instrumentation:
        for thing in (
            queue.Queue,
            threading.Condition,
            threading.Event,
            _collections_abc.MutableMapping,
            weak.WeakSet,
            functools.cached_property,
        ):
            for function in functions_of(thing):
                assert instrumentation.add(function), instrumentation.reasons
        q: Any = queue.Queue()
        q.put(1)
        assert q.get() == 1


def test_pytests_rewritten_asserts_are_instrumented_as_they_run(recorder: Recorder) -> None:
    thing = types.SimpleNamespace(balance=1)
    with Instrumentation() as instrumentation:
        assert instrumentation.add(asserting), instrumentation.reasons
        with pytest.raises(AssertionError, match=r"where 1 = namespace\(balance=1\)\.balance"):
            asserting(thing)
    assert reads(recorder) > 0


def asserting(thing: Any) -> None:
    assert thing.balance == 2


def test_what_inspect_and_pickle_see_is_as_before(module: Any) -> None:
    def seen() -> Any:
        return (
            inspect.signature(outer_of_tests),
            inspect.getsource(outer_of_tests),
            pickle.dumps(outer_of_tests),
            outer_of_tests.__doc__,
        )

    before = seen()
    with Instrumentation() as instrumentation:
        assert instrumentation.add(outer_of_tests), instrumentation.reasons
        assert seen() == before


def outer_of_tests(a: int, *, b: str = "x") -> Any:
    """Text."""
    return a, b


# --- substitutes ------------------------------------------------------------------------------------------------------


class Substituting(Recorder):
    def __init__(self, old: Any, new: Any) -> None:
        super().__init__()
        self.old, self.new = old, new

    def call(self, site: Any, callee: Any) -> Any:
        return self.new if callee == self.old else callee

    def enter(self, site: Any, manager: Any) -> Any:
        return self.new if manager is self.old else manager


CALLS = """
import time, threading
from time import sleep
lock = threading.Lock()
kept = lock.acquire
class Holder:
    def __init__(self):
        self.wait = sleep
        self.acquire = lock.acquire
    def method(self, x):
        return self, x
def by_module(): return time.sleep(5)
def by_name(): return sleep(5)
def by_attribute(): return Holder().wait(5)
def by_local():
    nap = sleep
    return nap(5)
def by_star(): return sleep(*(5,))
def by_keyword(): return lock.acquire(timeout=5)
def by_method(): return lock.acquire(True, 5)
def by_bound(): return Holder().acquire(True, 5)
def by_global(): return kept(True, 5)
def without_arguments(): return lock.acquire()
def by_python_method(): return Holder().method(5)
def by_with():
    with lock as got:
        return got
"""


@pytest.mark.parametrize("way", ["by_module", "by_name", "by_attribute", "by_local", "by_star"])
def test_a_function_is_substituted_however_it_is_reached(way: str) -> None:
    import time

    assert substituted(way, time.sleep, lambda seconds: ("slept", seconds)) == ("slept", 5)


@pytest.mark.parametrize("way", ["by_keyword", "by_method", "by_bound", "by_global", "without_arguments"])
def test_a_locks_method_is_substituted_however_it_is_reached(way: str) -> None:
    assert substituted(way, "lock.acquire", lambda blocking=True, timeout=0: ("acquired", timeout or 5)) == (
        "acquired",
        5,
    )


def test_a_python_method_is_substituted_and_bound() -> None:
    holder, got = substituted("by_python_method", "Holder.method", lambda self, x: (type(self).__name__, x))
    assert (holder, got) == ("Holder", 5)


def test_a_manager_is_substituted() -> None:
    class Manager:
        def __enter__(self) -> str:
            return "entered"

        def __exit__(self, *what: Any) -> None: ...

    assert substituted("by_with", "lock", Manager()) == "entered"


def substituted(way: str, old: Any, new: Any) -> Any:
    module: Any = load("<calls>", CALLS)
    if isinstance(old, str):
        owner, _, name = old.partition(".")
        old = getattr(vars(module)[owner], name) if name else vars(module)[owner]
    with Instrumentation() as instrumentation:
        instrumentation.add(vars(module)[way])
        before = listen(Substituting(old, new))
        try:
            return vars(module)[way]()
        finally:
            listen(before)


def test_code_that_runs_as_one_step_may_touch_what_it_is_handed() -> None:
    class Stepping(Recorder):
        def is_step(self, function: Any) -> bool:
            return bool(function.__name__ == "method")

    module: Any = load("<calls>", CALLS)
    recorder = Stepping()
    with Instrumentation() as instrumentation:
        instrumentation.add(module.by_python_method)
        before = listen(recorder)
        module.by_python_method()
        listen(before)
    *_, (site, accesses) = recorder.operations
    assert site.name == "method"
    assert [(access.mode, type(access.object).__name__, access.location[0]) for access in accesses] == [
        ("update", "Holder", "whole")
    ]


def test_a_class_that_was_looked_at_dies_when_it_would() -> None:
    text = (
        "import weakref\ndef run():\n    class Short(dict):\n        def __iter__(self): return iter(())\n"
        "    short = Short()\n    short['a'] = 1\n    [x for x in short]\n    short[short.get] = len(short)\n"
        "    gone = weakref.ref(Short)\n    del Short, short\n    return gone\n"
    )
    module: Any = load("<short>", text)
    with Instrumentation() as instrumentation:
        instrumentation.add(module.run)
        before = listen(Passing())
        try:
            gone = module.run()
            gc.collect()
            assert gone() is None
        finally:
            listen(before)


def test_a_scenario_that_takes_getframe_away_is_announced_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hooks look up globals of the frame that called them, and need nothing that a test may patch for that."""

    def plain() -> object:
        return VALUE

    monkeypatch.delattr(sys, "_getframe")
    with Instrumentation() as instrumentation:
        assert instrumentation.add(plain)
        before = listen(Passing())
        try:
            assert plain() == 1
        finally:
            listen(before)


VALUE = 1


def test_who_is_in_a_hook_while_the_listener_goes_finishes_there() -> None:
    """A thread from before an exploration may be, when it ends."""

    class Leaving(Passing):
        def call(self, site: OperationSite, callee: Any) -> Any:
            listen(None)
            return callee

    def function() -> str:
        return sys.getfilesystemencoding()

    with Instrumentation() as instrumentation:
        assert instrumentation.add(function)
        listen(Leaving())
        assert function()


def test_who_is_in_a_hook_while_reached_goes_is_told_of_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at who wants to know and the telling, another thread ends the exploration."""
    told: list[OperationSite] = []

    class Reached(Passing):
        def reached(self, site: OperationSite, mode: str, /) -> bool:
            told.append(site)
            return False

    class Ending(dict):  # type: ignore[type-arg]
        def __contains__(self, kind: object) -> bool:
            tell_accesses(True)
            return True

    class Box:
        value = 1

    def function(box: Box) -> int:
        return box.value

    with Instrumentation() as instrumentation:
        assert instrumentation.add(function)
        listen(Reached())
        tell_accesses(False)
        monkeypatch.setattr(hooks, "one_access", Ending())
        monkeypatch.setattr(announce, "one_access", Ending())
        try:
            assert function(Box()) == 1
        finally:
            listen(None)
    assert told
