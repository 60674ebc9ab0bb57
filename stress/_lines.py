"""Lines that a terminal shows in 80 columns, with nothing in them that it would take for a command.

What is long is cut or goes on in the next line; a word without spaces, such as a file and its line, is never broken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from stress.events import printable

WIDTH: Final = 80


def fitted(text: str) -> str:
    """The text so, line by line: what is longer goes on in the next line, what stands at a place of the source below
    that place. What has been fitted stays as it is."""
    lines = map(printable, text.split("\n"))
    return "\n".join(each for line in lines for each in ([line] if columns(line) <= WIDTH else _folded(line)))


def _folded(line: str) -> Iterator[str]:
    margin = " " * (len(line) - len(line.lstrip()))
    place, _, source = line.strip().partition("  ")
    shows_source = re.search(r":[0-9]+\Z", place) is not None
    yield from wrapped(place if shows_source else line, margin, f"{margin}  ")
    if shows_source and source:
        yield from wrapped(source, f"{margin}  ", f"{margin}  ")


def wrapped(text: str, margin: str = "", further: str = "") -> Iterator[str]:
    """Its words in lines: the first one begins with a margin, others with theirs."""
    line = ""
    for word in text.split():
        if line and columns(f"{margin}{line} {word}") > WIDTH:
            yield f"{margin}{line}"
            line, margin = "", further
        line = f"{line} {word}" if line else word
    yield f"{margin}{line}"


def cut(text: str, width: int = WIDTH, *, before: str = "", after: str = "") -> str:
    """The three as one line of so many columns; if it would be longer, the text is cut, as far as that goes."""
    text, after = printable(text), printable(after)
    room = max(width - columns(before) - columns(after), 0)
    if columns(text) > room:
        text = text[: 4 * width]  # it may be very long
        while text and columns(text) > room - 3:
            text = text[:-1]
        text = f"{text}..." if text else ""
    return f"{before}{text}{after}"


def columns(text: str) -> int:
    """How many columns a terminal shows it in."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)
