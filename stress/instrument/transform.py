"""The syntax tree of a function in, the same tree with a hook before each operation out.

Every change keeps what is evaluated, how often and in which order; the places where an instruction can raise keep their
locations, and a hook gets the location of the operand that it passes on, so that no line is entered that wasn't before.
Hooks and sites stand in the tree as marks (see `marks`), and only inside functions: what a module's or a class's own
body does at import is left as it is. Annotations, type parameters and type aliases are never touched. Knows no listener
and no live objects.
"""

from __future__ import annotations

import ast
import builtins
from typing import Any, TypeVar

from stress._compat import CALLABLE_BELOW_ARGUMENTS
from stress.events import DELETE, READ, UPDATE, WRITE, OperationSite
from stress.instrument import marks
from stress.instrument.scopes import CELL, COMPREHENSIONS, GLOBAL, Scope, arguments, imported_names, scopes_of

Node = TypeVar("Node", bound=ast.AST)

MANY_ARGUMENTS = (
    14  # above 30 slots the compiler builds a call's arguments differently; a call this long is announced before them
)
DISPLAYS = (
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.Constant,
    ast.JoinedStr,
)
HOOK_SLOTS = 2  # a hook under way takes two slots on the stack (itself and a NULL) on every version

# Names that a module without a binding of its own finds in `builtins`; each module has its own of the five.
_BUILTINS = frozenset(dir(builtins)) - {"__name__", "__doc__", "__package__", "__loader__", "__spec__"}
_MADE_LOOPS = frozenset(("any", "all", "tuple", "list", "set", "frozenset"))
_NEVER_GLOBAL = frozenset(("__debug__", "__class__"))
_OPERATORS = {
    "Add": "+",
    "Sub": "-",
    "Mult": "*",
    "MatMult": "@",
    "Div": "/",
    "Mod": "%",
    "Pow": "**",
    "LShift": "<<",
    "RShift": ">>",
    "BitOr": "|",
    "BitXor": "^",
    "BitAnd": "&",
    "FloorDiv": "//",
    "Eq": "==",
    "NotEq": "!=",
    "Lt": "<",
    "LtE": "<=",
    "Gt": ">",
    "GtE": ">=",
    "In": "in",
    "NotIn": "not in",
    "Is": "is",
    "IsNot": "is not",
}


