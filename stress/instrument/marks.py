"""From a compiled tree with marks in it to code that calls hooks: constants replaced, single instructions overwritten
in place.

The compiler takes only plain constants, so the transformed tree holds strings (marks) where hooks, sites and copies are
meant. After compiling, this file replaces them:

- a hook's or a site's mark by the object itself, in `co_consts`: no new names, globals or free variables;
- the load of a *copy* mark by `COPY n`: the hook is handed what lies on the value stack, evaluated once, in its
  original place;
- the load of a *cell* mark by the load of the closure cell itself;
- a store to a stand-in attribute by the store to the global or closure variable that was meant (a name can't have a
  hook before it), or to nothing: then what is stored is dropped, or kept on the stack for the load of a *kept* mark;
- from 3.14 on, the load of a borrowed reference by the load of a counted one (see `private`);
- a stand-in `~` by the `SWAP` that an augmented assignment ends with, and its operator by the in-place one.

Each replacement has the length and the effect on the stack of what it replaces, so jumps, line and exception tables
stay as they are. Nothing is left in a frame that the original code doesn't have: no temporary names, no longer lives. A
pattern that isn't found as expected raises `Unfit`, and the code is left alone. Knows nothing of what hooks do.
"""

from __future__ import annotations

import opcode
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from stress._compat import BORROWING_OPCODES, CELL_OPCODE

PREFIX = "\0stress\0"
HOOK = PREFIX + "h"  # then the hook's name
SITE = PREFIX + "s"  # then the number of a site
COPY = PREFIX + "c"  # then a depth on the stack, 1 for the top
CELL = PREFIX + "l"  # then the name of a closure variable
STORE_GLOBAL = PREFIX + "g"  # a site, followed by a store to a stand-in attribute
STORE_CELL = PREFIX + "d"  # likewise
DROP = PREFIX + "n"  # likewise, and nothing is stored
KEEP = PREFIX + "k"  # likewise, and it stays on the stack, until
KEPT = PREFIX + "v"  # is loaded: the next instruction
IN_PLACE = PREFIX + "a"  # then how many stand-ins (0, 1, 2) follow; the number of the site stands after a colon

_CODE = {
    name: opcode.opmap.get(name, -1)
    for name in [
        "BINARY_OP",
        "CACHE",
        "CALL",
        "COPY",
        "EXTENDED_ARG",
        "LOAD_CONST",
        "NOP",
        "POP_TOP",
        "PRECALL",
        "STORE_ATTR",
        "STORE_DEREF",
        "STORE_GLOBAL",
        "SWAP",
        "UNARY_INVERT",
    ]
}
_LOAD_CELL = opcode.opmap[CELL_OPCODE]
_FIRST_IN_PLACE = 13  # the operators' numbers begin with the plain ones; each in-place one is 13 further


class Unfit(Exception):
    """This code can't be given hooks: the compiler arranged it in a way that isn't known here."""


def is_mark(constant: object) -> bool:
    return type(constant) is str and constant.startswith(PREFIX)


def replace_marks(code: CodeType, hooks: Mapping[str, Callable[..., Any]], sites: list[Any]) -> CodeType:
    """The code, and all code nested in it, with every mark replaced."""
    constants: list[Any] = []
    marks: dict[int, str] = {}
    for index, constant in enumerate(code.co_consts):
        if isinstance(constant, CodeType):
            constant = replace_marks(constant, hooks, sites)
        elif is_mark(constant):
            mark, rest = constant[: len(HOOK)], constant[len(HOOK) :]
            marks[index] = constant
            if mark == HOOK:
                constant = hooks[rest]
            elif mark in (SITE, STORE_GLOBAL, STORE_CELL, DROP, KEEP, IN_PLACE):
                constant = sites[int(rest.rpartition(":")[2])]
            else:
                constant = None
        constants.append(constant)
    bytecode = _unborrowed(_Overwriter(code, marks).run()) if marks else code.co_code
    return code.replace(co_code=bytecode, co_consts=tuple(constants))


_BORROWING = {opcode.opmap[name]: opcode.opmap[counted] for name, counted in BORROWING_OPCODES.items()}


def _unborrowed(bytecode: bytes) -> bytes:
    """The same code, in which each reference on the value stack is counted: so who counts those to an operand knows
    which are this function's own. The compiler borrows where it can, and so differs from version to version."""
    if not _BORROWING:
        return bytecode
    raw = bytearray(bytecode)
    for offset in range(0, len(raw), 2):  # a cache's are 0
        raw[offset] = _BORROWING.get(raw[offset], raw[offset])
    return bytes(raw)


