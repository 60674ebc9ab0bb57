"""From a live code object to the piece of source that it was compiled from, and to code with hooks in its place.

A file is parsed once a process; of it only the statement that a wanted function stands in is compiled (inside its
classes, for `super()`, class-private names and qualified names), once as it is and once with hooks. The plain one must
equal the live code, else this isn't the source that runs and the function is left alone, with a reason. Knows no hooks'
meaning and no function objects.
"""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import linecache
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

from stress.instrument import marks
from stress.instrument.assertions import Assertions, inner_statements
from stress.instrument.scopes import imported_names, module_names
from stress.instrument.transform import Transformer

# types.coroutine sets it on a copy of the code that it is handed; the compiler never does.
ITERABLE_COROUTINE = inspect.CO_ITERABLE_COROUTINE

_FUTURE_FLAGS = 0
for _name in __future__.all_feature_names:
    _FUTURE_FLAGS |= getattr(__future__, _name).compiler_flag


NO_SOURCE = "no source for"  # so begins the reason of what has none


class NotInstrumented(Exception):
    """Why a function is left as it is: one sentence, for `assumptions` and for people."""


_START = ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)


class Unit:
    """One statement of a module or class that holds functions: where it stands, and the classes around it (without
    their bodies)."""

    __slots__ = ("classes", "first", "header", "last", "pairs", "place", "reason")

    def __init__(
        self, statement: ast.stmt, classes: tuple[ast.ClassDef, ...], first: int, last: int, header: bool = False
    ) -> None:
        self.place = statement.lineno, statement.col_offset
        self.classes = classes
        self.first = first
        self.last = last
        self.header = header  # what stands outside of the body of a class or a compound statement
        self.pairs: list[tuple[CodeType, CodeType]] | None = None
        self.reason: str | None = None

    def module(self, statement: ast.stmt, context: list[ast.stmt]) -> ast.Module:
        """A module that holds nothing but this statement, inside its classes, and what the compiler looks for in a
        whole module: it calls `imported.function()` another way than `local.function()`."""
        if self.header:
            statement = _without_bodies(statement)
        for node in reversed(self.classes):
            around = copy.copy(node)
            around.body = [statement]
            statement = around
        return ast.Module(body=[statement, *context], type_ignores=[])