class Transformer(ast.NodeTransformer):
    """Transforms a module's tree in place. `sites` is filled as places are met; a mark holds a place's number."""

    def __init__(
        self, tree: ast.Module, file: str, lines: list[str], module_names: set[str], only: frozenset[str] | None = None
    ) -> None:
        self.scopes = scopes_of(tree)
        self.scope: Scope = self.scopes[tree]
        self.file = file
        self.lines = lines
        self.module_names = module_names
        self.sites: list[OperationSite] = []
        self.active = False  # inside a function
        self.classes: list[str] = []
        self.functions: list[str] = []
        self.left_out = only  # for tests: kinds of operation that aren't announced
        self.stored_cells: set[str] = set()
        self.stored_on_self: set[str] = set()

    # -- marks and hooks -----------------------------------------------------------------------------------------------

    def site(self, node: Any, kind: str, mode: str, name: str, **more: Any) -> int:
        last = node.end_lineno
        self.sites.append(
            OperationSite(
                kind,
                mode,
                name,
                file=self.file,
                function=".".join(self.functions),
                line=node.lineno,
                column=node.col_offset,
                end_line=node.lineno if last is None else last,
                end_column=node.col_offset if node.end_col_offset is None else node.end_col_offset,
                lines=self.lines,
                **more,
            )
        )
        return len(self.sites) - 1

    def hook(self, name: str, arguments: list[ast.expr | str], place: ast.AST, mark: str) -> ast.Call:
        """A call of a hook; the last argument is its site's mark.

        The call is located at `place`, where the instruction that follows it is, and what is pushed before the operand
        where the operand begins: so no line is entered that wasn't before, however an expression is spread over lines.
        """
        operand = next((part for part in arguments if isinstance(part, ast.expr)), None)
        begin = place if operand is None else _first_evaluated(operand)
        parts = [part if isinstance(part, ast.expr) else _constant(part, begin) for part in arguments]
        call = ast.Call(func=_constant(marks.HOOK + name, begin), args=[*parts, _constant(mark, place)], keywords=[])
        return _at(call, place)

    def through(self, hook: str, value: ast.expr, number: int, place: ast.AST) -> ast.expr:
        """`value`, passed through a hook that is told nothing else."""
        return self.hook(hook, [value], place, f"{marks.SITE}{number}")

    def mangled(self, name: str) -> str:
        """The name that the compiler makes of a class-private one."""
        if not self.classes or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        stripped = self.classes[-1].lstrip("_")
        return f"_{stripped}{name}" if stripped else name

    def wanted(self, kind: str) -> bool:
        return self.active and (self.left_out is None or kind not in self.left_out)

    # -- scopes --------------------------------------------------------------------------------------------------------

    def _inside(self, node: Any, visit: Any) -> None:
        outer, self.scope = self.scope, self.scopes[node]
        visit()
        self.scope = outer

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for statement in body:
            result = self.visit(statement)
            if isinstance(result, list):
                out += result
            elif result is not None:
                out.append(result)
        return out

    def _function(self, node: Any) -> Any:
        node.decorator_list = self._decorators(node)
        node.args = self._default_values(node.args)
        active, stored = self.active, (self.stored_cells, self.stored_on_self)
        self.stored_cells, self.stored_on_self = set(), set()
        self.functions.append(node.name)

        def body() -> None:
            self.active = True
            node.body = self._keep_bindings(node, self._statements(node.body))

        self._inside(node, body)
        self.functions.pop()
        self.active = active
        self.stored_cells, self.stored_on_self = stored
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
        return [*body, _nowhere(ast.If(test=ast.Constant(False), body=[assign], orelse=[]))]

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
                number = self.site(decorator, "call", UPDATE, _name_of(decorator))
                visited = self.through("call", visited, number, _ending(decorator))
            decorators.append(visited)
        kind = self.scope.kind_of(node.name)
        if (kind is CELL and self.wanted("closure")) or (kind is GLOBAL and self.wanted("global")):
            place = ast.Pass(lineno=first, end_lineno=first, col_offset=node.col_offset, end_col_offset=node.col_offset)
            decorators.insert(0, self._announce_name(node.name, WRITE, place, "naming"))
        return decorators

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        node.args = self._default_values(node.args)
        active = self.active
        self.functions.append("<lambda>")

        def body() -> None:
            self.active = True
            node.body = self.visit(node.body)

        self._inside(node, body)
        self.functions.pop()
        self.active = active
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
        first.iter = self._iterated(first)
        active = self.active

        def inner() -> None:
            self.active = active or isinstance(node, ast.GeneratorExp)
            for generator in node.generators:
                if generator is not first:
                    generator.iter = self._iterated(generator)
                # A comprehension's own variable can be met by another thread only while it is still being built: stores
                # stay as they are.
                generator.target = self._targets_of_comprehension(generator.target)
                generator.ifs = [self.test(condition) for condition in generator.ifs]
            if isinstance(node, ast.DictComp):
                node.key = self.visit(node.key)
                node.value = self.visit(node.value)
            else:
                node.elt = self.visit(node.elt)

        self._inside(node, inner)
        self.active = active
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

    def _iterated(self, loop: Any) -> ast.expr:
        iterable = loop.iter
        value: ast.expr = self.visit(iterable)
        if getattr(loop, "is_async", 0) or isinstance(iterable, DISPLAYS) or not self.wanted("iteration"):
            return value
        unpacks = isinstance(loop.target, (ast.Tuple, ast.List))
        number = self.site(iterable, "iteration", READ, "for", detail=unpacks)
        return self.through("iterate", value, number, _ending(iterable))

    # -- attributes and items ------------------------------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
            self.stored_on_self.add(node.attr)
        value: ast.expr = self.visit(node.value)
        if self.wanted("attribute"):
            mode = _mode(node.ctx)
            number = self.site(node, "attribute", mode, self.mangled(node.attr))
            value = self.through("attribute", value, number, _ending(node))
        node.value = value
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        constant = _is_constant(node.value)  # nobody can change it; and of constants the compiler makes one constant
        node.value = self.visit(node.value)
        visited = self.visit(node.slice)
        if self.wanted("item") and not constant:
            number = self.site(node, "item", _mode(node.ctx), "[]")
            visited = self.hook("item", [marks.COPY + "3", visited], node, f"{marks.SITE}{number}")
        node.slice = visited
        return node

    # -- names ---------------------------------------------------------------------------------------------------------

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
            return _at(ast.BoolOp(ast.Or(), [self._announce_name(node.id, READ, node), node]), node)
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
        return _at(ast.Attribute(value=call, attr=node.id, ctx=ast.Store()), node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        value: ast.expr = self.visit(node.value)
        if self._shared(node.target.id) is not None:
            value = self._announce_name(node.target.id, WRITE, node.target, value=value)
        node.value = value
        return node

    # -- calls ---------------------------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> Any:
        if self._is_left_as_it_is(node):
            node.args = [self.visit(argument) for argument in node.args]
            return node
        hook, sole_star = self._hook_of_arguments(node)
        node.func = self._callee(node, hook)
        before = node.args, node.keywords
        node.args = [self.visit(argument) for argument in before[0]]
        node.keywords = [self._keyword(keyword) for keyword in before[1]]
        if hook and (self.wanted("call") or self.wanted("method")):
            self._last_argument(node, hook, sole_star)
        return node

    def _is_left_as_it_is(self, node: ast.Call) -> bool:
        """`super(...)`, which looks at the function that it stands in; and `any(... for ...)` and its like, of which
        newer compilers make a loop in place. Neither is an operation on what threads share."""
        if not isinstance(node.func, ast.Name) or self._shared(node.func.id) is not None:
            return False
        loops = node.func.id in _MADE_LOOPS and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
        return node.func.id == "super" or (loops and not node.keywords)

    def _hook_of_arguments(self, node: ast.Call) -> tuple[str, bool]:
        """The hook that is told the arguments just before the call, or "" where nothing can be told of them."""
        method = "method_" if isinstance(node.func, ast.Attribute) else ""
        stars = [argument for argument in node.args if isinstance(argument, ast.Starred)]
        double = [keyword for keyword in node.keywords if keyword.arg is None]
        count = len(node.args) + len(node.keywords)
        if not count or double or count + len(node.keywords) > MANY_ARGUMENTS:
            return "", False
        if stars:
            return ("starred", True) if count == 1 else ("", False)
        return f"{method}arguments{count if count <= 3 else ''}", False

    def _callee(self, node: ast.Call, later: str) -> ast.expr:
        func = node.func
        more: dict[str, Any] = {
            "announced_later": bool(later),
            "detail": len(node.args) + len(node.keywords),
            "keywords": tuple(keyword.arg for keyword in node.keywords if keyword.arg),
        }
        if isinstance(func, ast.Attribute):
            func.value = self.visit(func.value)
            if self.wanted("method"):
                site = self.site(func, "method", READ, self.mangled(func.attr), **more)
                func.value = self.through("method", func.value, site, _ending(func))
            return func
        if isinstance(func, ast.Name) and self.wanted("call") and self._shared(func.id) is GLOBAL:
            number = self.site(func, "global", READ, self.mangled(func.id), **more)
            call = self.hook("call_global", [], func, f"{marks.SITE}{number}")
            return _at(ast.BoolOp(ast.Or(), [call, func]), func)
        visited: ast.expr = self.visit(func)
        if self.wanted("call"):
            number = self.site(func, "call", UPDATE, _name_of(func), **more)
            visited = self.through("call", visited, number, _ending(func))
        return visited

    def _last_argument(self, node: ast.Call, hook: str, sole_star: bool) -> None:
        """The last argument passes through a hook that takes the callable and the other arguments from the stack."""
        before = len(node.args) + len(node.keywords) - 1
        if sole_star:
            star = node.args[0]
            assert isinstance(star, ast.Starred)
            last = star.value
        else:
            last = node.keywords[-1].value if node.keywords else node.args[-1]
        parts: list[ast.expr | str] = [f"{marks.COPY}{HOOK_SLOTS + before + CALLABLE_BELOW_ARGUMENTS}"]
        parts += [f"{marks.COPY}{HOOK_SLOTS + 1 + before}"] * before
        keywords = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
        number = self.site(node, "call", UPDATE, _name_of(node.func), keywords=keywords)
        call = self.hook(hook, [*parts, last], _ending(node), f"{marks.SITE}{number}")
        if sole_star:
            node.args[0] = _at(ast.Starred(call, ast.Load()), node.args[0])
        elif node.keywords:
            node.keywords[-1].value = call
        else:
            node.args[-1] = call

    def _keyword(self, keyword: ast.keyword) -> ast.keyword:
        value: ast.expr = self.visit(keyword.value)
        keyword.value = value if keyword.arg else self._walked(keyword.value, value, "**")
        return keyword

    # -- what reads whole containers -----------------------------------------------------------------------------------

    def _walked(self, node: ast.expr, value: ast.expr, name: str, kind: str = "walk") -> ast.expr:
        if isinstance(node, DISPLAYS) or not self.wanted(kind):
            return value
        number = self.site(node, kind, READ, name)
        return self.through("truth" if kind == "truth" else "walk", value, number, _ending(node))

    def visit_Starred(self, node: ast.Starred) -> Any:
        value = self.visit(node.value)
        node.value = self._walked(node.value, value, "*") if isinstance(node.ctx, ast.Load) else value
        return node

    def visit_Dict(self, node: ast.Dict) -> Any:
        for index, key in enumerate(node.keys):
            if key is not None:
                node.keys[index] = self.visit(key)
            value = self.visit(node.values[index])
            node.values[index] = value if key is not None else self._walked(node.values[index], value, "**")
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        node.value = self._walked(node.value, self.visit(node.value), "format")
        if node.format_spec is not None:
            node.format_spec = self.visit(node.format_spec)
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        value = self.visit(node.value)
        if self.wanted("iteration") and not isinstance(node.value, DISPLAYS):
            number = self.site(node.value, "iteration", READ, "yield from", detail=False)
            value = self.through("iterate", value, number, _ending(node.value))
        node.value = value
        return node

    # -- operators and truth -------------------------------------------------------------------------------------------

    def _operand(self, value: ast.expr, whole: ast.AST, name: str, mode: str = READ) -> ast.expr:
        """The right operand of a binary operator, through a hook that is also handed the left one."""
        number = self.site(whole, "binary", mode, name)
        return self.hook("binary", [marks.COPY + "3", value], whole, f"{marks.SITE}{number}")

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        left, right = node.left, node.right
        node.left = self.visit(left)
        if isinstance(node.op, ast.Mod) and isinstance(left, ast.Constant) and isinstance(right, ast.Tuple):
            # The compiler makes an f-string of this: each element is formatted.
            right.elts = [self._formatted(element) for element in right.elts]
            return node
        node.right = self.visit(right)
        if self.wanted("binary") and not _harmless(left, right, node.op):
            node.right = self._operand(node.right, node, _OPERATORS[type(node.op).__name__])
        return node

    def _formatted(self, element: ast.expr) -> ast.expr:
        value: ast.expr = self.visit(element)
        return value if isinstance(element, ast.Starred) else self._walked(element, value, "format")

    def visit_Compare(self, node: ast.Compare) -> Any:
        operands = [node.left, *node.comparators]
        node.left = self.visit(node.left)
        for index, operator in enumerate(node.ops):
            left, right = operands[index], operands[index + 1]
            visited = self.visit(right)
            if (
                self.wanted("binary")
                and not isinstance(operator, (ast.Is, ast.IsNot))
                and not _incomparable(left, right, operator)
            ):
                visited = self._operand(visited, node, _OPERATORS[type(operator).__name__])
            node.comparators[index] = visited
        return node

    def test(self, node: ast.expr) -> ast.expr:
        """An expression whose truth is asked."""
        if isinstance(node, ast.BoolOp):
            node.values = [self.test(value) for value in node.values]
            return node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self.test(node.operand)
            return node
        if isinstance(node, ast.IfExp):
            node.test, node.body, node.orelse = self.test(node.test), self.test(node.body), self.test(node.orelse)
            return node
        visited: ast.expr = self.visit(node)
        if isinstance(node, (ast.Compare, *DISPLAYS)) or (isinstance(node, ast.Name) and node.id == "__debug__"):
            return visited
        return self._walked(node, visited, "truth", "truth")

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        node.values = [*(self.test(value) for value in node.values[:-1]), self.visit(node.values[-1])]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        node.operand = self.test(node.operand) if isinstance(node.op, ast.Not) else self.visit(node.operand)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        node.test = self.test(node.test)
        node.body = self.visit(node.body)
        node.orelse = self.visit(node.orelse)
        return node

    # -- statements ----------------------------------------------------------------------------------------------------

    def _tested(self, node: Any) -> Any:
        node.test = self.test(node.test)
        node.body = self._statements(node.body)
        node.orelse = self._statements(node.orelse)
        return node

    visit_If = visit_While = _tested

    def visit_Assert(self, node: ast.Assert) -> Any:
        node.test = self.test(node.test)
        if node.msg is not None:
            node.msg = self.visit(node.msg)
        return node

    def _for(self, node: Any) -> Any:
        node.iter = self._iterated(node) if isinstance(node, ast.For) else self.visit(node.iter)
        node.target = self.visit(node.target)
        node.body = self._statements(node.body)
        node.orelse = self._statements(node.orelse)
        return node

    visit_For = visit_AsyncFor = _for

    def visit_With(self, node: ast.With) -> Any:
        for part in node.items:
            value = self.visit(part.context_expr)
            if self.wanted("enter"):
                number = self.site(part.context_expr, "enter", UPDATE, "with")
                value = self.through("enter", value, number, _ending(part.context_expr))
            part.context_expr = value
            if part.optional_vars is not None:
                part.optional_vars = self.visit(part.optional_vars)
        node.body = self._statements(node.body)
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        value = self.visit(node.value)
        if any(isinstance(target, (ast.Tuple, ast.List)) for target in node.targets):
            value = self._walked(node.value, value, "unpack")
        node.value = value
        node.targets = [self.visit(target) for target in node.targets]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return node
        node.value = self.visit(node.value)
        if isinstance(node.target, ast.Name):
            if self._shared(node.target.id) is not None:
                node.value = self._announce_name(node.target.id, WRITE, node.target, value=node.value)
        else:
            node.target = self.visit(node.target)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """`E.x += v` ends in code that evaluates E once, keeps it on the stack, and has a hook before the read and
        before the write."""
        target, operator = node.target, type(node.op).__name__
        value = self.visit(node.value)
        if self.wanted("binary") and not _harmless(None, node.value, node.op):
            value = self._operand(value, node, _OPERATORS[operator] + "=", UPDATE)
        if isinstance(target, ast.Attribute) and self.wanted("attribute"):
            return self._augmented_attribute(node, target, value)
        if isinstance(target, ast.Subscript) and self.wanted("item"):
            return self._augmented_item(node, target, value)
        if isinstance(target, ast.Name) and self._shared(target.id) is not None:
            read = _at(ast.Name(target.id, ast.Load()), target)
            result = _at(ast.BinOp(self.visit(read), node.op, value), node)
            stored = self._announce_name(target.id, WRITE, target, value=result, mark=f"{marks.IN_PLACE}0:")
            return _at(ast.Assign(targets=[target], value=stored), node)
        if not isinstance(target, ast.Name):
            self.generic_visit(target)
        node.value = value
        return node

    def _augmented_attribute(self, node: ast.AugAssign, target: ast.Attribute, value: ast.expr) -> ast.stmt:
        # The stack, from E on: E | hook NULL E | E.x | v  ->  E | result  ->  result | E  ->  stored
        owner: ast.expr = self.visit(target.value)
        name = self.mangled(target.attr)
        place = _ending(target)
        read = self.hook(
            "attribute", [marks.COPY + "3"], place, f"{marks.SITE}{self.site(target, 'attribute', READ, name)}"
        )
        old = _at(ast.Attribute(value=read, attr=target.attr, ctx=ast.Load()), target)
        result = _at(ast.BinOp(old, node.op, value), node)
        number = self.site(target, "attribute", WRITE, name)
        stored = self.hook("augmented_attribute", [marks.COPY + "3", result], node, f"{marks.IN_PLACE}1:{number}")
        invert = _at(ast.UnaryOp(ast.Invert(), stored), target)
        stand_in = _at(ast.Attribute(value=invert, attr=target.attr, ctx=ast.Store()), target)
        return _at(ast.Assign(targets=[stand_in], value=owner), node)

    def _augmented_item(self, node: ast.AugAssign, target: ast.Subscript, value: ast.expr) -> ast.stmt:
        # The stack, from E and k on: E k | hook NULL E k | E | hook NULL E k  ->  E k | hook NULL E k | E[k] | v  ->  E
        # k | result
        owner: ast.expr = self.visit(target.value)
        key: ast.expr = self.visit(target.slice)
        place = target
        number = self.site(target, "item", READ, "[]")
        read = self.hook("item", [marks.COPY + "3", marks.COPY + "5"], place, f"{marks.SITE}{number}")
        old = ast.Subscript(value=_constant(marks.COPY + "2", target.value), slice=read, ctx=ast.Load())
        result = _at(ast.BinOp(_at(old, target), node.op, value), node)
        number = self.site(target, "item", WRITE, "[]")
        stored = self.hook(
            "augmented_item", [marks.COPY + "4", marks.COPY + "4", result], node, f"{marks.IN_PLACE}2:{number}"
        )
        inverts: ast.expr = _at(ast.UnaryOp(ast.Invert(), stored), target)
        inverts = _at(ast.UnaryOp(ast.Invert(), inverts), target)
        stand_in = _at(ast.Subscript(value=key, slice=inverts, ctx=ast.Store()), target)
        return _at(ast.Assign(targets=[stand_in], value=owner), node)

    def visit_Delete(self, node: ast.Delete) -> Any:
        if not any(isinstance(target, ast.Name) and self._shared(target.id) for target in node.targets):
            node.targets = [self.visit(target) for target in node.targets]
            return node
        out: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Name) and self._shared(target.id):
                call = self._announce_name(target.id, DELETE, target)
                out.append(_at(ast.Expr(call), node))
            out.append(_at(ast.Delete(targets=[self.visit(target)]), node))
        return out

    def visit_Import(self, node: Any) -> Any:
        """A shared name that an import binds is announced before the import."""
        out: list[ast.stmt] = []
        for name in imported_names(node):
            if self._shared(name) is not None:
                out.append(_at(ast.Expr(self._announce_name(name, WRITE, node)), node))
        return [*out, node]

    visit_ImportFrom = visit_Import

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
                _at(part, first)
        end = [_nowhere(statement) for statement in (self.visit(clear), *self.visit(remove))]
        attempt = _at(ast.Try(body=node.body, handlers=[], orelse=[], finalbody=end), first)
        node.body = [self.visit(bind), attempt]

    # -- match ---------------------------------------------------------------------------------------------------------

    def visit_Match(self, node: ast.Match) -> Any:
        node.subject = self.visit(node.subject)
        cases: list[ast.match_case] = []
        for case in node.cases:
            guards = self._announced_case(case.pattern)
            if guards:
                # A case that never matches: it is reached when this case is tried, and its guard is the announcement.
                guard = guards[0] if len(guards) == 1 else _at(ast.BoolOp(ast.Or(), guards), case.pattern)
                nothing = _at(ast.Pass(), case.pattern)
                cases.append(ast.match_case(pattern=_at(ast.MatchAs(), case.pattern), guard=guard, body=[nothing]))
            cases.append(self._case(case))
        node.cases = cases
        return node

    def _announced_case(self, pattern: ast.pattern) -> list[ast.expr]:
        """Hooks for what trying a pattern reads: the names of its classes, and what it looks at in its subject. All
        return None."""
        guards: list[ast.expr] = []
        for part in ast.walk(pattern):
            if isinstance(part, ast.MatchClass):
                root: ast.expr = part.cls
                while isinstance(root, ast.Attribute):
                    root = root.value
                if isinstance(root, ast.Name) and self._shared(root.id) is not None:
                    guards.append(self._announce_name(root.id, READ, root))
        reads = _reads_of(pattern)
        if reads and self.wanted("case"):
            number = self.site(pattern, "case", READ, "case", detail=reads)
            guards.append(self.hook("case", [marks.COPY + "3"], pattern, f"{marks.SITE}{number}"))
        return guards

    def _case(self, case: ast.match_case) -> ast.match_case:
        renamed: list[tuple[str, ast.AST]] = []
        self._pattern(case.pattern, renamed)
        if case.guard is not None:
            case.guard = self.test(case.guard)
        for name, place in reversed(renamed):
            # A shared name is captured under another name, and stored with its hook before the guard is asked.
            value = _at(ast.Name(f".{name}", ast.Load()), place)
            store = self._announce_name(name, WRITE, place, value=value)
            walrus = _at(ast.NamedExpr(_at(ast.Name(name, ast.Store()), place), store), place)
            stored = _at(ast.Compare(walrus, [ast.Is()], [value]), place)
            case.guard = stored if case.guard is None else _at(ast.BoolOp(ast.And(), [stored, case.guard]), place)
        case.body = self._statements(case.body)
        if renamed:
            place = case.pattern
            names: list[ast.expr] = [_at(ast.Name(f".{name}", ast.Del()), place) for name, _ in renamed]
            case.body.insert(0, _at(ast.Delete(targets=names), place))
        return case

    def _pattern(self, pattern: Any, renamed: list[tuple[str, ast.AST]]) -> None:
        for part in ast.walk(pattern):
            if isinstance(part, ast.MatchValue):
                self._value_pattern(part.value)
            elif isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name and self._shared(part.name):
                renamed.append((part.name, part))
                part.name = f".{part.name}"
            elif isinstance(part, ast.MatchMapping) and part.rest and self._shared(part.rest):
                renamed.append((part.rest, part))
                part.rest = f".{part.rest}"

    def _value_pattern(self, value: ast.expr) -> None:
        """`Color.RED`: the object of an attribute may be any expression there, a whole pattern may not."""
        if isinstance(value, ast.Attribute):
            self.visit_Attribute(value)

    # -- never touched -------------------------------------------------------------------------------------------------

    def visit_TypeAlias(self, node: Any) -> Any:
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        return node


