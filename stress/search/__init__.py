"""Who runs next: one file a strategy, and their names, in one table.

`search=`, the command line and their error texts all read it. A strategy that isn't built yet stands here with False:
its name is known, so that a typing mistake gets another answer than a strategy that is still to come.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final

from stress.search.dpor import Dpor
from stress.search.pct import PCT
from stress.search.pos import POS
from stress.search.protocol import Strategy
from stress.search.random_walk import RandomWalk
from stress.search.surw import SURW

# `auto` and `native` aren't strategies, but ways to choose one or to do without.
BUILT: Final[dict[str, bool]] = {
    "auto": True,
    "native": True,
    "random": True,
    "pct": True,
    "pos": True,
    "surw": True,
    "dpor": True,
}


def check_search(search: object) -> str:
    """`search` itself: a name of the table, or pct:DEPTH with a depth of 1 or more.

    Raises TypeError if it isn't a str, ValueError if it isn't a name, NotImplementedError if it isn't built yet.
    """
    if not isinstance(search, str):
        raise TypeError(f"search= takes a str, got {search!r} ({type(search).__name__}): one of {_names()}")
    name, colon, depth = search.partition(":")
    if name not in BUILT or (colon and name != "pct"):
        near = difflib.get_close_matches(name.lower(), BUILT, n=1)
        hint = f". Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"search={search!r} is not a strategy: it takes {_names()}{hint}")
    if colon and not re.fullmatch("[1-9][0-9]*", depth, re.ASCII):
        raise ValueError(f"search={search!r}: pct:DEPTH takes a depth that is a whole number from 1, such as pct:3")
    if not BUILT[name]:
        built = [each for each, there in BUILT.items() if there]
        raise NotImplementedError(f"search={search!r} is not built yet: this release has {_listed(built, 'and')}")
    return search


def strategy(search: str, seed: int) -> Strategy:
    """The strategy of this name, for one exploration. `auto` and `native` are none."""
    name, _, depth = search.partition(":")
    if name == "pct":
        return PCT(seed, int(depth)) if depth else PCT(seed)
    strategies: dict[str, Callable[[int], Strategy]] = {"random": RandomWalk, "pos": POS, "surw": SURW, "dpor": Dpor}
    return strategies[name](seed)


def _names() -> str:
    return _listed(list(BUILT), "or")


def _listed(names: list[str], word: str) -> str:
    *most, last = names
    return f"{', '.join(most)} {word} {last}"
