"""Where threads stand, told from outside while they run: by peeking only, so that nothing of theirs is called.

What can't be told is left out. A position is that of one instant; two looks that differ show that a thread moved, two
that agree don't show that it never will.
"""

from __future__ import annotations

import _thread
import ast
import concurrent.futures
import dis
import functools
import gc
import inspect
import linecache
import os
import queue
import re
import sys
import sysconfig
import threading
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from stress._compat import COLLECTS_IN_ALLOCATIONS
from stress.events import Site

# A position: each frame of the stack, innermost first, with the instruction that it stands at.
Position = tuple[tuple[int, int], ...]

_MISSING: Final = object()
_JOINS: Final = ("join", "_wait_for_tstate_lock")  # of Thread; the second until 3.12
_PARALLEL: Final = "stress.runtime.parallel"
_LIVES: Final = "stress.runtime.control.lives"
_THREADS: Final = object()  # those that a caller of stress.parallel waits for
_LOCK: Final = _thread.LockType
_RLOCK: Final = type(threading.RLock())
OURS: Final = str(Path(__file__).parents[1])
# What a thread can wait for, and that is told by name; of anything else only the line is told.
_WAITABLE: Final = (
    _LOCK,
    _RLOCK,
    threading.Condition,
    threading.Event,
    threading.Semaphore,
    threading.Barrier,
    threading.Thread,
    queue.Queue,
    queue.SimpleQueue,
    concurrent.futures.Future,
    concurrent.futures.Executor,
)
_STANDARD_LIBRARY: Final = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})


NOWHERE: Final = Site("?", 0, 0)


@dataclass(frozen=True)
class Stand:
    """Where a thread stands: the innermost line that is neither ours nor the standard library's."""

    site: Site  # NOWHERE, if all that it does is one call, which `awaited` tells
    awaited: str  # what it waits for there, as the source says it, with its type; "" where it can't be told
    on_lock: bool  # it waits for a Lock or an RLock
    runs: bool  # it executes Python code, and isn't inside a call

    def __str__(self) -> str:
        return f"at {self.site}" if self.site.line else f"in {self.awaited}"


def frames(idents: Iterable[int]) -> dict[int, types.FrameType]:
    """The innermost frame of each of these threads that is alive now. To be walked under `uncollected` only."""
    current = sys._current_frames()
    return {ident: current[ident] for ident in idents if ident in current}


Function = TypeVar("Function", bound=Callable[..., Any])


def uncollected(function: Function) -> Function:
    """Of a function that walks frames of other threads: without garbage collection where that would be fatal. (Not by
    contextlib, which has hooks while a scenario runs.)"""
    if not COLLECTS_IN_ALLOCATIONS:
        return function

    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        if not gc.isenabled():
            return function(*args)
        gc.disable()
        try:
            return function(*args)
        finally:
            gc.enable()

    return cast(Function, wrapped)


@uncollected
def positions(idents: Iterable[int]) -> dict[int, Position]:
    """The position of each of these threads that is alive now."""
    return {ident: tuple(_walk(frame)) for ident, frame in frames(idents).items()}


def _walk(frame: types.FrameType | None) -> Iterable[tuple[int, int]]:
    while frame is not None:
        yield id(frame), frame.f_lasti
        frame = frame.f_back


@uncollected
def stands(names: dict[int, str]) -> dict[int, Stand]:
    """Where each of these threads (identifier: name) stands now. The names are those that an owner is told by."""
    return {ident: _stand(frame, names) for ident, frame in frames(names).items()}


def _stand(innermost: types.FrameType, names: dict[int, str]) -> Stand:
    frame: types.FrameType | None = innermost
    in_parallel = False
    while frame is not None and (is_machinery(frame.f_code.co_filename) or _is_made_for_us(frame)):
        in_parallel |= frame.f_code.co_name == "parallel" and frame.f_globals.get("__name__") == _PARALLEL
        frame = frame.f_back
    shown = frame or outside_us(innermost)
    site = _site(shown, shown.f_lineno, shown.f_lasti)
    if in_parallel:
        expression, awaited = "stress.parallel", _THREADS
    elif frame is None:
        expression, awaited = _target(innermost)
        if awaited is not _MISSING or shown.f_code.co_filename.startswith(OURS):
            site = NOWHERE
    else:
        expression, awaited = _awaited(shown, innermost)
    return Stand(
        site=site,
        awaited=f"{expression} ({_kind(awaited, names)})" if awaited is not _MISSING else "",
        on_lock=_is(awaited, (_LOCK, _RLOCK)),
        runs=is_running(innermost),
    )


