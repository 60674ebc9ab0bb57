"""Random programs over the whole language, each made from a number: the same number gives the same program on every
Python.

A program may well raise; it never runs for long: loops are bounded and functions call only those that were made before
them.
"""

from __future__ import annotations

import random
from collections.abc import Callable

NAMES = ("a", "b", "c")
GLOBALS = ("g", "h")


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.functions: list[str] = []
        self.loops = 0
        self.shared: tuple[str, ...] = ()
        self.in_loop = self.in_generator = False

    def pick(self, *choices: Callable[[], str]) -> str:
        return self.random.choice(choices)()

    def some(self, make: Callable[[], str], least: int = 1, most: int = 3) -> list[str]:
        return [make() for _ in range(self.random.randint(least, most))]

    # -- expressions

    def name(self) -> str:
        return self.random.choice((*NAMES, *NAMES, *GLOBALS, *self.shared))

    def atom(self) -> str:
        number = str(self.random.randint(0, 3))
        return self.pick(
            self.name,
            self.name,
            lambda: number,
            lambda: "'k'",
            lambda: "o.x",
            lambda: "l[0]",
            lambda: "d['k']",
            lambda: "None",
        )

    def expression(self, depth: int = 2) -> str:
        if depth <= 0:
            return self.atom()
        e = lambda: self.expression(depth - 1)  # noqa: E731
        operator = self.random.choice(
            ["+", "-", "*", "//", "%", "==", "!=", "<", ">", "in", "not_in", "is", "and", "or", "&", "|", "^"]
        ).replace("_", " ")
        variable = self.random.choice(("u", "v"))
        return self.pick(
            self.atom,
            lambda: f"({e()} {operator} {e()})",
            lambda: f"({e()} < {e()} <= {e()})",
            lambda: f"(not {e()})",
            lambda: f"(-{e()})",
            lambda: f"o.{self.random.choice('xyz')}",
            lambda: f"({e()}).{self.random.choice(('x', 'real', 'm'))}",
            lambda: f"l[{e()}]",
            lambda: f"d[{e()}]",
            lambda: f"({e()})[{e()}]",
            lambda: f"l[{e()}:{e()}]",
            lambda: f"({e()} if {e()} else {e()})",
            lambda: f"[{', '.join(self.some(e))}]",
            lambda: f"[*{e()}, {e()}]",
            lambda: f"{{'k': {e()}, {e()}: {e()}}}",
            lambda: f"({e()}, {e()})",
            lambda: f"[{variable} for {variable} in {e()} if {e()}]",
            lambda: f"{{{variable}: {e()} for {variable} in ({e()}, {e()})}}",
            lambda: f"list({variable} for {variable} in {e()})",
            lambda: f"[({variable}, w) for {variable} in l for w in {e()}]",
            lambda: f"(lambda {variable}={e()}: {e()})()",
            lambda: f"kw({', '.join(self.some(e, 0))})",
            lambda: f"kw({e()}, k={e()})",
            lambda: f"kw(*{e()})",
            lambda: f"kw(**{e()})",
            lambda: f"noisy(log, {e()}, {e()})",
            lambda: f"len({e()})",
            lambda: f"o.m({e()})",
            lambda: f"l.{self.random.choice(('append', 'index', 'count', 'extend', 'insert'))}({e()})",
            lambda: f"d.{self.random.choice(('get', 'pop', 'setdefault', 'update'))}({', '.join(self.some(e, 1, 2))})",
            lambda: f"sorted({e()}, key=lambda {variable}: {e()})",
            lambda: f"f'{{{self.name()}}} {{o.x!r}} {{{self.name()} + {self.name()}}}'",
            lambda: f"{self.random.choice(self.functions)}({e()})" if self.functions else e(),
            lambda: f"max({e()}, {e()})",
            lambda: f"sum({variable} for {variable} in {e()})",
            lambda: f"next(iter({e()}))",
        )

    # -- statements

    def target(self) -> str:
        return self.pick(
            self.name,
            self.name,
            lambda: f"o.{self.random.choice('xyz')}",
            lambda: f"l[{self.atom()}]",
            lambda: f"d[{self.atom()}]",
            lambda: f"l[{self.atom()}:{self.atom()}]",
        )

    def targets(self) -> str:
        return self.pick(
            self.target,
            self.target,
            lambda: f"{self.target()}, {self.target()}",
            lambda: f"{self.target()}, *{self.name()}",
        )

    def block(self, indent: str, depth: int) -> list[str]:
        lines = [line for _ in range(self.random.randint(1, 3)) for line in self.statement(indent + "    ", depth - 1)]
        return lines or [indent + "    pass"]

    def statement(self, indent: str, depth: int) -> list[str]:
        e = self.expression
        operator = self.random.choice(["+=", "-=", "*=", "//=", "|=", "&="])
        simple: list[Callable[[], str]] = [
            lambda: f"{self.targets()} = {e()}",
            lambda: f"{self.target()} = {self.target()} = {e()}",
            lambda: f"{self.target()} {operator} {e()}",
            lambda: f"{self.target()} {operator} {e()}",
            lambda: f"o.x {operator} {e()}",
            lambda: e(),
            lambda: f"log({e()})",
            lambda: f"log(({self.random.choice(NAMES)} := {e()}))",
            lambda: f"del {self.random.choice(('o.x', 'l[0]', 'd[' + repr('k') + ']', 'a', 'g', *self.shared))}",
            lambda: f"assert {e()}, {e()}",
        ]
        if self.in_loop:
            simple.append(lambda: self.random.choice(("break", "continue")))
        if self.in_generator:
            simple += [lambda: f"{self.name()} = yield {e()}", lambda: f"yield from {e()}"]
        if depth <= 0 or self.random.random() < 0.5:
            return [indent + self.pick(*simple)]
        return self.random.choice(
            (
                self.condition,
                self.loop,
                self.bounded_while,
                self.attempt,
                self.manager,
                self.function,
                self.match,
                self.klass,
            )
        )(indent, depth)

    def condition(self, indent: str, depth: int) -> list[str]:
        test, otherwise = (
            self.expression(),
            [f"{indent}else:", *self.block(indent, depth)] if self.random.random() < 0.5 else [],
        )
        return [f"{indent}if {test}:", *self.block(indent, depth), *otherwise]

    def looping(self, indent: str, depth: int) -> list[str]:
        before, self.in_loop = self.in_loop, True
        body = self.block(indent, depth)
        self.in_loop = before
        return body

    def loop(self, indent: str, depth: int) -> list[str]:
        source = self.pick(
            lambda: "list(l)[:3]",
            lambda: f"list({self.expression(1)})[:3]",
            lambda: "range(2)",
            lambda: "dict(d).items()",
        )
        return [f"{indent}for {self.targets()} in {source}:", *self.looping(indent, depth)]

    def bounded_while(self, indent: str, depth: int) -> list[str]:
        self.loops += 1
        count = f"i{self.loops}"
        body = self.looping(indent, depth)
        return [
            f"{indent}{count} = 0",
            f"{indent}while {count} < 3 and {self.expression(1)}:",
            f"{indent}    {count} += 1",
            *body,
        ]

    def attempt(self, indent: str, depth: int) -> list[str]:
        kind = self.random.choice(("Exception", "(KeyError, TypeError)", "AttributeError", "IndexError"))
        name = self.random.choice(("", " as error", " as a", " as g"))
        before, self.in_loop = self.in_loop, False
        end = [f"{indent}finally:", *self.block(indent, depth)] if self.random.random() < 0.3 else []
        self.in_loop = before
        return [
            f"{indent}try:",
            *self.block(indent, depth),
            f"{indent}except {kind}{name}:",
            *self.block(indent, depth),
            *end,
        ]

    def manager(self, indent: str, depth: int) -> list[str]:
        return [f"{indent}with Matrix(log) as {self.target()}:", *self.block(indent, depth)]

    def match(self, indent: str, depth: int) -> list[str]:
        inner = indent + "    "
        patterns = ["[a, *b]", "{'k': c}", "Box(x=a)", "1 | 2", "(b, c)", "str()", "[[a], {'k': [b, *_]}]"]
        lines = [f"{indent}match {self.expression()}:"]
        for pattern in self.random.sample(patterns, 3):
            guard = f" if {self.expression(1)}" if self.random.random() < 0.3 else ""
            lines += [f"{inner}case {pattern}{guard}:", *self.block(inner, depth)]
        return lines

    def klass(self, indent: str, depth: int) -> list[str]:
        return [
            f"{indent}class C(Box):",
            f"{indent}    x = {self.expression(1)}",
            f"{indent}    def m(self, v):",
            f"{indent}        self.__y = v",
            f"{indent}        self.__y += self.x",
            f"{indent}        return super().__repr__(), self.__y",
            f"{indent}o = C(x={self.expression(1)})",
        ]

    def function(self, indent: str, depth: int) -> list[str]:
        """A nested function that may share variables with what is around it, and a call of it."""
        outer = self.shared, self.in_loop, self.in_generator
        self.in_loop, self.in_generator = False, self.random.random() < 0.3
        shares = self.random.choice((["    nonlocal a, b, c"], ["    nonlocal b"], []))
        head = f"{indent}def inner(a0=1, *args, **names):" if shares else f"{indent}def inner(c=1, *args, **names):"
        body = self.block(indent, depth)
        generates = self.in_generator
        self.shared, self.in_loop, self.in_generator = outer
        call = f"kw(*inner({self.expression(1)}))" if generates else f"inner({self.expression(1)})"
        end = [f"{indent}    yield b"] if generates else [f"{indent}    return {self.expression(1)}"]
        first = [indent + line for line in shares]
        return [head, *first, *body, *end, f"{indent}log({call})"]

    def program(self) -> str:
        lines = [
            "from tests.instrument.things import Box, Matrix, kw, noisy, told",
            "g = 1",
            "h = [1, 2]",
            "class K(Box):",
            "    total = 0",
            "    def m(self, value=1):",
            "        self.total += 1",
            "        K.total += 1",
            "        return [self.total, value]",
        ]
        for number in range(self.random.randint(0, 2)):
            lines += self.definition(f"f{number}", "p=1")
            self.functions.append(f"f{number}")
        lines += self.definition("run", "log")
        return "\n".join(lines) + "\n"

    def guarded(self) -> list[str]:
        """A statement whose exception is logged, traceback and all, and the program goes on."""
        return [
            "    try:",
            *self.statement("        ", 3),
            "    except Exception as error_:",
            "        log(told(error_))",
        ]

    def definition(self, name: str, parameters: str) -> list[str]:
        body = [line for _ in range(self.random.randint(3, 8)) for line in self.guarded()]
        start = [
            f"def {name}({parameters}):",
            "    global g, h",
            "    a, b, c, l, d = 1, [2], 'c', [1, 2], {'k': [1]}",
            "    o = K(x=1, y=[1])",
        ]
        if name != "run":
            start.insert(2, "    log = str")
        return [*start, *body, "    return a, b, c, l, d, g, h, o"]


def program(seed: int) -> str:
    """The program of this number."""
    return Generator(seed).program()
