"""Who runs next: the names of the search strategies, in one table.

`search=`, the command line and their error texts all read it. A strategy that isn't built yet stands here with False:
its name is known, so that a typing mistake gets another answer than a strategy that is still to come.
"""

from __future__ import annotations

import difflib
import re
from typing import Final

# `auto` and `native` aren't strategies, but ways to choose one or to do without.
BUILT: Final[dict[str, bool]] = {
    "auto": True,
    "native": True,
    "random": True,
    "pct": False,
    "pos": False,
    "surw": False,
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
        raise NotImplementedError(f"search={search!r} is not built yet: this release has auto, native and random")
    return search


def _names() -> str:
    *most, last = BUILT
    return f"{', '.join(most)} or {last}"
