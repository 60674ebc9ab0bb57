"""The one vocabulary: what happened, and where it stands in the source. Imported by all rooms, imports none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """Where something stands in the source.

    `file` as its code object names it; `line` from 1, 0 if not known; `column` from 0, in characters; `text`: the
    source line without its indentation, "" if it can't be read.
    """

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
