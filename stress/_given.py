"""What a test runner's command line says of all explorations of tests; empty elsewhere."""

from __future__ import annotations

from typing import Any, Final

settings: Final[dict[str, Any]] = {}  # arguments of explore, which win over the decorator's
replay: Final[list[Any]] = []  # at most one: the schedule that the one test is replayed under
