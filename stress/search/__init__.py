"""Who runs next: one file a strategy, and their names.

`search=`, the command line and their error texts all read them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final

from stress.search.auto import Auto
from stress.search.dpor import Dpor
from stress.search.pct import PCT
from stress.search.pos import POS
from stress.search.protocol import Strategy
from stress.search.random_walk import RandomWalk
from stress.search.surw import SURW

NAMES: Final = ("auto", "native", "random", "pct", "pos", "surw", "dpor")


def check_search(search: object) -> str:
    """`search` itself: a name of the table, or pct:DEPTH with a depth of 1 or more.

    Raises TypeError if it isn't a str, ValueError if it isn't a name.
    """
    if not isinstance(search, str):
        raise TypeError(f"search= takes a str, got {search!r} ({type(search).__name__}): one of {_names()}")
    name, colon, depth = search.partition(":")
    if name not in NAMES or (colon and name != "pct"):
        near = difflib.get_close_matches(name.lower(), NAMES, n=1)
        hint = f". Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"search={search!r} is not a strategy: it takes {_names()}{hint}")
    if colon and not re.fullmatch("[1-9][0-9]*", depth, re.ASCII):
        raise ValueError(f"search={search!r}: pct:DEPTH takes a depth that is a whole number from 1, such as pct:3")
    return search


def strategy(search: str, seed: int) -> Strategy:
    """The strategy of this name, for one exploration. `native` is none."""
    name, _, depth = search.partition(":")
    if depth:
        return PCT(seed, int(depth))
    strategies: dict[str, Callable[[int], Strategy]] = {
        "auto": Auto,
        "random": RandomWalk,
        "pct": PCT,
        "pos": POS,
        "surw": SURW,
        "dpor": Dpor,
    }
    return strategies[name](seed)


def _names() -> str:
    return _listed(list(NAMES), "or")


def _listed(names: list[str], word: str) -> str:
    *most, last = names
    return f"{', '.join(most)} {word} {last}"
