"""Waits in C for what the model doesn't know: sockets, pipes, selectors.

Another thread of the scenario may end such a wait (two threads that talk over a socketpair), so that it must not be
begun in earnest while one can run: whoever waits so is asked again each time that it is its turn. When nobody else can
run, the call is made as it stands, and waits for the world; one that doesn't come back is told as such.
"""

from __future__ import annotations

import functools
import os
import select
import selectors
import socket
import sys
import types
from collections.abc import Callable
from typing import Any, Final

from stress.events import UPDATE, OperationSite
from stress.runtime.control.execution import TOUCHES_WORLD, Execution

Substitute = Callable[[Execution, OperationSite], Callable[..., Any]]

_READABLE: Final = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "_accept")
_WRITABLE: Final = ("send", "sendall", "sendto", "sendmsg")


def methods_of(kind: type) -> dict[str, Callable[..., Any]]:
    """Of a type: the names of its C methods that may wait, and what is called in their place with the execution, the
    site, the real method and its arguments."""
    if issubclass(kind, socket.SocketType):
        return {**dict.fromkeys(_READABLE, _receive), **dict.fromkeys(_WRITABLE, _send)}
    return _SELECTORS.get(kind, {})


def _ready(file: int, writable: bool) -> bool:
    """Whether a call for this file returns at once; True if that can't be told."""
    if sys.platform != "win32":
        poll = select.poll()
        try:  # not suppress(): contextlib has hooks while a scenario runs
            poll.register(file, select.POLLOUT if writable else select.POLLIN | select.POLLPRI)
            return bool(poll.poll(0))
        except (OSError, ValueError, OverflowError):
            return True
    try:
        return any(select.select([] if writable else [file], [file] if writable else [], [], 0))
    except (OSError, ValueError):
        return True


def _receive(execution: Execution, site: OperationSite, real: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    return _on_socket(execution, site, real, False, args, keywords)


def _send(execution: Execution, site: OperationSite, real: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    return _on_socket(execution, site, real, True, args, keywords)


def _on_socket(
    execution: Execution, site: OperationSite, real: Any, writable: bool, args: tuple[Any, ...], keywords: Any
) -> Any:
    sock = real.__self__
    limit = sock.gettimeout()
    execution.reach(site, UPDATE, TOUCHES_WORLD)
    if limit != 0 and not execution.wait_outside(functools.partial(_ready, sock.fileno(), writable), site, limit):
        raise TimeoutError("timed out")
    return real(*args, **keywords)


def read(execution: Execution, site: OperationSite, file: Any, *args: Any) -> Any:
    """As os.read, of a pipe say."""
    execution.reach(site, UPDATE, TOUCHES_WORLD)
    if isinstance(file, int):
        execution.wait_outside(functools.partial(_ready, file, False), site, None)
    return os.read(file, *args)


def _select(
    execution: Execution, site: OperationSite, r: Any, w: Any, x: Any, timeout: float | None = None, /
) -> tuple[list[Any], list[Any], list[Any]]:
    """As select.select."""
    r, w, x = list(r), list(w), list(x)
    found: tuple[list[Any], list[Any], list[Any]]
    found = _asked(execution, site, lambda limit: select.select(r, w, x, limit), timeout, any, ([], [], []))
    return found


def _poll(execution: Execution, site: OperationSite, real: Any, timeout: float | None = None, /) -> Any:
    """As select.poll().poll, in milliseconds."""
    seconds = None if timeout is None or timeout < 0 else timeout / 1000
    return _asked(execution, site, lambda limit: real(None if limit is None else limit * 1000), seconds, bool, [])


def _epoll(
    execution: Execution, site: OperationSite, real: Any, timeout: float | None = None, maxevents: int = -1
) -> Any:
    """As select.epoll().poll, in seconds."""
    seconds = None if timeout is None or timeout < 0 else timeout
    return _asked(execution, site, lambda limit: real(limit, maxevents), seconds, bool, [])


def _control(
    execution: Execution, site: OperationSite, real: Any, changes: Any, number: int, timeout: float | None = None, /
) -> Any:
    """As select.kqueue().control."""
    real(changes, 0, 0)
    return _asked(execution, site, lambda limit: real(None, number, limit), timeout, bool, [])


def _asked(
    execution: Execution,
    site: OperationSite,
    ask: Callable[[float | None], Any],
    timeout: float | None,
    any_in: Callable[[Any], bool],
    nothing: Any,
) -> Any:
    """Asks with a limit of 0 until there is an answer; then, or when nobody else can run, for good."""
    execution.reach(site, UPDATE, TOUCHES_WORLD)
    found = ask(0)
    if any_in(found) or timeout == 0:
        return found

    def ready() -> bool:
        nonlocal found
        found = ask(0)
        return any_in(found)

    if not execution.wait_outside(ready, site, timeout):
        return nothing
    return found if any_in(found) else ask(None)


def _selector(execution: Execution, site: OperationSite, selector: Any, timeout: float | None = None) -> Any:
    """As the select() of the classes in `selectors`: the loop of asyncio waits so."""
    real = type(selector).select
    seconds = None if timeout is None else max(timeout, 0)
    return _asked(execution, site, lambda limit: real(selector, limit), seconds, bool, [])


def _wait(execution: Execution, site: OperationSite, things: Any, timeout: float | None = None) -> Any:
    """As multiprocessing.connection.wait: a ThreadPool's own thread waits so."""
    real = vars(sys.modules["multiprocessing.connection"])["wait"]
    things = list(things)
    seconds = None if timeout is None else max(timeout, 0)
    return _asked(execution, site, lambda limit: real(things, limit), seconds, bool, [])


def _accept(execution: Execution, site: OperationSite, listening: socket.socket) -> Any:
    """As socket.accept, which is Python code."""
    return _on_socket(execution, site, listening.accept, False, (), {})


_SELECTORS: Final[dict[type, dict[str, Callable[..., Any]]]] = {
    **({type(select.poll()): {"poll": _poll}} if hasattr(select, "poll") else {}),
    **({select.epoll: {"poll": _epoll}} if hasattr(select, "epoll") else {}),
    **({select.kqueue: {"control": _control}} if hasattr(select, "kqueue") else {}),
}

# Functions of modules that may be imported later, likewise.
LATER: Final[dict[tuple[str, str], Callable[..., Any]]] = {("multiprocessing.connection", "wait"): _wait}

# Functions that may wait, and what is called in their place with the execution, the site and their arguments.
FUNCTIONS: Final[dict[Any, Callable[..., Any]]] = {
    select.select: _select,
    os.read: read,
    socket.socket.accept: _accept,
    **{
        vars(kind)["select"]: _selector
        for kind in vars(selectors).values()
        if isinstance(kind, type) and type(vars(kind).get("select")) is types.FunctionType
    },
}
