"""Who is told of operations: the protocol between instrumented code and whatever drives it.

A listener is called in the thread that is about to perform the operation, before it. It may block there (another thread
runs meanwhile) and may raise: what it raises appears at the operation, as if the operation had raised it. When it
returns, the operation happens at once. Nothing of the listener's own code is instrumented.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from stress.events import Access, Location, OperationSite


class Listener(Protocol):
    sees_private: bool
    """Whether operations on what only the running thread can reach (see `private`) are announced too. Without them,
    their accesses are left out of a step, and a step of which nothing remains isn't announced."""

    def access(self, site: OperationSite, mode: str, owner: Any, location: Location) -> bool:
        """About to read, write, delete or update one location of one object: nearly every operation. Returns whether
        another thread ran meanwhile, so that it may be about to do something else now: then `amend` is called."""
        ...

    def reached(self, site: OperationSite, mode: str, /) -> bool:
        """Called in the place of `access` while accesses aren't wanted (`hooks.tell_accesses`): about to do something
        that does so at most. Where its accesses were found out all the same, `access` or `step` is called. The
        operations and their order are the same either way. Returns whether another thread ran meanwhile."""
        ...

    def step(self, site: OperationSite, accesses: Sequence[Access]) -> bool:
        """About to do several accesses in one step (a call into C, a comparison, an unpacking); never empty. Returns
        the same."""
        ...

    def amend(self, accesses: Sequence[Access], /) -> None:
        """What the operation that was announced last is about to do, found out anew. No switch point."""

    def call(self, site: OperationSite, callee: Any) -> Any:
        """`callee` is about to be called; its arguments are evaluated after this returns. Returns what is called
        instead: `callee` itself, or a substitute (it must be true in a boolean context). For a method of a class it is
        the function, or the bound builtin method. A call of Python code is no operation; this is the moment to
        instrument what is called."""

    def entry(self, site: OperationSite, /) -> None:
        """A function has begun that may come to no operation, or goes on after a `yield`: one if C code has called it
        that isn't done with what threads share."""

    def looks_into(self, site: OperationSite, /) -> bool:
        """Whether a value that a function gives at this site goes to C code which may look into it."""
        ...

    def given(self, site: OperationSite, accesses: Sequence[Access], /) -> None:
        """An operation: that C code looks into such a value now, or later on, before it is done."""

    def enter(self, site: OperationSite, manager: Any) -> Any:
        """A `with` statement is about to enter `manager`. Returns the manager to use: the same, or a substitute."""

    def walks(self, container: Any, site: OperationSite, /) -> None:
        """A set or frozenset is about to be walked, private or not, or the hashes of what is in a tuple are asked for.
        Called before that is announced, if it is; not where a call into C walks a set that isn't private, which is
        announced, nor where a frozenset lies in what is handed over."""

    def is_step(self, function: Any, /) -> bool:
        """Whether a Python function (or a class written in Python) runs as one step, because it isn't instrumented.
        Then its call is announced as a call into C is: it may read and write its receiver and arguments."""
        ...

    def enters(self, function: Any, /) -> bool:
        """A special method that is a Python function, or a generator, is about to be entered by the interpreter or by C
        code: the moment to instrument it. Returns whether it runs as one step."""
        ...


class Passing:
    """A listener that does nothing: for measuring, and a base to build on."""

    sees_private = False

    def access(self, site: OperationSite, mode: str, owner: Any, location: Location) -> bool:
        return False

    def reached(self, site: OperationSite, mode: str, /) -> bool:
        return False

    def step(self, site: OperationSite, accesses: Sequence[Access]) -> bool:
        return False

    def amend(self, accesses: Sequence[Access], /) -> None: ...

    def call(self, site: OperationSite, callee: Any) -> Any:
        return callee

    def entry(self, site: OperationSite, /) -> None: ...

    def looks_into(self, site: OperationSite, /) -> bool:
        return False

    def given(self, site: OperationSite, accesses: Sequence[Access], /) -> None: ...

    def enter(self, site: OperationSite, manager: Any) -> Any:
        return manager

    def walks(self, container: Any, site: OperationSite, /) -> None: ...

    def is_step(self, function: Any, /) -> bool:
        return False

    def enters(self, function: Any, /) -> bool:
        return False
