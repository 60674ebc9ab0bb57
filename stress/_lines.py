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

_WITH_SOURCE: Final = re.compile(r"(?P<head>.*\S+:[0-9]+)  (?P<source>\S.*)")


def fitted(text: str) -> str:
    """The text so, line by line: of a place in the source what stands there is cut, anything else goes on in the next
    line. What has been fitted stays as it is."""
    lines = map(printable, text.split("\n"))
    return "\n".join(each for line in lines for each in ([line] if columns(line) <= WIDTH else _folded(line)))


def _folded(line: str) -> Iterator[str]:
    margin = " " * (len(line) - len(line.lstrip()))
    place = _WITH_SOURCE.fullmatch(line)
    *lines, last = wrapped(line if place is None else place["head"], margin, f"{margin}  ")
    yield from lines
    yield last if place is None else cut(place["source"], before=f"{last}  ").rstrip()


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
        while text and columns(text) > room - 3:
            text = text[:-1]
        text = f"{text}..." if text else ""
    return f"{before}{text}{after}"


def columns(text: str) -> int:
    """How many columns a terminal shows it in."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)
