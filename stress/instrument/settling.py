"""Until 3.11: in which executions the net can be left out. It is told of every call there is, in C too
(sys.setprofile), and takes more time than all the rest.

It stays as long as anything is new: an operation or a call at a place that has not run before, a function or class that
was not met, a class whose instances no hook has seen. A thread that comes to such a thing gets the net before it goes
on. It is back in every hundredth execution all the same, and where one that failed without it is repeated; one in which
a class turned out to be new is run again under it before it counts.

What can be missed is Python code that C code enters at a place that ran before, with operands of known classes, and
that never ran under the net: a callback or an object that lay hidden in a container, mostly. It then runs as one step,
in an execution that passes. Knows no execution.
"""

from __future__ import annotations

from typing import Final

from stress.instrument import kinds

# Executions without anything new, after which the net is left out; arbitrary, as the next number is.
QUIET: Final = 3
EVERY: Final = 100


class Settling:
    """Of one exploration."""

    def __init__(self) -> None:
        self.here = object()  # in `OperationSite.ran` of each place that has run
        self.net = True  # in the execution that runs
        self._news = True
        self._quiet = 0
        self._classes = 0

    def next(self) -> bool:
        """Another execution begins: whether it needs the net."""
        self._quiet = 0 if self._has_news() else self._quiet + 1
        self._news = False
        self._classes = kinds.looked_at
        self.net = self._quiet < QUIET or self._quiet % EVERY == 0
        return self.net

    def note(self) -> bool:
        """Something new is about to happen: whether the thread that does it needs the net, since it is left out."""
        self._news = True
        return not self.net

    def missed(self, failed: bool) -> bool:
        """Whether the execution that has ended counts only under the net, since it had something new. One that failed
        might not do so again: it counts, but is repeated next, under the net."""
        if failed:
            self._news = True
            return False
        return not self.net and self._has_news()

    def _has_news(self) -> bool:
        return self._news or kinds.looked_at != self._classes
