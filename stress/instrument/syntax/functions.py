"""Functions, lambdas, classes and comprehensions: the scopes, what is evaluated around them, and the names that they
bind."""

from __future__ import annotations

import ast
from typing import Any

from stress.events import UPDATE, WRITE
from stress.instrument.scopes import CELL, GLOBAL, arguments
from stress.instrument.syntax.entries import Entries
from stress.instrument.syntax.places import ending, name_of, nowhere
from stress.instrument.variables import sole_variables


class Functions(Entries):
    def _function(self, node: Any) -> Any:
        node.decorator_list = self._decorators(node)
        node.args = self._default_values(node.args)
        docstring = [node.body.pop(0)] if ast.get_docstring(node, clean=False) is not None else []
        active, stored, sole = self.active, (self.stored_cells, self.stored_on_self), self.sole
        self.sole = sole_variables(node)
        self.stored_cells, self.stored_on_self = set(), set()
        self.functions.append(node.name)

        def body() -> None:
            self.active = True
            entry = self._entry(node)
            node.body = self._keep_bindings(node, [*docstring, *entry, *self._statements(node.body)])

        self._inside(node, body)
        self.functions.pop()
        self.active = active
        self.stored_cells, self.stored_on_self = stored
        self.sole = sole
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def _keep_bindings(self, node: Any, body: list[ast.stmt]) -> list[ast.stmt]:
        """What the compiler must still see although hooks stand in its place, in a statement of which no code is made.

        A variable whose stores are all stand-ins must be bound here; and a class's `__static_attributes__` (3.13) are
        the names after `self.` in the stores of its methods.
        """
        missing = (
            self.stored_cells & self.scope.bound - {argument.arg for argument in arguments(node)} - self.scope.nonlocals
        )
        targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in sorted(missing)]
        targets += [
            ast.Attribute(ast.Name("self", ast.Load()), name, ast.Store()) for name in sorted(self.stored_on_self)
        ]
        if not targets:
            return body
        assign = ast.Assign(targets=targets, value=ast.Constant(None))
        # Last, so that declarations and the docstring stay first, and without a line of its own.
        return [*body, nowhere(ast.If(test=ast.Constant(False), body=[assign], orelse=[]))]

    def _default_values(self, args: ast.arguments) -> ast.arguments:
        args.defaults = [self.visit(default) for default in args.defaults]
        args.kw_defaults = [None if default is None else self.visit(default) for default in args.kw_defaults]
        return args

    def _decorators(self, node: Any) -> list[ast.expr]:
        """Decorators are calls; and the outermost one announces the store of the name, if two scopes share it."""
        decorators: list[ast.expr] = []
        first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        for decorator in node.decorator_list:
            visited = self.visit(decorator)
            if self.wanted("call"):
                number = self.site(decorator, "call", UPDATE, name_of(decorator))
                visited = self.through("call", visited, number, ending(decorator))
            decorators.append(visited)
        kind = self.scope.kind_of(node.name)
        if (kind is CELL and self.wanted("closure")) or (kind is GLOBAL and self.wanted("global")):
            place = ast.Pass(lineno=first, end_lineno=first, col_offset=node.col_offset, end_col_offset=node.col_offset)
            decorators.insert(0, self._announce_name(node.name, WRITE, place, "naming"))
        return decorators

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        node.args = self._default_values(node.args)
        active, sole = self.active, self.sole
        self.sole = sole_variables(node)
        self.functions.append("<lambda>")

        def body() -> None:
            self.active = True
            node.body = self._result(node.body)

        self._inside(node, body)
        self.functions.pop()
        self.active, self.sole = active, sole
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        node.decorator_list = self._decorators(node)
        if not getattr(node, "type_params", None):  # else they are evaluated inside the scope of the type parameters
            node.bases = [self.visit(base) for base in node.bases]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
        self.classes.append(node.name)
        self.functions.append(node.name)
        self._inside(node, lambda: setattr(node, "body", self._statements(node.body)))
        self.functions.pop()
        self.classes.pop()
        return node

    def _comprehension(self, node: Any) -> Any:
        first = node.generators[0]
        suspends = isinstance(node, ast.GeneratorExp)
        is_async = any(isinstance(each, ast.Await) or getattr(each, "is_async", 0) for each in ast.walk(node))
        active, sole = self.active, self.sole
        self.sole = None if suspends else sole  # what a generator expression walks over, it keeps
        first.iter = self._iterated(first, node)

        def inner() -> None:
            self.active = active or suspends
            for generator in node.generators:
                if generator is not first:
                    generator.iter = self._iterated(generator, node)
                # A comprehension's own variable can be met by another thread only while it is still being built: stores
                # stay as they are.
                generator.target = self._targets_of_comprehension(generator.target)
                generator.ifs = [self.test(condition) for condition in generator.ifs]
            if isinstance(node, ast.DictComp):
                node.key = self.visit(node.key)
                node.value = self.visit(node.value)
            else:
                looked_into = getattr(node, "looked_into", False)
                node.elt = self._result(node.elt, looked_into) if suspends and not is_async else self.visit(node.elt)

        self._inside(node, inner)
        self.active, self.sole = active, sole
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _targets_of_comprehension(self, target: ast.expr) -> Any:
        if isinstance(target, ast.Name):
            return target
        if isinstance(target, (ast.Tuple, ast.List)):
            target.elts = [self._targets_of_comprehension(element) for element in target.elts]
            return target
        if isinstance(target, ast.Starred):
            target.value = self._targets_of_comprehension(target.value)
            return target
        return self.visit(target)