def _is_made_for_us(frame: types.FrameType) -> bool:
    """Whether it is code that a named tuple or dataclass of ours made, which comes from no file."""
    caller = frame.f_back
    made = frame.f_code.co_filename == "<string>"
    return made and caller is not None and caller.f_code.co_filename.startswith(OURS)


def outside_us(innermost: types.FrameType) -> types.FrameType:
    """The innermost frame that isn't ours, if there is one."""
    frame: types.FrameType | None = innermost
    while frame is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return frame or innermost


def _target(innermost: types.FrameType) -> tuple[str, object]:
    """What a thread waits for whose whole work is one call of a method, as in Thread(target=lock.acquire)."""
    frame: types.FrameType | None = innermost
    while frame is not None:
        called = _work_of(frame)
        if _is(called, (types.MethodType, types.BuiltinMethodType)):
            method = cast(types.MethodType, called)
            if _is(method.__self__, _WAITABLE):
                return f"what it was started to call, {method.__name__}", method.__self__
        frame = frame.f_back
    return "", _MISSING


def _work_of(frame: types.FrameType) -> object:
    """The callable that somebody gave to the thread, if this is the frame that calls it."""
    names, module = frame.f_locals, frame.f_globals.get("__name__")
    if frame.f_code is threading.Thread.run.__code__:
        return vars(names["self"]).get("_target")
    if frame.f_code.co_name != "run" or module not in (_PARALLEL, _LIVES, "concurrent.futures.thread"):
        return _MISSING
    own = getattr(names.get("self"), "__dict__", {})
    return names.get("function", names.get("fn", own.get("fn", _MISSING)))


def waiter_of(innermost: types.FrameType) -> _thread.LockType | None:
    """The lock that a thread in Condition.wait waits for (Lib/threading.py): its own, made for this wait."""
    if innermost.f_code is not threading.Condition.wait.__code__:
        return None
    return innermost.f_locals.get("waiter")


@uncollected
def wait_for_work(idents: Iterable[int]) -> bool:
    """Whether each of these threads waits in a Condition, without a time limit, and nobody has notified it yet."""
    return all(map(_is_unnotified, frames(idents).values()))


def _is_unnotified(innermost: types.FrameType) -> bool:
    waiter, names = waiter_of(innermost), innermost.f_locals
    if waiter is None or names.get("timeout") is not None:
        return False
    # notify() takes it out. (The lock itself doesn't tell: the waiter has locked it again as soon as it is released.)
    return any(each is waiter for each in vars(names["self"])["_waiters"].copy())  # it may change meanwhile


@uncollected
def any_runs(idents: Iterable[int]) -> bool:
    """Whether one of these threads executes Python code."""
    return any(map(is_running, frames(idents).values()))


def is_running(innermost: types.FrameType) -> bool:
    """Whether the thread executes Python code, and isn't inside a call: where a loop goes back and where a function
    begins is where CPython lets other threads run (Python/ceval.c)."""
    instruction = _instruction(innermost)
    return "JUMP_BACKWARD" in instruction or instruction == "RESUME"


def is_machinery(file: str) -> bool:
    """Whether a file is ours or the standard library's."""
    return file.startswith((OURS, "<frozen ")) or (file.startswith(_STANDARD_LIBRARY) and "site-packages" not in file)


def run_by(innermost: types.FrameType, is_tool: Callable[[str], bool]) -> bool:
    """Whether a thread runs nothing but these modules, called by name, and what they call of the standard library."""
    frame: types.FrameType | None = innermost
    found = False
    while frame is not None:
        if not is_machinery(frame.f_code.co_filename):
            if not is_tool(str(frame.f_globals.get("__name__"))):
                return False
            found = True
        frame = frame.f_back
    return found


def is_started_by_us(innermost: types.FrameType) -> bool:
    """Whether we started a thread (and have left it behind, if it is still there)."""
    frame: types.FrameType | None = innermost
    outermost = ""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(OURS) or not is_machinery(file):
            outermost = file
        frame = frame.f_back
    return outermost.startswith(OURS)


def raised_at(exception: BaseException) -> tuple[Site, ...]:
    """The innermost line of its traceback that is neither ours nor the standard library's; () if it has none."""
    shown = None
    traceback = exception.__traceback__
    while traceback is not None:
        if not is_machinery(traceback.tb_frame.f_code.co_filename):
            shown = traceback
        traceback = traceback.tb_next
    return () if shown is None else (_site(shown.tb_frame, shown.tb_lineno, shown.tb_lasti),)


