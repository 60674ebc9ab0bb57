"""Schedule: the decisions of one execution, as data and as a line of text that means the same on every Python.

Only what isn't so by default is in it. By default the current thread goes on; when it waits or has ended, the thread of
the lowest number that can go on does; when for 1,000 operations nothing was changed, every 100 operations the next one
that can, in order of their numbers. Threads are numbered in order of creation, 0 is the scenario's own; operations
are counted for each thread by itself, and only those of the user's code, outside of assert statements: pytest makes
others of them. Lines, names and addresses are not in it.

    v1:1.4w-2,2e-0

says: thread 1 goes on until it is about to do its operation 4, which is a write; then 2 does, until it is about to end;
then 0. The text, version 1:

    text      v1 [":" switch ("," switch)*] ["+h" (seed | "x" fingerprint)]
    switch    thread position "-" thread ["t"]    t: that thread goes on because its time-out came early
    position  "." OPERATION mode                  about to do this operation, which reads, writes, deletes or updates
              "." OPERATION "+" [ENTRY "."] [TAKEN "l"] N
                                                  about to do operation N of the standard library, or of an assert, in
                                                  the first, or in the ENTRY-th, of these after that operation of the
                                                  user's; with TAKEN counted anew since a lock (or the like) was taken
                                                  or given back there for the TAKEN-th time, as it is on each Python
              "." OPERATION "b" [N]               waits, for the first or the N-th time since it came to that operation
              "e"                                 about to end
              "x"                                 has ended
    +h        a set was walked whose order hangs on the hash seed: PYTHONHASHSEED, or if it was drawn, a fingerprint

A later release reads this format, or refuses it by name.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, TypeVar

from stress.events import DELETE, READ, UPDATE, WRITE

VERSION: Final = "v1"
LONGEST: Final = 1_000_000  # characters of a text that is read
MOST: Final = 10**12  # no number in a text is larger

_MODES: Final = {"r": READ, "w": WRITE, "d": DELETE, "u": UPDATE}
_LETTERS: Final = {mode: letter for letter, mode in _MODES.items()}
_NUMBER: Final = "(?:0|[1-9][0-9]{0,11})"
_SWITCH: Final = re.compile(
    rf"(?P<thread>{_NUMBER})"
    rf"(?:\.(?P<operation>{_NUMBER})"
    rf"(?:(?P<mode>[rwdu])|\+(?:(?P<entry>{_NUMBER})\.)?(?:(?P<taken>{_NUMBER})l)?(?P<inner>{_NUMBER})|b(?P<waits>{_NUMBER})?)"
    rf"|(?P<end>[ex]))"
    rf"-(?P<following>{_NUMBER})(?P<early>t)?",
    re.ASCII,
)
_SEED: Final = re.compile(r"\+h(?P<seed>[0-9]{1,10}|x[0-9a-f]{8})", re.ASCII)

ABOUT, WAITS, ENDING, ENDED = "about", "waits", "ending", "ended"


class Position(NamedTuple):
    """Where a thread is, counted in its own operations.

    state: ABOUT to do an operation, WAITS for one, ENDING (about to end), or ENDED. operation: how many operations of
    the user's code it came to, from 1; 0: none yet. mode: what that operation does, if it is about to do it; else "".
    entry, inner: which call of the standard library since then, and which operation in it, both from 1; 0 outside.
    taken: how many times that call had taken or given back a lock when `inner` was counted from; 0: it counts all.
    waits: how many times it has waited since then.
    """

    state: str
    operation: int = 0
    mode: str = ""
    entry: int = 0
    taken: int = 0
    inner: int = 0
    waits: int = 0

    def __str__(self) -> str:
        """As in a text."""
        if self.state == ENDING:
            return "e"
        if self.state == ENDED:
            return "x"
        if self.state == WAITS:
            return f".{self.operation}b{self.waits if self.waits != 1 else ''}"
        if self.mode:
            return f".{self.operation}{_LETTERS[self.mode]}"
        entry, taken = (f"{self.entry}." if self.entry != 1 else ""), (f"{self.taken}l" if self.taken else "")
        return f".{self.operation}+{entry}{taken}{self.inner}"

    @property
    def told(self) -> str:
        """In words, after the name of the thread."""
        if self.state == ENDING:
            return "about to end"
        if self.state == ENDED:
            return "at its end"
        if self.state == WAITS:
            return f"waiting at its operation {self.operation:,}"
        if self.mode:
            return f"about to do its operation {self.operation:,}, {'an' if self.mode == UPDATE else 'a'} {self.mode}"
        there = f"since use {self.taken:,} of a lock there, " if self.taken else ""
        where = f"of the standard library {there}after its operation {self.operation:,}"
        return f"about to do operation {self.inner:,} {where}"


class Switch(NamedTuple):
    """One choice that isn't the one by default: `thread` was running, and came to its position; then `following` went
    on, because its time-out came early if `early` is set."""

    thread: int
    position: Position
    following: int
    early: bool = False

    def __str__(self) -> str:
        return f"{self.thread}{self.position}-{self.following}{'t' if self.early else ''}"


@dataclass(frozen=True, repr=False)
class Schedule:
    """The decisions of one execution. str() is its text; equal and hashable.

    switches: the choices that aren't those by default, in order. hash_seed: under which a set was walked whose order
    hangs on it; "" if none was.
    """

    switches: tuple[Switch, ...] = ()
    hash_seed: str = ""

    def __str__(self) -> str:
        switches = ",".join(map(str, self.switches))
        return f"{VERSION}{':' if switches else ''}{switches}{f'+h{self.hash_seed}' if self.hash_seed else ''}"

    def __repr__(self) -> str:
        return f"Schedule.parse({str(self)!r})"

    def another_seed(self) -> list[str]:
        """A sentence, if a set was walked, and this process walks sets in another order; else none."""
        if self.hash_seed in ("", hash_seed()):
            return []
        drawn = self.hash_seed.startswith("x")
        where = "in a process that drew its own" if drawn else f"under PYTHONHASHSEED={self.hash_seed}"
        return [f"the order of a set hangs on the hash seed, and the schedule was found {where}"]

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """The schedule of a text, from whomever it is. Raises TypeError if it isn't a str, ValueError that says what is
        wrong with it and where."""
        if not isinstance(text, str):
            raise TypeError(f"a schedule is a str, got {text!r} ({type(text).__name__})")
        text = text.strip()
        if len(text) > LONGEST:
            raise ValueError(f"not a schedule: {len(text):,} characters, and none has more than {LONGEST:,}")
        version = re.match("v[0-9]{1,9}(?![0-9])", text, re.ASCII)
        if version is None:
            raise _wrong(text, 0, f"the version of its format, {VERSION}")
        if version[0] != VERSION:
            raise ValueError(f"a schedule of format {version[0]}: this release reads {VERSION}")
        at = version.end()
        switches = []
        separator = ":"
        while text.startswith(separator, at):
            found = _SWITCH.match(text, at + 1)
            if found is None:
                raise _wrong(text, at + 1, "a switch such as 1.4w-2")
            switches.append(_switch(found))
            at = found.end()
            separator = ","
        seed = _SEED.match(text, at)
        if seed is not None:
            at = seed.end()
        if at != len(text):
            raise _wrong(text, at, "a comma, +h and a hash seed, or the end" if switches else ": or the end")
        return cls(tuple(switches), seed["seed"] if seed is not None else "")


class Numbered(Protocol):
    """A thread that can go on."""

    @property
    def number(self) -> int: ...
    @property
    def tired(self) -> bool: ...


T = TypeVar("T", bound=Numbered)


def by_default(can: Sequence[T], current: T) -> T:
    """Who goes on where a schedule says nothing. can: the threads that can, never empty, in order of creation."""
    if current not in can:
        return can[0]
    if not current.tired:
        return current
    return next((thread for thread in can if thread.number > current.number), can[0])


def _switch(found: re.Match[str]) -> Switch:
    number = {name: int(value) for name, value in found.groupdict().items() if value and value.isdecimal()}
    operation = number.get("operation", 0)
    if found["end"]:
        position = Position(ENDING if found["end"] == "e" else ENDED)
    elif found["mode"]:
        position = Position(ABOUT, operation, _MODES[found["mode"]])
    elif found["inner"]:
        position = Position(ABOUT, operation, "", number.get("entry", 1), number.get("taken", 0), number["inner"])
    else:
        position = Position(WAITS, operation, waits=number.get("waits", 1))
    return Switch(number["thread"], position, number["following"], bool(found["early"]))


def _wrong(text: str, at: int, expected: str) -> ValueError:
    found = repr(text[at : at + 12]) if at < len(text) else "nothing"
    return ValueError(f"not a schedule: at character {at + 1} it takes {expected}, got {found}")


def hash_seed() -> str:
    """What tells under which seed this process hashes text: PYTHONHASHSEED; where it was drawn nobody knows it, and it
    is x and a fingerprint."""
    seed = os.environ.get("PYTHONHASHSEED", "")
    if not sys.flags.ignore_environment and re.fullmatch("[0-9]{1,10}", seed, re.ASCII):
        return str(int(seed))
    return f"x{hash('PYTHONHASHSEED') & 0xFFFFFFFF:08x}"