class _Overwriter:
    def __init__(self, code: CodeType, marks: Mapping[int, str]) -> None:
        self.code = code
        self.marks = marks
        self.bytes = bytearray(code.co_code)

    def run(self) -> bytes:
        """One pass over the instructions; `start` is where the current one begins, its EXTENDED_ARGs included."""
        raw = self.bytes
        argument = 0
        start = previous = 0
        load = _CODE["LOAD_CONST"]
        extended = _CODE["EXTENDED_ARG"]
        for offset in range(0, len(raw), 2):
            op = raw[offset]
            argument = argument << 8 | raw[offset + 1]
            if op == extended:
                continue
            if op == load and argument in self.marks:
                self._load_of(self.marks[argument], start, offset, previous)
            if op != _CODE["CACHE"]:
                previous = offset
            argument = 0
            start = offset + 2
        return bytes(raw)

    def _load_of(self, constant: str, start: int, offset: int, previous: int) -> None:
        mark, rest = constant[: len(HOOK)], constant[len(HOOK) :]
        if mark == COPY:
            self._put(start, offset, _CODE["COPY"], int(rest))
        elif mark == CELL:
            self._put(start, offset, _LOAD_CELL, self._slot(rest))
        elif mark == STORE_GLOBAL:
            self._store(self._after_call(offset), _CODE["STORE_GLOBAL"], None)
        elif mark == STORE_CELL:
            self._store(self._after_call(offset), _CODE["STORE_DEREF"], rest.partition(":")[0])
        elif mark == DROP:
            self._store(self._after_call(offset), _CODE["POP_TOP"], None)
        elif mark == KEEP:
            self._store(self._after_call(offset), _CODE["NOP"], None)
        elif mark == KEPT:
            self._put(start, offset, _CODE["NOP"], 0)
        elif mark == IN_PLACE:
            self._in_place(previous, offset, int(rest.partition(":")[0]))

    def _put(self, start: int, end: int, op: int, argument: int) -> None:
        """Overwrite the instruction from start to end (its EXTENDED_ARGs become NOPs where they aren't needed)."""
        if argument > 255:
            raise Unfit("more than 255 variables")
        for offset in range(start, end, 2):
            self.bytes[offset] = _CODE["NOP"]
            self.bytes[offset + 1] = 0
        self.bytes[end] = op
        self.bytes[end + 1] = argument

    def _slot(self, name: str) -> int:
        """The position of a cell among the frame's variables."""
        code = self.code
        names = list(code.co_varnames)
        names += [cell for cell in code.co_cellvars if cell not in names]
        if name in code.co_freevars:  # looked for first: an inlined comprehension's own variable may have the same name
            return len(names) + code.co_freevars.index(name)
        if name in code.co_cellvars:
            return names.index(name)
        raise Unfit(f"{name} has no cell")

    def _next(self, offset: int) -> int:
        """The start of the instruction after the one at offset."""
        offset += 2
        while offset < len(self.bytes) and self.bytes[offset] == _CODE["CACHE"]:
            offset += 2
        return offset

    def _after_call(self, offset: int) -> int:
        """The start of the instruction after the call whose last argument is loaded at offset."""
        offset = self._next(offset)
        if self.bytes[offset] == _CODE["PRECALL"]:
            offset = self._next(offset)
        if self.bytes[offset] != _CODE["CALL"]:
            raise Unfit("a hook's call isn't where it should be")
        return self._next(offset)

    def _store(self, start: int, op: int, cell: str | None) -> None:
        """Overwrite STORE_ATTR and its caches by POP_TOP (the hook's result) and the store that is meant, if any."""
        offset, argument = start, 0
        while self.bytes[offset] == _CODE["EXTENDED_ARG"]:
            argument = argument << 8 | self.bytes[offset + 1]
            offset += 2
        if self.bytes[offset] != _CODE["STORE_ATTR"]:
            raise Unfit("a stand-in store isn't where it should be")
        argument = argument << 8 | self.bytes[offset + 1]
        if cell is not None:
            argument = self._slot(cell)
        elif op != _CODE["STORE_GLOBAL"]:
            argument = 0
        end = self._next(offset)
        out = bytearray([_CODE["POP_TOP"], 0])
        if argument > 255:
            if argument > 0xFFFF:
                raise Unfit("too many names")
            out += bytes([_CODE["EXTENDED_ARG"], argument >> 8])
        out += bytes([op, argument & 255])
        if len(out) > end - start:
            raise Unfit("no room for a store")
        while len(out) < end - start:
            out += bytes([_CODE["NOP"], 0])
        self.bytes[start:end] = out

    def _in_place(self, previous: int, offset: int, stand_ins: int) -> None:
        if self.bytes[previous] != _CODE["BINARY_OP"] or self.bytes[previous + 1] >= _FIRST_IN_PLACE:
            raise Unfit("an operator isn't where it should be")
        self.bytes[previous + 1] += _FIRST_IN_PLACE
        place = self._after_call(offset)
        for depth in range(stand_ins + 1, 1, -1):
            if self.bytes[place] != _CODE["UNARY_INVERT"]:
                raise Unfit("the end of an augmented assignment isn't where it should be")
            self.bytes[place] = _CODE["SWAP"]
            self.bytes[place + 1] = depth
            place = self._next(place)
