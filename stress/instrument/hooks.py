"""The functions that instrumented code calls, one a shape of operation, each a single test of a global when nobody
listens.

A hook returns the last operand that it was handed, unchanged, or None where it has none; the operation itself is done
by the code that called it, in its own frame, afterwards. With a listener installed, what is about to happen is worked
out in `announce`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stress.events import OperationSite
from stress.instrument import announce, kinds, private
from stress.instrument.kinds import FLAT, PLAIN, one_access
from stress.instrument.listener import Passing

if TYPE_CHECKING:
    from stress.instrument.listener import Listener

listener: Listener | None = None
reached: Callable[[OperationSite, str], bool] | None = None  # as in `announce`

A = Any


def listen(new: Listener | None) -> Listener | None:
    """Install the listener that all instrumented code announces to, None for nobody; returns the one before."""
    global listener
    beyond = private.beyond(new)
    old, listener = listener, new
    announce.listener = Passing() if new is None else new  # another thread may be in there
    kinds.enters = announce.listener.enters
    announce.beyond = beyond
    announce.forget()
    tell_accesses(True)
    return old


def tell_accesses(wanted: bool) -> None:
    """Whether the listener wants to know of accesses, as it does when it begins to listen: else it is told what is
    cheaper to find out, that an operation is `reached`."""
    global reached
    announce.reached = reached = None if wanted or listener is None else listener.reached


def settle_first(settle: Callable[[], None] | None) -> None:
    """Call this before it is asked who can reach an operand."""
    announce.settle = settle


def pause() -> Listener | None:
    """Nobody is told of anything until `resume` is called with what this returns: cheaper than a listener that looks
    away, and forgets nothing."""
    global listener
    old, listener = listener, None
    return old


def resume(paused: Listener | None) -> None:
    """Go on after `pause`."""
    global listener
    listener = paused


def see_private(also: bool) -> None:
    """Announce operations on private objects too, or else as the listener has it."""
    announce.beyond = private.NEVER if also else private.beyond(announce.listener)


# A thread that isn't controlled may be in here while an exploration ends and `reached` goes: it is read once.


def attribute(owner: A, site: OperationSite) -> A:
    if listener is None:
        return owner
    if (told := reached) is not None and site.own < 0 and id(type(owner)) in one_access:
        told(site, site.mode)
    else:
        announce.attribute(owner, site)
    return owner


def item(owner: A, key: A, site: OperationSite) -> A:
    if listener is None:
        return key
    announce.item(owner, key, site)
    return key


def stored_slice(owner: A, key: A, value: A, site: OperationSite) -> A:
    if listener is not None:
        announce.stored_slice(owner, key, value, site)
    return key


def augmented_attribute(owner: A, value: A, site: OperationSite) -> A:
    if listener is None:
        return value
    if (told := reached) is not None and site.own < 0 and id(type(owner)) in one_access:
        told(site, site.mode)
    else:
        announce.attribute(owner, site)
    return value


def augmented_item(owner: A, key: A, value: A, site: OperationSite) -> A:
    if listener is None:
        return value
    announce.item(owner, key, site)
    return value


def closure(cell: A, site: OperationSite) -> None:
    if listener is None:
        return
    if (told := reached) is not None:
        told(site, site.mode)
    else:
        announce.closure(cell, site)


def closures(*cells: Any) -> None:
    """Several at once, before the site: all that `locals()` takes."""
    if listener is None:
        return
    site: OperationSite = cells[-1]
    if (told := reached) is not None:
        told(site, site.mode)
    else:
        announce.closures(cells[:-1], site)


def closure_value(cell: A, value: A, site: OperationSite) -> A:
    if listener is None:
        return value
    if (told := reached) is not None:
        told(site, site.mode)
    else:
        announce.closure(cell, site)
    return value


def global_(site: OperationSite) -> None:
    if listener is None:
        return
    if (told := reached) is not None:
        told(site, site.mode)
    else:
        announce.global_(site)


def global_value(value: A, site: OperationSite) -> A:
    if listener is None:
        return value
    if (told := reached) is not None:
        told(site, site.mode)
    else:
        announce.global_(site)
    return value


def naming(cell: A, site: OperationSite) -> Callable[[A], A]:
    return lambda named: closure_value(cell, named, site)


def naming_global(site: OperationSite) -> Callable[[A], A]:
    return _same if listener is None else announce.naming_global(site)


def _same(named: A) -> A:
    return named


def entry(site: OperationSite) -> None:
    if listener is None:
        return
    announce.listener.entry(site)


def entry_value(value: A, site: OperationSite) -> A:
    if listener is None:
        return value
    announce.listener.entry(site)
    return value


def given(value: A, site: OperationSite) -> A:
    if listener is None or type(value) in FLAT:
        return value
    announce.given(value, site)
    return value


def call(callee: A, site: OperationSite) -> A:
    if listener is None:
        return callee
    return announce.call(callee, site)


def call_global(site: OperationSite) -> A:
    if listener is None:
        return None
    return announce.call_global(site)


def method(owner: A, site: OperationSite) -> A:
    if listener is None:
        return owner
    return announce.method(owner, site)


def arguments1(callee: A, last: A, site: OperationSite) -> A:
    if listener is None:
        return last
    announce.arguments(callee, (last,), site)
    return last


def arguments2(callee: A, first: A, last: A, site: OperationSite) -> A:
    if listener is None:
        return last
    announce.arguments(callee, (first, last), site)
    return last


def arguments3(callee: A, first: A, second: A, last: A, site: OperationSite) -> A:
    if listener is None:
        return last
    announce.arguments(callee, (first, second, last), site)
    return last


def arguments(callee: A, *values: A) -> A:
    if listener is None:
        return values[-2]
    announce.arguments(callee, values[:-1], values[-1])
    return values[-2]


def method_arguments1(callee: A, last: A, site: OperationSite) -> A:
    if listener is None:
        return last
    announce.method_arguments(callee, (last,), site)
    return last


def method_arguments2(callee: A, first: A, last: A, site: OperationSite) -> A:
    if listener is None:
        return last
    announce.method_arguments(callee, (first, last), site)
    return last


def method_arguments3(callee: A, first: A, second: A, last: A, site: OperationSite) -> A:
    if listener is None:
        return last
    announce.method_arguments(callee, (first, second, last), site)
    return last


def method_arguments(callee: A, *values: A) -> A:
    if listener is None:
        return values[-2]
    announce.method_arguments(callee, values[:-1], values[-1])
    return values[-2]


def starred(callee: A, values: A, site: OperationSite) -> A:
    if listener is None:
        return values
    announce.starred(callee, values, site)
    return values


def gathered(callee: A, values: A, names: dict[str, A], site: OperationSite) -> dict[str, A]:
    if listener is None:
        return _NOTHING
    announce.gathered(callee, values, names, site)
    return _NOTHING


_NOTHING: dict[str, A] = {}


def iterate(iterable: A, site: OperationSite) -> A:
    if listener is None:
        return iterable
    return announce.iterate(iterable, site)


def walk(container: A, site: OperationSite) -> A:
    if listener is None:
        return container
    announce.walk(container, site)
    return container


def unordered(container: A, site: OperationSite) -> A:
    if listener is not None:
        listener.walks(container, site)
    return container


def imported(site: OperationSite) -> None:
    if listener is not None:
        announce.imported(site)


def truth(container: A, site: OperationSite) -> A:
    if listener is None:
        return container
    announce.truth(container, site)
    return container


def binary(left: A, right: A, site: OperationSite) -> A:
    if listener is None or (type(left) in PLAIN and type(right) in PLAIN):
        return right
    announce.binary(left, right, site)
    return right


def unary(operand: A, site: OperationSite) -> A:
    if listener is None or type(operand) in PLAIN:
        return operand
    announce.unary(operand, site)
    return operand


def enter(manager: A, site: OperationSite) -> A:
    if listener is None:
        return manager
    return announce.enter(manager, site)


def case(subject: A, site: OperationSite) -> None:
    if listener is None:
        return
    announce.case(subject, site)


HOOKS: dict[str, Callable[..., Any]] = {
    function.__name__.rstrip("_"): function
    for function in (
        attribute,
        item,
        stored_slice,
        augmented_attribute,
        augmented_item,
        closure,
        closure_value,
        closures,
        global_,
        global_value,
        naming,
        naming_global,
        entry,
        entry_value,
        given,
        call,
        call_global,
        method,
        arguments,
        arguments1,
        arguments2,
        arguments3,
        method_arguments,
        method_arguments1,
        method_arguments2,
        method_arguments3,
        starred,
        gathered,
        iterate,
        walk,
        unordered,
        imported,
        truth,
        binary,
        unary,
        enter,
        case,
    )
}
