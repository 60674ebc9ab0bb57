"""Names that threads may share, globals and closure variables, and every statement that binds or deletes one."""

from __future__ import annotations

import ast
import builtins
from typing import Any

from stress.events import DELETE, READ, WRITE
from stress.instrument import marks
from stress.instrument.scopes import CELL, GLOBAL, imported_names
from stress.instrument.syntax.marking import Marking
from stress.instrument.syntax.places import at, nowhere

# Names that a module without a binding of its own finds in `builtins`; each module has its own of the five.
_BUILTINS = frozenset(dir(builtins)) - {"__name__", "__doc__", "__package__", "__loader__", "__spec__"}
_NEVER_GLOBAL = frozenset(("__debug__", "__class__"))


class Names(Marking):
    def _shared(self, name: str) -> str | None:
        """CELL or GLOBAL for a name that two threads may share and that is announced, else None."""
        if not self.active or name in _NEVER_GLOBAL or name.startswith("."):
            return None
        kind = self.scope.kind_of(name)
        if kind is CELL:
            return CELL if self.wanted("closure") else None
        if kind is GLOBAL:
            if name in _BUILTINS and name not in self.module_names and name not in self.scope.globals:
                return None
            return GLOBAL if self.wanted("global") else None
        return None

    def _announce_name(
        self, name: str, mode: str, place: Any, hook: str = "", value: ast.expr | None = None, mark: str = marks.SITE
    ) -> Any:
        """A call that announces an access to a global or closure variable; it returns None, or `value` if one is passed
        through."""
        parts: list[ast.expr | str] = [] if value is None else [value]
        mangled = self.mangled(name)
        if self.scope.kind_of(name) is CELL:
            number = self.site(place, "closure", mode, mangled)
            parts = [marks.CELL + mangled, *parts]
            return self.hook(
                (hook or ("closure" if value is None else "closure_value")), parts, place, f"{mark}{number}"
            )
        number = self.site(place, "global", mode, mangled)
        hooks = {"naming": "naming_global"}
        name_of_hook = hooks.get(hook, hook) or ("global" if value is None else "global_value")
        return self.hook(name_of_hook, parts, place, f"{mark}{number}")

    def visit_Name(self, node: ast.Name) -> Any:
        kind = self._shared(node.id)
        if kind is None:
            return node
        if isinstance(node.ctx, ast.Load):
            return at(ast.BoolOp(ast.Or(), [self._announce_name(node.id, READ, node), node]), node)
        if isinstance(node.ctx, ast.Store):
            return self._stand_in(node, kind)
        return node  # deleting is announced by the statement

    def _stand_in(self, node: ast.Name, kind: str) -> ast.expr:
        """A store to a shared name, as a store to an attribute whose object is the hook's result; `marks` makes it a
        name's again."""
        mangled = self.mangled(node.id)
        if kind is CELL:
            self.stored_cells.add(node.id)
            mark = f"{marks.STORE_CELL}{mangled}:"
        else:
            mark = marks.STORE_GLOBAL
        call = self._announce_name(node.id, WRITE, node, mark=mark)
        return at(ast.Attribute(value=call, attr=node.id, ctx=ast.Store()), node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        value: ast.expr = self.visit(node.value)
        if self._shared(node.target.id) is not None:
            value = self._announce_name(node.target.id, WRITE, node.target, value=value)
        node.value = value
        return node

    def visit_Delete(self, node: ast.Delete) -> Any:
        if not any(isinstance(target, ast.Name) and self._shared(target.id) for target in node.targets):
            node.targets = [self.visit(target) for target in node.targets]
            return node
        out: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Name) and self._shared(target.id):
                call = self._announce_name(target.id, DELETE, target)
                out.append(at(ast.Expr(call), node))
            out.append(at(ast.Delete(targets=[self.visit(target)]), node))
        return out

    def visit_Import(self, node: Any) -> Any:
        """A shared name that an import binds is announced before the import."""
        out: list[ast.stmt] = []
        for name in imported_names(node):
            if self._shared(name) is not None:
                out.append(at(ast.Expr(self._announce_name(name, WRITE, node)), node))
        return [*out, node]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        out: list[ast.stmt] = self.visit_Import(node)
        if self.active and self.wanted("import"):
            names = tuple(alias.name for alias in node.names)
            number = self.site(node, "import", READ, node.module or "", detail=(node.level, names))
            out.insert(0, at(ast.Expr(self.hook("imported", [], node, f"{marks.SITE}{number}")), node))
        return out

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        if node.type is not None:
            node.type = self.visit(node.type)
        name = node.name
        node.body = self._statements(node.body)
        if name is not None and self._shared(name) is not None:
            self._bind_shared_exception(node, name)
        return node

    def _bind_shared_exception(self, node: ast.ExceptHandler, name: str) -> None:
        """`except E as x` stores x, and clears and deletes it at the end: the same, spelled out, so that each has a
        hook before it."""
        node.name = f".{name}"
        first = node.type if node.type is not None else node
        bind = ast.Assign(targets=[ast.Name(name, ast.Store())], value=ast.Name(node.name, ast.Load()))
        clear = ast.Assign(targets=[ast.Name(name, ast.Store())], value=ast.Constant(None))
        remove = ast.Delete(targets=[ast.Name(name, ast.Del())])
        for statement in (bind, clear, remove):
            for part in ast.walk(statement):
                at(part, first)
        end = [nowhere(statement) for statement in (self.visit(clear), *self.visit(remove))]
        attempt = at(ast.Try(body=node.body, handlers=[], orelse=[], finalbody=end), first)
        node.body = [self.visit(bind), attempt]
