"""Which variables of a function can hold the only reference to an object: what `private` rests on.

A reference count tells that nobody else has an object only if it is known which references the running function itself
holds. It is for a variable that

- is a plain local one: no parameter, not captured by anything inside the function, no matter by what (also an
  annotation, which is a function of its own from 3.14 on, and could be called by anybody);
- is only ever bound by `=`, `:=` or an augmented assignment, to the result of a call, an operator, a display or a
  comprehension. From 3.14 on a parameter may hold a borrowed reference, which isn't counted, and so does what is
  assigned from it by its bare name; results are never borrowed;
- stands in a function whose frame runs in one thread from beginning to end: not in a generator or coroutine.

Wrong answers have to be on the side of "no". Knows nothing of operations.
"""

from __future__ import annotations

import ast
from typing import Any

from stress.instrument.scopes import COMPREHENSIONS

# What leaves a new reference on the value stack, never a borrowed one.
RESULTS = (ast.Call, ast.BinOp, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)

_OTHERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp)
_SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)
_TypeAlias: Any = getattr(ast, "TypeAlias", ())


def sole_variables(function: Any) -> frozenset[str] | None:
    """The names of such variables of a function or lambda; None if its frame can be suspended."""
    if isinstance(function, ast.AsyncFunctionDef):
        return None
    found = _Bindings()
    for statement in [function.body] if isinstance(function, ast.Lambda) else function.body:
        found.visit(statement)
    if found.suspends:
        return None
    args = function.args
    parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return frozenset(found.results - found.others - {parameter.arg for parameter in parameters if parameter})


def is_bound_in(name: str, nodes: list[ast.AST]) -> bool:
    """Whether any of these nodes binds or deletes a plain local variable."""
    return any(
        isinstance(part, ast.Name) and part.id == name and not isinstance(part.ctx, ast.Load)
        for node in nodes
        for part in ast.walk(node)
    )


class _Bindings(ast.NodeVisitor):
    """Collects the names that are bound to results, and those that are bound or used in any other way."""

    def __init__(self) -> None:
        self.results: set[str] = set()
        self.others: set[str] = set()
        self.suspends = False

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, _OTHERS) or (_TypeAlias and isinstance(node, _TypeAlias)):
            self._captures(node)
        elif isinstance(node, _SUSPENDING) or (isinstance(node, COMPREHENSIONS) and _is_async(node)):
            self.suspends = True
        else:
            super().visit(node)

    def _captures(self, node: ast.AST) -> None:
        """A scope of its own, with what is evaluated around it: no name that stands there counts."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self.others.add(part.id)
            elif isinstance(part, (ast.Global, ast.Nonlocal)):
                self.others.update(part.names)
        self.others.add(getattr(node, "name", None) or "")
        around = _evaluated_around(node)
        self.suspends |= any(isinstance(part, _SUSPENDING) for each in around for part in ast.walk(each))

    def _bound(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            (self.results if isinstance(value, RESULTS) else self.others).add(target.id)
        else:
            self.visit(target)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.others.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._bound(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._captures(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._bound(node.target, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bound(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if not isinstance(node.target, ast.Name):  # the result of an operator
            self.visit(node.target)

    def visit_Global(self, node: Any) -> None:
        self.others.update(node.names)

    visit_Nonlocal = visit_Global

    def visit_Import(self, node: Any) -> None:
        self.others.update(
            name for alias in node.names for name in (alias.asname, alias.name.partition(".")[0]) if name
        )

    visit_ImportFrom = visit_Import

    def generic_visit(self, node: ast.AST) -> None:
        # `except E as x`, the captures of patterns.
        for field in ("name", "rest"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                self.others.add(name)
        super().generic_visit(node)


def _is_async(comprehension: Any) -> bool:
    return any(generator.is_async for generator in comprehension.generators)


def _evaluated_around(node: Any) -> list[ast.AST]:
    """The parts of a scope of its own that the function around it evaluates."""
    parts: list[Any] = [
        *getattr(node, "decorator_list", ()),
        *getattr(node, "bases", ()),
        *getattr(node, "keywords", ()),
    ]
    if isinstance(node, ast.GeneratorExp):
        parts.append(node.generators[0].iter)
    args = getattr(node, "args", None)
    if args is not None:
        parts += [*args.defaults, *(default for default in args.kw_defaults if default is not None)]
    return parts