def _site(frame: types.FrameType, line: int | None, offset: int) -> Site:
    return site_of(frame.f_code, line, offset, frame.f_globals)


def site_of(code: types.CodeType, line: int | None, offset: int, names: dict[str, object] | None = None) -> Site:
    """The place of an instruction; `names` are the globals of its module, for source that isn't a file's."""
    _, _, column, _ = _extent(code, offset)
    text = linecache.getline(code.co_filename, line or 0, names)
    return Site(relative(code.co_filename), line or 0, _characters(text, column), text.strip())


def source_of(code: types.CodeType, offset: int) -> str:
    """The source of an instruction, over however many lines; "" where it isn't at hand."""
    first, last, column, end = _extent(code, offset)
    if first is None or last is None or column is None:
        return ""
    lines = linecache.getlines(code.co_filename)[first - 1 : last]
    if len(lines) <= last - first:
        return ""
    part = ast.Pass(lineno=1, col_offset=column, end_lineno=len(lines), end_col_offset=end)
    return ast.get_source_segment("".join(lines), part) or ""


def relative(file: str) -> str:
    """The path as a person at this prompt would write it; of the standard library from where it begins."""
    for folder in _STANDARD_LIBRARY:
        if is_machinery(file) and file.startswith(f"{folder}{os.sep}"):
            return file[len(folder) + 1 :]
    try:
        return _from(os.getcwd(), file)
    except (ValueError, OSError):
        return file


@functools.lru_cache(maxsize=1_000)
def _from(folder: str, file: str) -> str:
    return str(Path(file).relative_to(folder))


_Extent = tuple[int | None, int | None, int | None, int | None]


def _extent(code: types.CodeType, offset: int) -> _Extent:
    """First line, last line, first column, last column (columns in UTF-8 bytes) of an instruction."""
    first, last, column, end = next(islice(code.co_positions(), max(offset, 0) // 2, None), (None, None, None, None))
    return first, last, column, end


def _characters(line: str, column: int | None) -> int:
    return len(line.encode()[: column or 0].decode(errors="replace"))


def _awaited(shown: types.FrameType, innermost: types.FrameType) -> tuple[str, object]:
    """What a thread waits for, as the line that is shown says it, and the object: `lock` in `with lock:`, `jobs` in
    `jobs.get()`, `lock` in `stack.enter_context(lock)`.

    ("", a mark) where it isn't something known to wait, its source isn't at hand, or finding it would run code.
    """
    node = _node(shown)
    candidates = _parts(node)
    for part in candidates[:1]:
        if _is(found := _peek(part, shown), _WAITABLE):
            return ast.unparse(part), found
    if innermost.f_globals.get("__name__") == "threading" and innermost.f_code.co_name in _JOINS:
        return "join", innermost.f_locals.get("self", _MISSING)
    # Inside the standard library, it is what the innermost call is about, or whose method it is.
    frame, calling = innermost, innermost  # but for what we do inside, which may call the standard library again
    entered = innermost
    while frame is not shown and frame.f_back is not None:
        ours = frame.f_code.co_filename.startswith(OURS)
        entered, frame = frame, frame.f_back
        if ours:
            calling = frame
    if entered is not shown and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        receiver = entered.f_locals.get("self", _MISSING)  # which has no name there: `Event().wait()`
        if _is(receiver, _WAITABLE):
            return ast.unparse(candidates[0]), receiver
    for inner in _parts(_node(calling)):
        found = _peek(inner, calling)
        if _is(found, types.BuiltinMethodType):
            found = cast(types.BuiltinMethodType, found).__self__
        if _is(found, _WAITABLE):
            named = [ast.unparse(part) for part in candidates if _peek(part, shown) is found]
            return (named or [ast.unparse(inner)])[0], found
    return "", _MISSING


def _parts(node: ast.expr | None) -> list[ast.expr]:
    """Of a call the receiver, the arguments, the function; of a `with` its expression."""
    if not isinstance(node, ast.Call):
        return [node] if node else []
    receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    return [*receiver, *node.args, node.func]


def _node(frame: types.FrameType) -> ast.expr | None:
    """The call, or the expression of a `with`, whose instruction the frame stands at."""
    extent = _extent(frame.f_code, frame.f_lasti)
    instruction = _instruction(frame)
    if not instruction.startswith(("CALL", "PRECALL", "BEFORE_WITH")):
        return None
    found = None
    nodes = _nodes("".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals)))
    for node in nodes.get(extent, ()):
        if isinstance(node, (ast.With, ast.AsyncWith)):  # 3.11 and 3.12 give the whole statement for each of its items
            if instruction == "BEFORE_WITH":
                return node.items[_with_item(frame.f_code, frame.f_lasti)].context_expr
            return node.items[0].context_expr if len(node.items) == 1 else None  # leaves one of them, which isn't told
        if isinstance(node, ast.expr) and not isinstance(found, ast.Call):
            found = node
    return found


