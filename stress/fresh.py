"""Executions that begin with what the modules under test held at first, where that matters.

What is made once in a process (a cache, a lazily made singleton) would be there in all executions but the first one.
So what modules hold is put back before each, once an execution is found that would have been another one without what
the ones before it left. Where the other half of it can't be put back, or other threads are at it, nothing is, and
nothing is proved.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from stress.judging import other_value, same
from stress.minimize import Attempt
from stress.runtime.control.kept import Kept
from stress.search.following import Following

if TYPE_CHECKING:
    from stress.failure import Failure
    from stress.runtime.control.execution import Chooser, Execution
    from stress.runtime.control.outcome import Outcome
    from stress.runtime.control.session import Session

NAMED: Final = 5  # of what is put back


class FreshState:
    """What the modules held when the exploration met them. runs: one execution under a strategy; found: its failures.

    not_anew: what mattered and could not be put back, by name; "" if there is no such thing.
    """

    def __init__(
        self,
        runs: Callable[[Callable[[], Chooser]], tuple[Outcome, Chooser]],
        found: Callable[[Outcome], list[Failure]],
    ) -> None:
        self._runs = runs
        self._found = found
        self._kept = Kept()
        self._session: Session | None = None
        self._indifferent: frozenset[str] = frozenset()  # what has changed, to which nothing comes
        self._puts_back = False  # before each execution
        self._leaves_it = False  # others may be at it, or it can't be made anew
        self._unread: frozenset[str] = frozenset()  # what wasn't put back, since no execution has read it
        self.not_anew = ""
        self.learn, self.changed = self._kept.learn, self._kept.changed

    def serve(self, session: Session) -> None:
        """The executions of a session that begins now."""
        self._session = session
        session.begins, session.ends = self.put_back, self._has_noted
        self._leaves_it = self._others_are_there()

    @property
    def puts_back(self) -> bool:
        """Whether each execution begins with what was there at first."""
        return self._puts_back

    def put_back(self) -> None:
        """Before an execution, and after the last one."""
        if self._puts_back:
            self._puts_back = not self._kept.changes_beyond and self._kept.put_back()
            self._unread = self._kept.changed()
            if not self._puts_back:
                self._leave(self._unread)

    def told(self) -> list[str]:
        """What was put back, in a sentence; nothing, if nothing was."""
        names = self._kept.was_put_back
        return [f"each execution began with what modules held at first (put back: {_listed(names)})"] if names else []

    def leave_to_others(self, names: frozenset[str]) -> None:
        """Somebody else has changed these: nothing is put back from now on."""
        self._leaves_it = True
        self._indifferent |= names

    def put_back_from_now_on(self) -> bool:
        """Whether what executions have left in the modules can be put back before each, which then is done."""
        self._puts_back = bool(self._kept.changed()) and self._may_put_back()
        return self._puts_back

    def mattered_for(self, outcome: Outcome, found: list[Failure]) -> bool:
        """Whether an execution would have been another one, or failed with other values, had the modules held what they
        held at first. Then they do, from now on, whenever one begins."""
        changed = self._kept.changed()
        if not (changed if found else changed - self._indifferent) or not self._may_put_back():
            return False
        if self._kept.changes_beyond:
            self._leave(self._kept.changed(of_what_is_read=True))
            return False
        now = self._kept.now()
        again = functools.partial(Following, outcome.decisions, outcome.could_be_early)
        first, later = self._with_and_without(again, now)
        told = found and other_value(first, later) is not None  # a report has values: those of a replay, too
        if not told and same(first, later, self._found(first), self._found(later)):
            self._indifferent |= changed
        elif self._is_made_anew(now):
            self._puts_back = True
            return True
        else:
            self._leave(self._kept.changed(of_what_is_read=True) or changed)
        self._keep(now)
        return False

    def may_have_mattered(self) -> bool:
        """Whether some execution, when all that were wanted have run, left something in the modules that the first one
        didn't. Then they run once more, each without what it reads of that."""
        more = self._kept.changed() - self._indifferent
        if not more or self._puts_back:
            return False
        if not self._may_put_back():
            self._leave(more)
            return False
        now = self._kept.now()
        if not self._kept.changes_beyond and self._is_made_anew(now):
            self._puts_back = True
            return True
        self._leave(more)
        self._keep(now)
        return False

    def _leave(self, names: frozenset[str]) -> None:
        self._leaves_it = True
        if names:
            self.not_anew = self.not_anew or _listed(names)

    def _keep(self, now: list[Any]) -> None:
        """What was put back to try something, is again what it was before that."""
        self._kept.put_back_to(now)
        self._kept.was_put_back.clear()

    def _has_noted(self, execution: Execution) -> bool:
        """Whether an execution that is over began with what the modules held at first, as far as it read that."""
        if execution.recording:
            self._kept.note(execution)
        return not (self._puts_back and self._unread and self._unread & self._kept.changed(of_what_is_read=True))

    def _may_put_back(self) -> bool:
        assert self._session is not None
        return not (self._puts_back or self._leaves_it or self._session.outsiders or self._others_are_there())

    def _others_are_there(self) -> bool:
        """Whether other threads run code of the modules under test, and may be at what these hold, too."""
        assert self._session is not None
        return any(map(self._kept.is_at, self._session.others()))

    def _with_and_without(self, make: Callable[[], Chooser], now: list[Any]) -> tuple[Outcome, Outcome]:
        """Two executions: one that begins with what the modules held at first, and one with what they hold now."""
        self._puts_back = True
        first, _ = self._runs(make)
        self._puts_back = False
        self._kept.put_back_to(now)
        later, _ = self._runs(make)
        return first, later

    def _is_made_anew(self, now: list[Any]) -> bool:
        """Whether what modules keep can be put back alone: something else may hold the other half of it (C code, the
        list of modules, a file). Then even an execution fails, or differs from the same one before, in which no thread
        is interrupted."""
        one, later = self._with_and_without(functools.partial(Attempt, {}, False), now)
        again, _ = self._with_and_without(functools.partial(Attempt, {}, False), now)
        found = self._found(one)
        fails_so = not found or bool(self._found(later))
        return fails_so and not self._leaves_it and same(one, again, found, self._found(again))


def _listed(names: Iterable[str]) -> str:
    first, more = sorted(names)[:NAMED], len(set(names)) - NAMED
    return ", ".join([*first, f"{more} more"] if more > 0 else first)
