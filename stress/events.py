"""Sites, locations and accesses: the vocabulary in which a running scenario is described.

A *site* is a place in the source; an *access* is one read or write of one location inside one object; an *operation* is
one visible step of a thread, made of one or more accesses that happen together; an *event* is an operation that was
performed. Everything here is plain data: nothing in this file knows how operations are seen, who is told of them or who
decides what runs next. Imports nothing of stress.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

# --- what an access does to its location ------------------------------------------------------------------------------

READ = "read"
WRITE = "write"
DELETE = "delete"
UPDATE = "update"  # reads and writes in one step, as `list.pop` or `dict.setdefault` do

MODES = (READ, WRITE, DELETE, UPDATE)


def writes(mode: str) -> bool:
    """Whether an access of this mode can change what another thread sees."""
    return mode is not READ and mode != READ


# --- where inside an object -------------------------------------------------------------------------------------------
#
# A location is a pair (space, key), cheap to build at every operation and hashable where its key is. Globals are the
# items of their module's dict, so `module.x = 1`, `globals()["x"] = 1` and `global x; x = 1` meet at one location.

Location = tuple[str, Any]


class _Any:
    """The key of an item that can't be told beforehand: a negative index, a key with an equality of its own."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ANY"


ANY = _Any()


class Identity:
    """A key that equals nothing but itself, told by identity without calling any method of it. Holds the key: name it
    and let go."""

    __slots__ = ("key",)

    def __init__(self, key: object) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return type(other) is Identity and other.key is self.key

    def __hash__(self) -> int:
        return id(self.key) >> 4

    def __repr__(self) -> str:
        return f"<{type(self.key).__name__}>"


def attribute(name: str) -> Location:
    """One attribute, of an instance, a class, or anything that isn't a module."""
    return ("attribute", name)


def item(key: object) -> Location:
    """One item of a container: the value under a key or an index, or membership of a set."""
    return ("item", key)


def shape_by(key: object) -> Location:
    """How many and which keys there are, as changed by putting in or taking out this one key. Two keys commute."""
    return ("shape", key)


SHAPE: Location = ("shape", ANY)  # how many items, which keys: what len, truth and iteration over keys see
ITEMS: Location = ("items", None)  # all items and the shape: what iteration, copying, comparison and sorting see
VALUE: Location = ("value", None)  # the content of a closure cell
STATE: Location = ("state", None)  # the inner state of a C object: an iterator, a file, a random generator
WORLD: Final = "the world"  # what is outside of the process: one object, nobody knows what it is connected with
REPLACED: Final = "what is replaced"  # a special method, a function's code, ...: what is asked for it is no operation
NAMELESS: Final = "a lock"  # what a lock is called of which the source doesn't say which
WHOLE: Location = ("whole", None)  # everything in the object, attributes included: a C call of which no more is known


class Access(tuple[str, Any, "Location"]):
    """One read or write of one location of one object. (No NamedTuple: an exception in the making of one seems to come
    from a file `<string>`, and where a thread is near the limit of recursion there are some.)"""

    __slots__ = ()

    def __new__(cls, mode: str, object: Any, location: Location) -> Access:
        return tuple.__new__(cls, (mode, object, location))

    @property
    def mode(self) -> str:
        return self[0]

    @property
    def object(self) -> Any:
        return self[1]

    @property
    def location(self) -> Location:
        return self[2]


Touch = tuple[str, Any, Location]
"""What an Access is, as a plain tuple, which costs less to make; its object may be given by its number."""


def overlap(one: Location, other: Location) -> bool:
    """Whether two locations of the same object have something in common.

    Different keys don't overlap. Putting in a key overlaps with what sees the shape (iteration, `len`, comparison), not
    with putting in another key, although the order in which a dict is walked afterwards tells the two apart: whoever
    wants that order kept adds to this.
    """
    here, there = one[0], other[0]
    if here == "whole" or there == "whole":
        return True
    if here == there:
        if here in ("item", "shape", "attribute"):
            return one[1] is ANY or other[1] is ANY or one[1] == other[1]
        return True
    if here == "items":
        return there in ("item", "shape", "state")
    if there == "items":
        return here in ("item", "shape", "state")
    return False