class Source:
    """A file's text and tree, and the units in it by line."""

    def __init__(
        self, file: str, lines: list[str], tree: ast.Module, assertions: Assertions, rewritten: bool = False
    ) -> None:
        self.file = file
        self.lines = lines
        self.assertions = assertions
        # Trees are large and would slow down every garbage collection of the process: a statement is parsed again when
        # it is wanted. The one that pytest rewrote is kept, since it can't be had in parts.
        self.rewritten = dict(_statements(tree.body)) if rewritten else None
        self.names, used = module_names(tree, lines)
        self.context = _imports(tree)
        if "super" in self.names | used:  # then the compiler makes plain calls of all `super()` of the file
            self.context.append(
                ast.copy_location(ast.Expr(ast.copy_location(ast.Name("super", ast.Load()), _START)), _START)
            )
        self.units = sorted(_units(tree.body, ()), key=lambda unit: unit.first)
        self.starts = [unit.first for unit in self.units]

    def code_for(self, code: CodeType) -> CodeType:
        """The code with hooks for a live code object without CO_ITERABLE_COROUTINE; raises NotInstrumented."""
        reason = f"its source in {self.file} isn't the one that runs"
        for unit in self._around(code.co_firstlineno):
            if unit.pairs is None:
                self._compile(unit, code.co_flags & _FUTURE_FLAGS)
            for plain, hooked in unit.pairs or ():
                if same_code(plain, code):
                    if unit.reason is not None:
                        raise NotInstrumented(unit.reason)
                    return hooked
        raise NotInstrumented(reason)

    def _around(self, line: int) -> Iterator[Unit]:
        """Units that include a line, nearest first; several can share one."""
        for index in range(bisect_right(self.starts, line) - 1, -1, -1):
            unit = self.units[index]
            if unit.last >= line:
                yield unit

    def _compile(self, unit: Unit, flags: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each was given when the module was imported
            statement = self._statement(unit)
            plain = compile(unit.module(statement, self.context), self.file, "exec", flags, dont_inherit=True)
            try:
                unit.pairs = list(_paired(plain, self._with_hooks(unit, statement, flags)))
            except (RecursionError, MemoryError):
                unit.reason = f"its source in {self.file} is nested too deeply"
            except marks.Unfit as error:
                unit.reason = f"its code can't be given hooks: {error}"
        if unit.pairs is None:
            unit.pairs = [(code, code) for code in _codes(plain)]

    def _with_hooks(self, unit: Unit, statement: ast.stmt, flags: int) -> CodeType:
        from stress.instrument.hooks import HOOKS

        module = unit.module(statement, self.context)
        transformer = Transformer(module, self.file, self.lines, self.names, LEFT_OUT, self.assertions)
        transformed = transformer.visit(module)
        code: CodeType = compile(transformed, self.file, "exec", flags, dont_inherit=True)
        return marks.replace_marks(code, HOOKS, transformer.sites)

    def _statement(self, unit: Unit) -> ast.stmt:
        """The tree of one statement, its own to change, with the positions that it has in the file."""
        if self.rewritten is not None:
            return copy.deepcopy(self.rewritten[unit.place])  # pytest's rewriting shares nodes
        if not unit.header:
            # Blank lines before it keep its line numbers; below `if 1:` it may be indented as it is.
            indented = unit.place[1] > 0
            before = "\n" * (unit.first - 2) + "if 1:\n" if indented else "\n" * (unit.first - 1)
            try:
                parsed = ast.parse(before + "".join(self.lines[unit.first - 1 : unit.last]), self.file)
                return dict(_statements(parsed.body))[unit.place]
            except (SyntaxError, KeyError):
                pass  # it shares its line with what is around it
        return dict(_statements(ast.parse("".join(self.lines), self.file).body))[unit.place]


LEFT_OUT: frozenset[str] | None = (
    None  # kinds of operation that are not announced: only tests set it, to see that they notice
)


def _header(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a compound statement, or a clause of it, outside of the statements inside."""
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.stmt):
            yield part
            yield from _header(part)


def _without_bodies(node: Any) -> Any:
    """A copy of a compound statement, or a clause of it, with nothing inside."""
    node = copy.copy(node)
    node.body = [ast.copy_location(ast.Pass(), node if hasattr(node, "lineno") else node.body[0])]
    for field in ("handlers", "cases"):
        if hasattr(node, field):
            setattr(node, field, list(map(_without_bodies, getattr(node, field))))
    for field in ("orelse", "finalbody"):
        if hasattr(node, field):
            setattr(node, field, [])
    return node


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _statements(body: list[ast.stmt]) -> Iterator[tuple[tuple[int, int], ast.stmt]]:
    """Every statement outside functions, by its place."""
    for statement in body:
        yield (statement.lineno, statement.col_offset), statement
        if not isinstance(statement, _DEFINITIONS):
            yield from _statements(inner_statements(statement))


def _units(body: list[ast.stmt], classes: tuple[ast.ClassDef, ...]) -> Iterator[Unit]:
    for statement in body:
        first = min([statement.lineno, *(decorator.lineno for decorator in getattr(statement, "decorator_list", ()))])
        inner = [] if isinstance(statement, _DEFINITIONS) else inner_statements(statement)
        if inner and any(isinstance(part, (ast.Lambda, ast.GeneratorExp)) for part in _header(statement)):
            yield Unit(statement, classes, first, statement.end_lineno or first, header=True)
        if isinstance(statement, ast.ClassDef):
            around = copy.copy(statement)
            around.decorator_list, around.bases, around.keywords, around.body = [], [], [], []
            yield from _units(statement.body, (*classes, around))
        elif inner:
            yield from _units(inner, classes)
        else:
            yield Unit(statement, classes, first, statement.end_lineno or first)


def _imports(tree: ast.Module) -> list[ast.stmt]:
    """One import statement that binds all names that the module's own code imports; it is compiled and never run."""
    names: set[str] = set()
    waiting: list[Any] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(imported_names(node))
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                waiting += getattr(node, field, ())
    if not names:
        return []
    aliases = [ast.copy_location(ast.alias("nothing", name), _START) for name in sorted(names)]
    return [ast.copy_location(ast.Import(aliases), _START)]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _paired(plain: CodeType, hooked: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The code objects nested in two compilations of one tree, side by side. They come in the same order; in code that
    is never reached the compiler may drop one here that it keeps there, since hooks change what it can tell to be
    constant."""
    ours = [constant for constant in plain.co_consts if isinstance(constant, CodeType)]
    theirs = [constant for constant in hooked.co_consts if isinstance(constant, CodeType)]
    for one in ours:
        while theirs and (
            _signature(theirs[0]) != _signature(one) or (len(ours) != len(theirs) and _place(theirs[0]) != _place(one))
        ):
            del theirs[0]
        if not theirs:
            raise marks.Unfit("its nested functions don't come in the same order")
        other = theirs.pop(0)
        yield one, other
        yield from _paired(one, other)


def _signature(code: CodeType) -> tuple[Any, ...]:
    return code.co_name, code.co_firstlineno, code.co_freevars, code.co_argcount


def _place(code: CodeType) -> tuple[int, int] | None:
    """Where the first of its instructions is: what tells two lambdas on one line apart."""
    return min(
        ((line, column) for line, _, column, _ in code.co_positions() if line and column is not None), default=None
    )


def same_code(one: CodeType, other: CodeType) -> bool:
    """Whether two code objects do the same, line for line. Code compares by all that counts but its file."""
    return one is other or (
        one.co_firstlineno == other.co_firstlineno and one.co_name == other.co_name and one == other
    )


# --- finding a file's source ------------------------------------------------------------------------------------------

_sources: dict[tuple[str, bool], Source | str] = {}


def sources_of(code: CodeType, module: Mapping[str, Any]) -> Iterator[Source]:
    """The sources that a code object may come from: its file as it stands, and as pytest rewrote its asserts. Raises
    NotInstrumented."""
    rewriter = _rewriting_loader(module)
    if rewriter is not None:
        rewritten = _cached(code.co_filename, module, rewriter)
        if isinstance(rewritten, Source):
            yield rewritten
    plain = _cached(code.co_filename, module, None)
    if isinstance(plain, str):
        raise NotInstrumented(plain)
    yield plain


def without_source(code: CodeType, module: Mapping[str, Any]) -> str | None:
    """Why there is no source for a code object; None if there is."""
    plain = _cached(code.co_filename, module, None)
    return plain if isinstance(plain, str) and plain.startswith(NO_SOURCE) else None


def _cached(file: str, module: Mapping[str, Any], rewriter: Any) -> Source | str:
    key = file, rewriter is not None
    found = _sources.get(key)
    if found is None:
        found = _sources[key] = _read(file, module, rewriter)
    return found


def _read(file: str, module: Mapping[str, Any], rewriter: Any) -> Source | str:
    if file.startswith("<frozen "):
        file = str(
            module.get("__file__") or file
        )  # a frozen module of the standard library, which has its source beside it
    linecache.checkcache(file)
    lines = linecache.getlines(file, dict(module) if not isinstance(module, dict) else module)
    if not lines:
        return f"{NO_SOURCE} {file}"
    text = "".join(lines)
    if marks.PREFIX in text:
        return f"{file} holds stress's own marks"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, file)
            assertions = Assertions(tree.body)  # before they are rewritten
            if rewriter is not None:
                _rewrite_asserts(tree, text, file, rewriter)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"the source of {file} can't be parsed: {type(error).__name__}"
    return Source(file, lines, tree, assertions, rewritten=rewriter is not None)


def _rewriting_loader(module: Mapping[str, Any]) -> Any:
    """The loader of a module whose asserts pytest rewrote, else None; never imports pytest."""
    loader = module.get("__loader__")
    return loader if type(loader).__module__ == "_pytest.assertion.rewrite" else None


def _rewrite_asserts(tree: ast.Module, text: str, file: str, loader: Any) -> None:
    from _pytest.assertion.rewrite import rewrite_asserts

    try:
        source = loader.get_data(file)
    except (AttributeError, OSError):
        source = text.encode()
    rewrite_asserts(tree, source, file, loader.config)


def forget(file: str) -> None:
    """Forget what is known of a file."""
    for rewritten in (False, True):
        _sources.pop((file, rewritten), None)