# A deadlock is looked into again each time that one is made shorter; its few files may be long: 60 ms for 2,000 lines.
@functools.lru_cache(maxsize=4)
def _nodes(source: str) -> dict[_Extent, list[ast.expr | ast.stmt]]:
    """The expressions and statements of a file by their extent, the outer ones first; {} if it isn't Python."""
    found: dict[_Extent, list[ast.expr | ast.stmt]] = {}
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.stmt)):
            extent = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
            found.setdefault(extent, []).append(node)
    return found


def _instruction(frame: types.FrameType) -> str:
    """The name of the instruction; of one whose call is under way its inline caches may be current, which follow it."""
    for offset in range(frame.f_lasti, -1, -2):
        name = dis.opname[frame.f_code.co_code[offset]]
        if name != "CACHE":
            return name
    return ""


def _with_item(code: types.CodeType, offset: int) -> int:
    """Which item of its `with` statement the instruction enters: as many were entered before it."""
    here = _extent(code, offset)
    entered = [each for each in range(0, offset, 2) if dis.opname[code.co_code[each]] == "BEFORE_WITH"]
    return sum(_extent(code, each) == here for each in entered)


def _peek(node: ast.expr, frame: types.FrameType) -> object:
    """The object that an expression of names, attributes and items means, found without running anybody's code."""
    match node:
        case ast.Name(id=name):
            for names in (frame.f_locals, frame.f_globals):
                if name in names:
                    return names[name]
        case ast.Attribute(value=value, attr=name):
            owner = _peek(value, frame)
            if owner is not _MISSING:
                return _peek_attribute(owner, name, frame)
        case ast.Subscript(value=value, slice=index):
            owner, key = _peek(value, frame), _peek(index, frame)
            if type(owner) is dict and type(key) in (int, str):
                return owner.get(key, _MISSING)
            if type(owner) in (list, tuple) and type(key) is int:
                items = cast(Sequence[object], owner)
                return items[key] if -len(items) <= key < len(items) else _MISSING
        case ast.Constant(value=constant):
            return constant
        case _:
            pass
    return _MISSING


def _peek_attribute(owner: object, name: str, frame: types.FrameType) -> object:
    if name.startswith("__") and not name.endswith("__"):
        name = f"_{frame.f_code.co_qualname.rpartition('.')[0].rpartition('.')[2].lstrip('_')}{name}"
    found = inspect.getattr_static(owner, name, _MISSING)
    if isinstance(found, types.MemberDescriptorType):  # a slot: C code that only reads
        try:
            return found.__get__(owner)
        except (AttributeError, TypeError):
            return _MISSING
    return _MISSING if hasattr(type(found), "__get__") and not _is(owner, type) else found


def _is(thing: object, kinds: type | tuple[type, ...]) -> bool:
    """isinstance() that can't be answered by a `__class__` property of the scenario's."""
    return issubclass(type(thing), kinds)


def _kind(awaited: object, names: dict[int, str]) -> str:
    """What the awaited thing is; of an RLock its owner too, which its repr tells."""
    if awaited is _THREADS:
        return "its threads"
    if _is(awaited, _RLOCK):
        owner = re.search(r"owner=(\d+)", repr(awaited))
        if owner is None or owner[1] == "0":
            return "threading.RLock"
        if int(owner[1]) not in sys._current_frames():
            return "threading.RLock held by a thread that has ended"
        holder = names.get(int(owner[1]), "another thread").partition(" (")[0]
        return f"threading.RLock held by {holder}"
    if _is(awaited, _LOCK):
        return "threading.Lock"
    if _is(awaited, threading.Thread):
        return f"thread {vars(awaited)['_name']}"
    if _is(awaited, queue.SimpleQueue):
        return "queue.SimpleQueue"  # its module is _queue
    kind = type(awaited)
    return f"{kind.__module__}.{kind.__qualname__}"
