"""`match`: a case is announced, all that it reads in one step, before it is tried."""

from __future__ import annotations

import ast
from typing import Any

from stress.events import READ, WRITE
from stress.instrument import marks
from stress.instrument.syntax.functions import Functions
from stress.instrument.syntax.places import at


class Patterns(Functions):
    def visit_Match(self, node: ast.Match) -> Any:
        node.subject = self.visit(node.subject)
        cases: list[ast.match_case] = []
        for case in node.cases:
            guards = self._announced_case(case.pattern)
            if guards:
                # A case that never matches: it is reached when this case is tried, and its guard is the announcement.
                guard = guards[0] if len(guards) == 1 else at(ast.BoolOp(ast.Or(), guards), case.pattern)
                nothing = at(ast.Pass(), case.pattern)
                cases.append(ast.match_case(pattern=at(ast.MatchAs(), case.pattern), guard=guard, body=[nothing]))
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
        reads = reads_of(pattern)
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
            value = at(ast.Name(f".{name}", ast.Load()), place)
            store = self._announce_name(name, WRITE, place, value=value)
            walrus = at(ast.NamedExpr(at(ast.Name(name, ast.Store()), place), store), place)
            stored = at(ast.Compare(walrus, [ast.Is()], [value]), place)
            case.guard = stored if case.guard is None else at(ast.BoolOp(ast.And(), [stored, case.guard]), place)
        case.body = self._statements(case.body)
        if renamed:
            place = case.pattern
            names: list[ast.expr] = [at(ast.Name(f".{name}", ast.Del()), place) for name, _ in renamed]
            case.body.insert(0, at(ast.Delete(targets=names), place))
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


def reads_of(pattern: Any) -> tuple[Any, ...]:
    """What trying a pattern reads of its subject, as nested tuples; () if nothing."""
    if isinstance(pattern, ast.MatchAs):
        return reads_of(pattern.pattern) if pattern.pattern is not None else ()
    if isinstance(pattern, ast.MatchOr):
        parts = tuple(part for part in map(reads_of, pattern.patterns) if part)
        return ("or", parts) if parts else ()
    if isinstance(pattern, ast.MatchClass):
        parts = tuple(map(reads_of, [*pattern.patterns, *pattern.kwd_patterns]))
        return "class", tuple(pattern.kwd_attrs), len(pattern.patterns), parts
    if isinstance(pattern, ast.MatchMapping):
        keys = [key.value if isinstance(key, ast.Constant) else ... for key in pattern.keys]
        return "mapping", tuple(zip(keys, map(reads_of, pattern.patterns), strict=True)), bool(pattern.rest)
    if isinstance(pattern, ast.MatchSequence):
        return "sequence", tuple(
            "*" if isinstance(part, ast.MatchStar) else reads_of(part) for part in pattern.patterns
        )
    return ("value",)