def _at(node: Node, place: Any) -> Node:
    """`node`, located where `place` is. Faster than `ast.copy_location`, of which transforming would be half."""
    located: Any = node
    located.lineno, located.col_offset = place.lineno, place.col_offset
    located.end_lineno, located.end_col_offset = place.end_lineno, place.end_col_offset
    return node


def _constant(value: Any, place: Any) -> ast.expr:
    return _at(ast.Constant(value), place)


def _nowhere(node: Node) -> Node:
    """The same, with no location at all, as the compiler makes what isn't in the source: no line is entered for it."""
    part: Any
    for part in ast.walk(node):
        if "lineno" in part._attributes:
            part.lineno = part.end_lineno = part.col_offset = part.end_col_offset = -1
    return node


def _first_evaluated(node: ast.expr) -> ast.expr:
    """Where the evaluation of an expression begins: at its beginning, but for `a if test else b`."""
    return _first_evaluated(node.test) if isinstance(node, ast.IfExp) else node


def _ending(node: ast.expr) -> ast.expr:
    """Where the last instruction of an expression is located: an attribute, or a method's call, at the attribute's own
    line if it spans several. The compiler does so from 3.11 to 3.15."""
    attribute = node.func if isinstance(node, ast.Call) else node
    if not isinstance(attribute, ast.Attribute) or attribute.lineno == attribute.end_lineno:
        return node
    line = attribute.end_lineno or attribute.lineno
    column = max((attribute.end_col_offset or 0) - len(attribute.attr), 0)
    return ast.Constant(
        None,
        lineno=line,
        col_offset=column,
        end_lineno=node.end_lineno or line,
        end_col_offset=node.end_col_offset or column,
    )