def of_one_place(accesses: Sequence[Touch]) -> bool:
    """Whether it is one access, or that of a key with what it does to the shape: `d[k] = v`; or looks for an attribute
    in an instance and in its classes."""
    if len(accesses) == 1:
        return True
    if len(accesses) == 2 and accesses[0][2][0] == "item" and accesses[1][2][0] == "shape":
        return True
    return (
        bool(accesses) and accesses[0][2][0] == "attribute" and {each[::2] for each in accesses} == {accesses[0][::2]}
    )


def conflict(one: Access, other: Access) -> bool:
    """Whether the order of two accesses can matter: one object, locations that overlap, one of them writes."""
    return (
        one.object is other.object
        and (writes(one.mode) or writes(other.mode))
        and overlap(one.location, other.location)
    )


def depend(one: Sequence[Touch], other: Sequence[Touch]) -> bool:
    """Whether the order of two operations of different threads can matter: some access of one conflicts with some of
    the other. Objects are given by their numbers, in one execution."""
    for mode, thing, location in one:
        for other_mode, other_thing, other_location in other:
            if (
                thing == other_thing
                and (writes(mode) or writes(other_mode))
                and (location is other_location or overlap(location, other_location))
            ):
                return True
    return False


# --- where in the source ----------------------------------------------------------------------------------------------


class Site:
    """Where something stands in the source.

    `file` as its code object names it, or shorter, from the current folder; `line` from 1, 0 if not known; `column`
    from 0, in characters; `text`: the source line without its indentation, "" if it can't be read. Equal by place.
    """

    __slots__ = ("_text", "column", "file", "line")

    def __init__(self, file: str, line: int, column: int, text: str = "") -> None:
        self.file = file
        self.line = line
        self.column = column
        self._text = text

    @property
    def text(self) -> str:
        """The source line without its indentation."""
        return self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Site):
            return NotImplemented
        return (self.file, self.line, self.column) == (other.file, other.line, other.column)

    def __hash__(self) -> int:
        return hash((self.file, self.line, self.column))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def __repr__(self) -> str:
        return f"Site({self.file!r}, {self.line}, {self.column}, {self.text!r})"


class OperationSite(Site):
    """A place in the source where an operation stands. Made once a place and process, compared by identity.

    `kind` is the word for the operation (attribute, item, global, closure, call, method, enter, iteration, walk, truth,
    binary, case, import, entry), `mode` what it does, `name` the attribute, global, closure variable or method (mangled
    as the compiler mangles it) or the operator. `column` counts UTF-8 bytes, as in `ast`.
    `own`: how many references to the operand (or the receiver) the function that stands here holds itself, if nobody
    else has any; below 0 where that can't be told. `owns`: the same for further operands. `ran`: a mark, for who wants
    to know whether he has seen it. `calm`: a location; to access it here calls nobody back. `assertion`: the number of
    the assert statement that it stands in, counted from 1 in its file; 0 if it stands in none.
    """

    __slots__ = (
        "_lines",
        "announced_later",
        "assertion",
        "calm",
        "detail",
        "end_column",
        "end_line",
        "function",
        "keywords",
        "kind",
        "location",
        "mode",
        "name",
        "own",
        "owns",
        "ran",
    )

    def __init__(
        self,
        kind: str,
        mode: str,
        name: str,
        *,
        file: str = "?",
        function: str = "?",
        line: int = 0,
        column: int = 0,
        end_line: int = 0,
        end_column: int = 0,
        keywords: tuple[str, ...] = (),
        announced_later: bool = False,
        detail: Any = None,
        own: int = -1,
        owns: tuple[int, ...] = (),
        assertion: int = 0,
        lines: list[str] | None = None,
    ) -> None:
        super().__init__(file, line, column)
        self.kind = kind
        self.mode = mode
        self.name = name
        self.function = function
        self.end_line = end_line
        self.end_column = end_column
        self.location: Location = ("item" if kind == "global" else "attribute", name)
        self.calm: Location = self.location
        self.keywords = keywords
        self.announced_later = announced_later
        self.detail = detail
        self.own = own
        self.owns = owns
        self.assertion = assertion
        self.ran: object = None
        self._lines = lines

    @property
    def text(self) -> str:
        """The source of this place, its lines joined by one space; empty where the source isn't at hand."""
        if not self._lines or not 0 < self.line <= len(self._lines):
            return ""
        lines = self._lines[self.line - 1 : self.end_line]
        raw = [line.encode() for line in lines]
        if len(raw) == 1:
            raw[0] = raw[0][self.column : self.end_column]
        else:
            raw[0] = raw[0][self.column :]
            raw[-1] = raw[-1][: self.end_column]
        return " ".join(part.decode(errors="replace").strip() for part in raw)

    @property
    def statement(self) -> str:
        """The whole first line of this place, without its indentation."""
        return self._lines[self.line - 1].strip() if self._lines and 0 < self.line <= len(self._lines) else ""

    @property
    def lines(self) -> list[str]:
        """Those of its file; none where the source isn't at hand."""
        return self._lines or []

    # By identity, as cheap as it comes.
    __eq__ = object.__eq__  # pyright: ignore[reportAssignmentType]
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<{self.kind} {self.mode} {self.name} at {self.file}:{self.line}:{self.column}>"


