"""Nothing unseen: what is announced is what `recall` says by hand, and what bytecode tracing of the plain run sees."""

from __future__ import annotations

import ast
import collections
import contextlib
import dis
import functools
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from stress.events import ANY, REPLACED, Access, Identity, Watch
from stress.instrument import Passing, announce, forget_source, source, transform
from tests.instrument.recall import OBJECTS, PRELUDE, TABLE
from tests.instrument.running import Reached, Recorder, instrumented, load, load_into
from tests.instrument.test_twins import FILES, KNOWN_WITH_A_LISTENER, _module, names_in

# --- the table --------------------------------------------------------------------------------------------------------


@functools.cache
def program(text: str) -> tuple[str, str]:
    """A module whose function `run` has the objects as parameters and the program as its body."""
    body = "\n".join("    " + line for line in text.split("\n"))
    file = f"<recall {text}>"
    text = body.replace("global g; ", "global g\n    ")
    names = ", ".join(name for name in _names() if not (name == "n" and "global g\ng, n" in text))
    return file, f"{PRELUDE}\ndef run({names}, **others):\n{text}\n"


@functools.cache
def _names() -> tuple[str, ...]:
    return tuple(_with_objects(load("<recall>", PRELUDE)).objects())


def loaded(text: str) -> types.ModuleType:
    return _with_objects(load(*program(text), name="recalled"))


def _with_objects(module: types.ModuleType) -> types.ModuleType:
    load_into(module, "<objects>", OBJECTS)
    return module


def announced(text: str, left_out: frozenset[str] | None = None) -> list[str]:
    """The operations that a program announces, as the table writes them."""
    module = loaded(text)
    objects = module.objects()
    recorder = Recorder()
    file, _ = program(text)
    source.LEFT_OUT, before = left_out, source.LEFT_OUT
    if left_out:
        forget_source(file)
    try:
        with instrumented(module, recorder):
            module.run(**objects)
    finally:
        source.LEFT_OUT = before
        if left_out:
            forget_source(file)
    names = {id(thing): name for name, thing in objects.items()}
    names[id(objects["box"].items)] = names[id(objects["pair"][1])] = "items"
    return [" + ".join(_access(access, names, module) for access in accesses) for _, accesses in recorder.operations]


def _access(access: Access, names: dict[int, str], module: types.ModuleType) -> str:
    mode, owner, (space, key) = access
    if type(owner) is Watch:
        owner = owner()
    if owner is module.__dict__:
        return f"{mode} global {key}" if space == "item" else f"{mode} shape of global {key}"
    if owner is REPLACED:
        return f"{mode} replaced"
    if type(owner) is types.CellType:
        return f"{mode} cell"
    name = names.get(id(owner))
    if name is None and isinstance(owner, dict) and "__spec__" in owner:
        return f"{mode} {owner['__name__'].lstrip('_')}.{key}"
    if name is None:
        name = getattr(owner, "__name__", None) or type(owner).__name__
        name = {"list_iterator": "iterator", "<lambda>": "generator", "<genexpr>": "gen", "OwnerDict": ""}.get(
            name, name
        )
    shown = "any" if key is ANY else f"<{type(key.key).__name__}>" if type(key) is Identity else repr(key)
    if space == "shape" and type(owner) is dict and "items" in owner:
        return f"{mode} box.__dict__.{key}"
    forms = {"attribute": f".{key}", "item": f"[{shown}]", "items": "[*]", "state": ".state", "whole": ".*"}
    shape = ".shape" if key is ANY else f".shape[{shown}]"
    return f"{mode} {name}{forms.get(space, shape)}"


def test_the_table_is_large_and_names_each_program_once() -> None:
    assert len(TABLE) >= 100
    assert len({name for name, *_ in TABLE}) == len(TABLE)


# --- who needs no accesses is told of the same operations -------------------------------------------------------------


def reached(module: types.ModuleType, run: Callable[[], Any], accesses: bool) -> list[tuple[str, bool]]:
    listener = Reached()
    with instrumented(module, listener, accesses), contextlib.suppress(Exception):
        run()
    return [(repr(site), writes) for site, writes in listener.operations]


def reached_in_the_table(text: str, accesses: bool) -> list[tuple[str, bool]]:
    module = loaded(text)
    return reached(module, functools.partial(module.run, **module.objects()), accesses)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_same_operations_of_a_construct_are_reached_without_accesses(file: Any) -> None:
    for name in names_in(file):
        full, cheap = (
            reached(module, functools.partial(getattr(module, name), lambda what: None), accesses)
            for module, accesses in ((_module(file), True), (_module(file), False))
        )
        assert full == cheap or name in KNOWN_WITH_A_LISTENER, name