def _mode(context: ast.expr_context) -> str:
    return READ if isinstance(context, ast.Load) else WRITE if isinstance(context, ast.Store) else DELETE


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else "()"


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Tuple) and all(map(_is_constant, node.elts)))


def _is_scalar(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant)


def _harmless(left: ast.expr | None, right: ast.expr, operator: ast.operator) -> bool:
    """An operator that can't read a container: one side is a number, which only `*` combines with one, or text that is
    added to."""
    if _is_scalar(left) and _is_scalar(right):
        return True
    if isinstance(operator, ast.Mult):
        return False
    if _is_number(right) or _is_number(left):
        return True
    return isinstance(operator, ast.Add) and any(
        isinstance(side, (ast.Constant, ast.JoinedStr)) for side in (left, right)
    )


def _is_number(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, (str, bytes))


def _incomparable(left: ast.expr, right: ast.expr, operator: ast.cmpop) -> bool:
    """A comparison that reads no container: one side is a constant, or a container that was made for it."""
    if isinstance(operator, (ast.In, ast.NotIn)):
        return isinstance(right, DISPLAYS)
    return _is_scalar(left) or _is_scalar(right)


def _reads_of(pattern: Any) -> tuple[Any, ...]:
    """What trying a pattern reads of its subject, as nested tuples; () if nothing."""
    if isinstance(pattern, ast.MatchAs):
        return _reads_of(pattern.pattern) if pattern.pattern is not None else ()
    if isinstance(pattern, ast.MatchOr):
        parts = tuple(part for part in map(_reads_of, pattern.patterns) if part)
        return ("or", parts) if parts else ()
    if isinstance(pattern, ast.MatchClass):
        parts = tuple(map(_reads_of, [*pattern.patterns, *pattern.kwd_patterns]))
        return "class", tuple(pattern.kwd_attrs), len(pattern.patterns), parts
    if isinstance(pattern, ast.MatchMapping):
        keys = [key.value if isinstance(key, ast.Constant) else ... for key in pattern.keys]
        return "mapping", tuple(zip(keys, map(_reads_of, pattern.patterns), strict=True)), bool(pattern.rest)
    if isinstance(pattern, ast.MatchSequence):
        return "sequence", tuple(
            "*" if isinstance(part, ast.MatchStar) else _reads_of(part) for part in pattern.patterns
        )
    return ("value",)


__all__ = ["COMPREHENSIONS", "Transformer"]