def line_of(site: Site, head: str = "      ") -> list[str]:
    """A report's line that shows the place with its source; none if it isn't known."""
    return [f"{head}{site}  {site.text}".rstrip()] if site.line else []


def printable(text: str) -> str:
    """The text with what isn't printed as it is (line ends, escape codes) as in a repr."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


# --- what was done ----------------------------------------------------------------------------------------------------

Path = tuple[int, ...]
"""A thread by how it came to be: () is the scenario's own, (0,) the first one that it started, (0, 1) the second one
that this one started. The same in every order of operations, as numbers by creation are not."""


class Watch(weakref.ref[Any]):
    """A weak reference of ours, which tells whether an object still is the one that was named. It doesn't count where
    somebody asks who else can reach the object."""

    __slots__ = ()


class Event:
    """An operation performed.

    thread: the number of its thread, in order of creation. path: the same thread. position: how many operations of the
    execution came before it. accesses: each with the number of its object in `object`, counted in order of first touch.
    needs: the word for the resource without which it could not have been done ("lock", "queue", "thread"), or "".
    delta: what it adds to what is there of the resource in its first access. starts: the threads that it starts.
    timed_out: it is the end of a wait in vain; forced: at a time when no thread could run, and not earlier.
    may_time_out: it is the end of a wait that could have ended in vain at any time.
    tries: it needed the resource of its first access, and didn't wait for it; it was there if `delta` says so.
    In an execution that is recorded, place: where it stands, for the user; held: the locks that the thread holds, each
    the number of its object (-1 if unknown) and the place where it was taken; value: what was read or written, as text,
    "" where that isn't known; own: the accesses without those of the calls into C code that it is a part of; objects:
    for each access the name of its object, which is who came to it first: the number of a thread, and with how
    many-eth operation.
    """

    # An instance has its own only where it is recorded, so that one is made fast.
    objects: tuple[tuple[int, int], ...] = ()
    place: Any = None
    held: tuple[tuple[int, Any], ...] = ()
    value = ""
    own: tuple[Touch, ...] = ()

    def __init__(
        self,
        thread: int,
        path: Path,
        position: int,
        site: OperationSite,
        mode: str,
        accesses: tuple[Touch, ...],
    ) -> None:
        self.thread = thread
        self.path = path
        self.position = position
        self.site = site
        self.mode = mode
        self.accesses = accesses
        # All of them in the instance, since what is only in its class takes several times as long to read.
        self.needs = ""
        self.delta = 0
        self.starts: tuple[Path, ...] = ()
        self.may_time_out = self.timed_out = self.tries = self.forced = False

    def __repr__(self) -> str:
        return f"<event {self.position} of thread {self.thread}: {self.site!r}>"


class Pending(NamedTuple):
    """What a thread was about to do that could not go on when its execution was over: path, resource, accesses and site
    as those of an Event."""

    path: Path
    needs: str
    accesses: tuple[Touch, ...]
    site: OperationSite | None = None