# --- mutants: a kind of operation that isn't announced is noticed -----------------------------------------------------

NOTICES = {  # a kind, and the program of the table in which it is missed
    "attribute": "attribute read",
    "item": "attribute chain",
    "global": "attribute of a class",
    "closure": "attribute in a lambda",
    "method": "state of an object",
    "call": "weakref",
    "iteration": "walk over keys",
    "walk": "unpacking",
    "truth": "truth",
    "binary": "containers in a tuple compared",
    "case": "match a sequence",
    "import": "name of a module imported",
}


@pytest.mark.parametrize("kind", NOTICES)
def test_the_table_notices_a_kind_that_is_left_out(kind: str) -> None:
    ((text, expected),) = ((text, expected) for name, text, expected in TABLE if name == NOTICES[kind])
    assert announced(text, frozenset([kind])) != [part for part in expected.split("; ") if part]


# --- bytecode tracing -------------------------------------------------------------------------------------------------

ACCESSES = {
    "LOAD_ATTR": "attribute",
    "LOAD_METHOD": "attribute",
    "STORE_ATTR": "attribute",
    "DELETE_ATTR": "attribute",
    "LOAD_SUPER_ATTR": "attribute",
    "BINARY_SUBSCR": "item",
    "STORE_SUBSCR": "item",
    "DELETE_SUBSCR": "item",
    "BINARY_SLICE": "item",
    "STORE_SLICE": "item",
    "LOAD_GLOBAL": "global",
    "STORE_GLOBAL": "global",
    "DELETE_GLOBAL": "global",
    "LOAD_DEREF": "closure",
    "STORE_DEREF": "closure",
    "DELETE_DEREF": "closure",
    "LOAD_FROM_DICT_OR_DEREF": "closure",
}


def traced(run: Callable[[], Any], file: str) -> collections.Counter[tuple[str, str]]:
    """How often each access was executed, by kind and name, as the interpreter delivers its opcodes."""
    seen: collections.Counter[tuple[str, str]] = collections.Counter()
    tables: dict[types.CodeType, dict[int, dis.Instruction]] = {}

    def tracer(frame: Any, event: str, argument: Any) -> Any:
        code = frame.f_code
        if code.co_filename != file:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and not code.co_name.startswith(("__annotate", "<generic parameters")):
            table = tables.get(code)
            if table is None:
                table = tables[code] = {i.offset: i for i in dis.get_instructions(code)}
            instruction = table[frame.f_lasti]
            kind = ACCESSES.get(instruction.opname)
            if instruction.opname == "BINARY_OP" and instruction.argrepr == "[]":
                kind = "item"
            if kind is not None:
                seen[kind, "" if kind == "item" else str(instruction.argval)] += 1
        return tracer

    old = sys.gettrace()
    sys.settrace(tracer)
    try:
        run()
    except BaseException:
        pass
    finally:
        sys.settrace(old)
    return seen


ON_NAMES_AND_ITEMS = (
    *("attribute", "method", "closure", "global_", "naming_global", "call_global"),
    *("item", "stored_slice"),
)


def hooked(
    monkeypatch: pytest.MonkeyPatch, module: types.ModuleType, run: Callable[[], Any]
) -> collections.Counter[tuple[str, str]]:
    """How often each site's hook was reached, by kind and name."""
    seen: collections.Counter[tuple[str, str]] = collections.Counter()
    with monkeypatch.context() as patch:
        for name in ON_NAMES_AND_ITEMS:
            original = getattr(announce, name)

            def counting(*args: Any, original: Any = original, name: str = name) -> Any:
                site = args[-1]
                depth = sys._getframe  # the originals look at their callers' caller
                kind = {"method": "attribute"}.get(site.kind, site.kind)
                seen[kind, "" if kind == "item" else site.name] += 1
                if name in ("global_", "naming_global", "call_global"):
                    return None if name != "naming_global" else (lambda named: named)
                del depth
                return original(*args)

            patch.setattr(announce, name, counting)
        with instrumented(module, Passing()):
            with contextlib.suppress(BaseException):
                run()
    return seen


# Captured by what only some versions make a function of: a comprehension (3.11), an annotation (3.14); and the cell
# that `super()` reads.
NO_VARIABLES = {"__class__", "__classdict__", "__conditional_annotations__"}


def unannounced(
    monkeypatch: pytest.MonkeyPatch, load_module: Callable[[], types.ModuleType], file: str, call: Callable[[Any], Any]
) -> dict[Any, Any]:
    module = load_module()
    traced(lambda: call(module), file)  # 3.12.1 delivers nothing in the first traced call of a function
    module = load_module()
    plain = traced(lambda: call(module), file)
    module = load_module()
    ours = hooked(monkeypatch, module, lambda: call(module))
    missing = {}
    for (kind, name), count in plain.items():
        if kind == "global" and name not in vars(module) and ours[kind, name] == 0:
            continue  # a builtin
        if name in NO_VARIABLES:
            continue
        if ours[kind, name] < count:
            missing[kind, name] = count, ours[kind, name]
    return missing


