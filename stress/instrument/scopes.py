"""Which names are local, which live in a closure cell and which are global, for each scope of a syntax tree.

The language's rules, applied to the tree itself, so that the answer is the same on every supported Python: a list, set
or dict comprehension counts as part of the function around it (it is a function of its own until 3.11), and what only
an annotation captures is no closure variable (annotations become functions in 3.14). Knows nothing of operations.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)

LOCAL, CELL, GLOBAL, CLASS = "local", "cell", "global", "class"

_TypeAlias: Any = getattr(ast, "TypeAlias", ())


class Scope:
    """One scope: what it binds and declares. `kind` is module, class, function, comprehension or types (PEP 695
    parameters)."""

    __slots__ = ("bound", "captured", "globals", "kind", "known", "node", "nonlocals", "parent", "used")

    def __init__(self, kind: str, parent: Scope | None, node: ast.AST) -> None:
        self.kind = kind
        self.parent = parent
        self.node = node
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.used: set[str] = set()
        self.captured: set[str] = set()
        self.known: dict[str, str] = {}

    def owner(self, name: str) -> tuple[str, Scope | None, bool]:
        """Where a name used here lives: (kind, the scope that binds it, is a function's border in between)."""
        crossed = False
        scope: Scope | None = self
        while scope is not None:
            if name in scope.globals:
                return GLOBAL, None, crossed
            if scope.kind == "module":
                return GLOBAL, None, crossed
            if name in scope.bound and name not in scope.nonlocals:
                if scope.kind != "class":
                    return LOCAL, scope, crossed
                if scope is self:
                    return CLASS, scope, crossed
            crossed = crossed or scope.kind != "comprehension"
            scope = scope.parent
        return GLOBAL, None, crossed

    def kind_of(self, name: str) -> str:
        """LOCAL, CELL, GLOBAL, or CLASS (a name that a class body binds for itself)."""
        found = self.known.get(name)
        if found is None:
            found, scope, _ = self.owner(name)
            if found is LOCAL and scope is not None and name in scope.captured:
                found = CELL
            self.known[name] = found
        return found

    def variables(self, scopes: Iterable[Scope]) -> set[str]:
        """The names that are bound or used here, or come through here to one of these scopes inside."""
        names = self.bound | self.used
        for scope in scopes:
            around = scope.parent
            while around is not None and around is not self:
                around = around.parent
            if around is self:
                names |= {name for name in scope.used if scope.owner(name)[1] is self.owner(name)[1]}
        return names


class _Collector(ast.NodeVisitor):
    def __init__(self, tree: ast.Module) -> None:
        self.scopes: dict[ast.AST, Scope] = {}
        self.scope = self.scopes[tree] = Scope("module", None, tree)
        for statement in tree.body:
            self.visit(statement)

    # -- opening scopes

    def _inside(self, kind: str, node: ast.AST, parts: Iterable[ast.AST | None], names: Iterable[str] = ()) -> None:
        outer = self.scope
        self.scope = self.scopes[node] = Scope(kind, outer, node)
        self.scope.bound.update(names)
        for part in parts:
            if part is not None:
                self.visit(part)
        self.scope = outer

    def _with_type_parameters(self, node: Any, visit: Any) -> None:
        """Type parameters make a scope between a definition and what is around it; their bounds are annotations and not
        looked at."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            visit()
            return
        outer = self.scope
        self.scope = Scope("types", outer, node)
        self.scope.bound.update(parameter.name for parameter in parameters)
        visit()
        self.scope = outer

    def _function(self, node: Any) -> None:
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self._inside("function", node, body, (argument.arg for argument in arguments(node)))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node)
        self._function(node)

    def visit_FunctionDef(self, node: Any) -> None:
        self.scope.bound.add(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._defaults(node)
        self._with_type_parameters(node, lambda: self._function(node))

    visit_AsyncFunctionDef = visit_FunctionDef

    def _defaults(self, node: Any) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.scope.bound.add(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator)

        def inner() -> None:
            for part in (*node.bases, *node.keywords):
                self.visit(part)
            self._inside("class", node, node.body)

        self._with_type_parameters(node, inner)

    def _comprehension(self, node: Any) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        parts: list[ast.AST] = [first.target, *first.ifs]
        for generator in node.generators[1:]:
            parts += [generator.iter, generator.target, *generator.ifs]
        parts += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._inside("comprehension" if isinstance(node, COMPREHENSIONS) else "function", node, parts)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    # -- binding and using

    def visit_Name(self, node: ast.Name) -> None:
        (self.scope.used if isinstance(node.ctx, ast.Load) else self.scope.bound).add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self.scope
        while isinstance(scope.node, (*COMPREHENSIONS, ast.GeneratorExp)) and scope.parent is not None:
            scope = scope.parent
        scope.bound.add(node.target.id)
        self.scope.used.add(node.target.id)

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.globals.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocals.update(node.names)
        self.scope.used.update(node.names)

    def visit_Import(self, node: Any) -> None:
        self.scope.bound.update(imported_names(node))

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.scope.bound.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: Any) -> None:
        if node.name:
            self.scope.bound.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.scope.bound.add(node.rest)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_TypeAlias(self, node: Any) -> None:
        self.scope.bound.add(node.name.id)


def arguments(node: Any) -> Iterator[ast.arg]:
    """All parameters of a function or lambda."""
    args = node.args
    yield from (*args.posonlyargs, *args.args, *args.kwonlyargs)
    if args.vararg:
        yield args.vararg
    if args.kwarg:
        yield args.kwarg


def imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The names that an import statement binds."""
    for alias in node.names:
        if alias.name != "*":
            yield alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)


def scopes_of(tree: ast.Module) -> dict[ast.AST, Scope]:
    """The scope that each function, lambda, comprehension, class and the module itself opens."""
    scopes = _Collector(tree).scopes
    for scope in scopes.values():
        for name in scope.used | scope.nonlocals:
            kind, owner, crossed = scope.owner(name)
            if kind is LOCAL and owner is not None and crossed:
                owner.captured.add(name)
    return scopes


class _OutsideFunctions(_Collector):
    """The same without the functions on whose lines `global` stands nowhere: most of a file, in a tenth of the time."""

    def __init__(self, tree: ast.Module, lines: Sequence[str]) -> None:
        self._declaring = [number for number, line in enumerate(lines, 1) if "global" in line]
        super().__init__(tree)

    def _function(self, node: Any) -> None:
        index = bisect_left(self._declaring, node.lineno)
        if index < len(self._declaring) and self._declaring[index] <= node.end_lineno:
            super()._function(node)


def module_names(tree: ast.Module, lines: Sequence[str]) -> tuple[set[str], set[str]]:
    """Every name that the module's code can bind as a global, and those that it uses outside functions. lines: of its
    text."""
    scopes = _OutsideFunctions(tree, lines).scopes
    names = set(scopes[tree].bound)
    for scope in scopes.values():
        names |= scope.globals
    return names, scopes[tree].used