@pytest.mark.parametrize(("text", "expected"), [pytest.param(t, e, id=name) for name, t, e in TABLE])
def test_what_the_table_says_is_announced_and_tracing_sees_no_more(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    assert announced(text) == [part for part in expected.split("; ") if part]
    assert reached_in_the_table(text, accesses=True) == reached_in_the_table(text, accesses=False)
    missing = unannounced(
        monkeypatch, lambda: loaded(text), program(text)[0], lambda module: module.run(**module.objects())
    )
    assert not {key: value for key, value in missing.items() if not _only_a_comprehension(key)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_tracing_sees_nothing_that_is_not_announced_in_a_construct(monkeypatch: pytest.MonkeyPatch, file: Any) -> None:
    for name in names_in(file):
        missing = unannounced(
            monkeypatch, lambda: _module(file), str(file), lambda module, n=name: getattr(module, n)(lambda what: None)
        )
        assert not {
            key: value
            for key, value in missing.items()
            if (name, key[1]) not in EXEMPT and not _only_a_comprehension(key)
        }, name


# Never announced on purpose: what an annotation evaluates or stores, and how a pattern takes its subject apart (the
# case is announced).
ANNOTATIONS = (
    "annotations",
    "dataclass_made_here",
    "namedtuple_made_here",
    "annotations_are_text",
    "dataclass_with_text",
)
EXEMPT: set[tuple[str, str]] = {
    *((twin, "") for twin in (*ANNOTATIONS, "match_values", "match_binds_shared_names")),
    ("annotations", "ClassVar"),
    ("annotations", "Optional"),
    # A type alias's value; a variable that only an annotation captures.
    *(("generic_class", name) for name in ("T", ".type_params")),
    *(("type_alias", name) for name in ("T", "base", "")),
    ("deferred_annotations", "local"),
    # The first argument, which `super()` takes by itself.
    ("super_calls", "self"),
    # A comprehension's own variable, stored while nobody else can have it.
    ("comprehension_captured", "x"),
    ("inlined_comprehension_in_class", "v"),
    *(("inlined_comprehension_nested_with_cells", name) for name in "xy"),
    # Hooks' frames count towards the limit of recursion.
    ("infinite_recursion", "endless"),
}


def _only_a_comprehension(key: Any) -> bool:
    """Until 3.11 a comprehension is a function of its own, and what it reads of its surroundings is in a cell."""
    return key[0] == "closure" and sys.version_info < (3, 12)


# --- functions that begin with an operation need no hook for their entry ----------------------------------------------


@pytest.mark.parametrize(
    ("text", "hooked"),
    [
        ("def f(x): return -x", True),
        ("def f(x): 'Only a docstring.'", True),
        ("def f(x): return x.value", True),  # nobody knows what it is
        ("def f(self): return self.value", True),  # no method
        ("def f(x): return g", False),
        ("def f(x): return len(x)", True),  # a name of builtins
        ("def f(x):\n 'Says what.'\n y = 1\n return [g, y]", False),
        ("def f(x): return x and g", True),
        ("def f(x): return g and x", False),
        ("def f(x): return 1 if x else g", True),
        ("def f(x): return [g for y in x]", True),
        ("def f(x): return lambda: g", True),
        ("def f(x):\n if x: return 1\n return g", True),
        ("def f(x):\n for y in g: pass", False),
        ("def f(x):\n return 1\n g", True),
        ("def f(x):\n with x: g", True),
        ("def f(x):\n global g\n g = x", True),  # stored last
        ("def f(x):\n global g\n g += x", False),
        ("def f():\n x = yield\n return g", True),
        ("async def f(): return 1", False),
        ("class C:\n def f(self): return self.value", False),
        ("class C:\n def f(self): self.count += 1", False),
        ("class C:\n def f(self): return self.copy()", True),  # perhaps a built-in container's
        ("class C:\n @staticmethod\n def f(self): return self.value", True),
        ("f = lambda x: -x", True),
        ("f = lambda x: g", False),
    ],
)
def test_a_function_that_surely_begins_with_an_operation_has_no_hook_for_its_entry(text: str, hooked: bool) -> None:
    transformer = transform.Transformer(tree := ast.parse(text), "<entry>", text.splitlines(), {"g", "f", "C"})
    transformer.visit(tree)
    assert any(site.kind == "entry" for site in transformer.sites) is hooked
