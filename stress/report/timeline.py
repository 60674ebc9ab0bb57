"""The timeline of one execution: who did what, when, from switch to switch, as plain text at 80 columns.

Shows the operations that matter to more than one thread: on locks, and on what several threads touched and one of them
changed. Reads events; what each read or wrote was noted as it happened.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, cast

from stress._lines import WIDTH, columns, cut, wrapped
from stress.events import (
    NAMELESS,
    UPDATE,
    WRITE,
    Access,
    Event,
    Location,
    OperationSite,
    conflict,
    of_one_place,
    overlap,
    printable,
    writes,
)

LONGEST: Final = 30  # columns of a name or an expression in a sentence
HOLDING: Final = 26  # columns of the locks that are held, at least
FIRST: Final = 20  # lines of the beginning, where a timeline is too long
LAST: Final = 40  # and of its end
ENOUGH: Final = FIRST + LAST + 1  # lines of a timeline, if the ends of its turns come to no more
MOST: Final = 100  # lines if they do
FEW: Final = 3  # lines of either end of a turn, at least
LONG: Final = 100  # lines of an assignment that is looked into
MANY: Final = 1_000  # operations, which come to that many lines
HEADING, SITE, OPERATION, GAP = "heading", "site", "operation", "gap"  # the kinds of lines
EVERYTHING: Final = "python -m stress --all-operations"
LOCK: Final = "lock"  # what such an event needs

_Key = tuple[int, bool, Location]  # a thread, whether it writes, and the location

_DOES: Final = {"read": "reads", "write": "writes", "delete": "deletes", "update": "changes"}


def timeline(events: Sequence[Event], names: Sequence[str], ending: str) -> str:
    """What happened, in order, and a last sentence that says what went wrong.

    events: of one execution that was recorded. names: of the threads, by number. ending: what came of it all, for a
    failure that says no more than that."""
    shared = _shared(events)
    first = _others_begin(events)
    theirs = _done_to_theirs(events, shared)
    told = [e for e in events[first:] if _is_told(e, e.position in shared) or e.position in theirs]
    told, gaps = _thinned(told)
    locks = _Locks(told)
    lines = _lines(told, names, locks, gaps)
    hidden = {event.position for event in told if _is_of_the_library(event)} - theirs
    without = bool(hidden) and len(lines) > ENOUGH
    if without:
        lines = _lines(told, names, locks, gaps, hidden)
    lines = _fitting(lines)
    left_out = any(line.operations or line.kind == GAP for line in lines)
    what = "all" if without and left_out else "what is left out" if left_out else "what the standard library did"
    texts = [f"({EVERYTHING} prints {what})"] if without or left_out else []
    texts += _texts(lines, locks)
    head = f"what happened: of {len(events):,} operations, those on locks and on what threads share"
    if events and not texts:
        head = f"what happened: {len(events):,} operations, none of them on locks or what threads share"
    sentences = [*_lost_updates(events, names), ending]
    return "\n".join([*([head] if events else []), *texts, *(line for text in sentences for line in wrapped(text))])


def all_operations(events: Sequence[Event], names: Sequence[str]) -> str:
    """Every operation, a line each; what doesn't fit stands in the next one."""
    locks = _Locks(events)
    return "\n".join(_in_a_line(event, cut(_short(names[event.thread]), LONGEST), locks) for event in events)


def _in_a_line(event: Event, thread: str, locks: _Locks) -> str:
    where = printable(f"{event.position:>5}  {thread:<12} {event.place.shown()}")
    operation = _operation(event, locks)
    line = f"{where}  {printable(operation)}"
    return line if columns(line) <= WIDTH else f"{where}\n{cut(operation, before=' ' * 7)}"


@dataclass
class _Line:
    """A line. kind: the name of a thread, which begins its turn; a line of the user's; what was done there; or a gap.
    times: so often it was done. event, held: what was done, and with which locks. lines, operations: what a gap stands
    for, as far as it was made lines of, and for the rest."""

    kind: str
    text: str
    times: int = 1
    event: Event | None = None
    held: tuple[str, ...] = ()
    lines: int = 0
    operations: int = 0


def _lines(
    events: Sequence[Event],
    names: Sequence[str],
    locks: _Locks,
    gaps: Mapping[int, _Line],
    hide: Collection[int] = (),
) -> list[_Line]:
    """gaps: by the position of what comes after them. hide: positions; of these operations only in whose turn, and in
    which line of the user's, there are some."""
    lines: list[_Line] = []
    thread, where = -1, ""
    for event in events:
        if gap := gaps.get(event.position):
            lines.append(gap)
            where = ""
        if event.thread != thread or (gap and gap.kind == HEADING):
            thread, where = event.thread, ""
            lines.append(_Line(HEADING, cut(f"  {names[thread]}")))
        hidden = event.position in hide
        site = event.place.shown()
        if hidden and not _has_a_line(event):
            where = ""
        elif str(site) != where and site.line:
            where = str(site)
            lines.append(_Line(SITE, cut(f"  {site.text}".rstrip(), before=f"    {where}")))
        held = dict.fromkeys(locks.name(lock, place) for lock, place in event.held if not _in_a_wait(place))
        if hidden:
            line = _Line(
                OPERATION if where else SITE, f"{'      ' if where else '    '}goes on in the standard library"
            )
        else:
            line = _Line(OPERATION, "", event=event, held=() if _gives_back(event) else tuple(held))
            line.text = _told(event, line.held, locks)
        if (line.kind, line.text) != (lines[-1].kind, lines[-1].text):
            lines.append(line)
        else:
            lines[-1].times += 1
    return lines


def _thinned(told: list[Event]) -> tuple[list[Event], dict[int, _Line]]:
    """Of very many operations the first and last ones of each turn of a thread, and if need be of all; and the gaps, by
    the position of what comes after them."""
    gaps: dict[int, _Line] = {}
    if len(told) <= 2 * MANY:
        return told, gaps
    kept: list[Event] = []
    for _, group in groupby(told, lambda event: event.thread):
        turn = list(group)
        if len(turn) > 2 * LAST:
            gaps[turn[-LAST].position] = _Line(GAP, "      ", operations=len(turn) - 2 * LAST)
            turn = [*turn[:LAST], *turn[-LAST:]]
        kept += turn
    if len(kept) > 2 * MANY:
        left = kept[MANY:-MANY]
        inside = [gaps.pop(event.position) for event in kept[MANY : 1 - MANY] if event.position in gaps]
        operations = len(left) + sum(gap.operations for gap in inside)
        gaps[kept[-MANY].position] = _Line(HEADING, "", operations=operations)  # nobody's turn
        kept = [*kept[:MANY], *kept[-MANY:]]
    return kept, gaps


def _fitting(lines: list[_Line]) -> list[_Line]:
    """As many of the lines as there is room for: of each turn its ends, since what explains a failure stands beside the
    switches; of very many turns the first and the last ones."""
    if len(lines) <= ENOUGH:
        return lines
    turns: list[list[_Line]] = []
    for line in lines:
        if line.kind == HEADING:
            turns.append([])
        turns[-1].append(line)
    for few in range(FIRST, FEW - 1, -1):
        lines = [line for turn in turns for line in _ends(turn, few)]
        if len(lines) <= ENOUGH:
            return lines
    if len(lines) <= MOST:
        return lines
    last = next(at for at in range(len(lines) - LAST, len(lines)) if lines[at].kind == HEADING)
    first = next(at for at in range(FIRST, 0, -1) if lines[at - 1].kind in (OPERATION, GAP))
    return [*lines[:first], _gap("  ", lines[first:last]), *lines[last:]]


def _ends(turn: list[_Line], few: int) -> list[_Line]:
    """The turn with so many of its first lines, and so many of its last ones, below the line of the user's that they
    belong to."""
    heading, first, left, last = turn[0], turn[1 : few + 1], turn[few + 1 : -few], turn[-few:]
    if len(left) < 2:
        return turn
    if first[-1].kind == SITE:
        left.insert(0, first.pop())
    sites = [at for at, line in enumerate(left) if line.kind == SITE]
    if sites and last[0].kind != SITE:
        last.insert(0, left.pop(sites[-1]))
    return [heading, *first, _gap("      ", left), *last] if len(left) > 1 else turn


def _gap(margin: str, left: Sequence[_Line]) -> _Line:
    """What stands for these lines."""
    lines = sum(line.lines if line.kind == GAP else not line.operations for line in left)
    return _Line(GAP, margin, lines=lines, operations=sum(line.operations for line in left))


def _texts(lines: Sequence[_Line], locks: _Locks) -> Iterator[str]:
    """As they are printed."""
    for line in lines:
        if line.kind == GAP or line.operations:
            what = f"{line.lines:,} lines"
            if line.operations:
                what = f"{line.operations:,} operations{' and more' if line.lines else ''}"
            yield f"{line.text or '  '}... {what} left out"
        elif line.event is not None and line.times > 1:
            yield _told(line.event, line.held, locks, f"  ({line.times:,} times)")
        else:
            yield line.text


def _holding(locks: Sequence[str], room: int) -> str:
    """These locks are held: as many of them as there is room for, in columns, and how many others."""
    text = f"  [holds {', '.join(locks)}]"
    shown = len(locks)
    while shown > 1 and columns(text) > room:
        shown -= 1
        text = f"  [holds {', '.join(locks[:shown])}, {len(locks) - shown} more]"
    return cut(text, room)


class _Locks:
    """What to call the locks of these events: as the source does where they are taken, `account.lock`; where it calls
    two of them the same, or one of them differently in two places, with its number."""

    def __init__(self, events: Sequence[Event]) -> None:
        called: dict[str, dict[int, None]] = {}  # the locks, by what they are called
        names: dict[int, set[str]] = {}  # and what they are called
        for event in events:
            takes = event.own and (event.needs == LOCK or _tries_lock(event))
            taken = [(event.own[0][1], event.place)] if takes else []
            for lock, place in (*taken, *event.held):
                if not _in_a_wait(place) and (name := place.lock()) != NAMELESS:
                    called.setdefault(name, {})[lock] = None
                    names.setdefault(lock, set()).add(name)
        several = [lock for locks in called.values() for lock in locks if len(locks) > 1 or len(names[lock]) > 1]
        self._numbers = {lock: number for number, lock in enumerate(dict.fromkeys(several), 1)}

    def of(self, event: Event) -> str:
        """Of the one that the event takes or gives back."""
        return self.name(event.own[0][1] if event.own else -1, event.place)

    def name(self, lock: int, place: Any) -> str:
        """lock: the number of its object. place: where it is taken."""
        name: str = place.lock()
        return f"{name} ({self._numbers[lock]})" if lock in self._numbers and name != NAMELESS else name


def _told(event: Event, held: Sequence[str], locks: _Locks, times: str = "") -> str:
    """A line of what it does: what is cut, if need be, is the expression, not the value, nor the locks held."""
    value = _shown(event)
    operation = f"      {_operation(event, locks).removesuffix(value)}"
    value = f"{cut(value, 30 if held else 50)}{times}"
    room = max(HOLDING, WIDTH - columns(printable(f"{operation}{value}")))
    return cut(operation, after=f"{value}{_holding(held, room) if held else ''}")


def _operation(event: Event, locks: _Locks) -> str:
    """What it does, in words, and with which value."""
    site = event.site
    if _is_of_a_life(event):
        return _of_a_thread(event)
    if _is_of_a_wait(event):
        return "is woken up" if event.delta else "stops waiting, its time is up"
    if _tries_lock(event):
        return f"takes {locks.of(event)}" if event.delta else f"doesn't get {locks.of(event)}"
    if event.needs == LOCK:
        return f"stops waiting for {locks.of(event)}, its time is up" if event.timed_out else f"takes {locks.of(event)}"
    what = " ".join(site.text.split()) or site.name
    if _gives_back(event) and site.name in ("put", "put_nowait"):
        return f"puts into {what.removesuffix(f'.{site.name}')}"
    if _gives_back(event):
        return "wakes up one that waits" if site.function.endswith("notify") else f"gives {locks.of(event)} back"
    if _looks_who_waits(event):
        return "looks who waits"
    if not site.line:
        return "does what it was started to call"
    if site.kind == "entry":
        return "is run by C code"
    if event.needs:
        what = what.removesuffix(".get")
        return f"stops waiting for {what}, its time is up" if event.timed_out else f"gets from {what}"
    return f"{_DOES[_mode(event)]} {_with_key(event, what)}{_shown(event)}"


def _with_key(event: Event, what: str) -> str:
    """The expression with the key that it had, where that is a plain one: `balances['ann']` for `balances[name]`."""
    if event.site.kind != "item" or not of_one_place(event.own):
        return what
    key = _plain(event.own[0][2][1])
    try:
        node = ast.parse(what, mode="eval").body
    except (SyntaxError, ValueError):
        return what
    if not key or not isinstance(node, ast.Subscript) or isinstance(node.slice, (ast.Constant, ast.Slice)):
        return what
    return f"{ast.unparse(node.value)}[{key}]"


def _plain(key: object) -> str:
    """The key, in at most so many characters; "" if to show it could run anything, or take long."""
    if (type(key) is int and abs(key) < 10**LONGEST) or type(key) in (bool, float, type(None)):
        return repr(key)
    if type(key) not in (str, bytes):
        return ""
    text = repr(cast("str", key)[:LONGEST])
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _mode(event: Event) -> str:
    """What it does to the one place that it touches, if it is one."""
    return event.own[0][0] if of_one_place(event.own) else event.mode


def _shown(event: Event) -> str:
    """The value, after a colon: not what is under a key of which it is only asked whether it is there."""
    return f": {event.value}" if event.value and event.site.name not in ("in", "not in") else ""


def _is_of_a_life(event: Event) -> bool:
    """Whether it is a start, an end, or a look at one; the other operation that stands in no source is the call that a
    thread was started for."""
    return event.site.line == 0 and bool(event.site.name)


def _of_a_thread(event: Event) -> str:
    if event.site.name == "join":
        return "stops waiting for a thread, its time is up" if event.timed_out else "sees that a thread has ended"
    return {
        "start": "starts a thread",
        "end": "ends",
        "is_alive": "asks whether a thread is alive",
    }.get(event.site.name, event.site.name)


def _is_of_a_wait(event: Event) -> bool:
    """Whether it waits in a Condition, for a lock of its own, or with no time to wait looks whether it has it."""
    return (event.needs == LOCK or event.tries) and _in_a_wait(event.place) and not _begins_to_wait(event)


def _has_a_line(event: Event) -> bool:
    """Whether a line of the user's led there: none did to a worker of an executor that looks for work."""
    return not event.place.inside or event.place.entered[0] is not None


def _is_of_the_library(event: Event) -> bool:
    """Whether it is one of the standard library's, but for the life of a thread and a wait in a line of the user's that
    takes time."""
    waits = _is_of_a_wait(event) and _has_a_line(event) and not event.tries
    return event.place.inside and not (_is_of_a_life(event) or waits)


def _in_a_wait(place: Any) -> bool:
    """Whether what is taken there is a wait's own lock, and not that of the Condition, taken again."""
    site = place.site
    return bool(place.inside and site.name == "acquire" and site.function.endswith("Condition.wait"))


def _begins_to_wait(event: Event) -> bool:
    """Whether it makes the lock that it will wait for a held one: the outermost statement of the two, in
    Lib/threading.py."""
    return event.needs == LOCK and _in_a_wait(event.place) and event.site.column <= 8


def _tries_lock(event: Event) -> bool:
    """Whether it takes a lock if nobody has it: by `acquire(blocking=False)`, in a line of the user's."""
    return event.tries and event.site.name == "acquire" and not event.place.inside


def _gives_back(event: Event) -> bool:
    return event.delta > 0 and event.site.kind in ("enter", "call", "method") and not _is_of_a_life(event)


def _looks_who_waits(event: Event) -> bool:
    return bool(event.place.inside) and event.site.kind == "truth" and event.site.function.endswith("Condition.notify")


def _shared(events: Sequence[Event]) -> dict[int, set[int]]:
    """By position, of those that conflict with what another thread does, the objects over which; but for what the
    scenario did before there was any other."""
    events = events[_others_begin(events) :]
    by_object: dict[int, dict[_Key, Access]] = {}
    for event in events:
        for mode, thing, location in event.own:
            access = Access(mode, None, location)
            by_object.setdefault(thing, {}).setdefault((event.thread, writes(mode), location), access)
    meets: dict[tuple[int, _Key], bool] = {}

    def conflicts(event: Event, mode: str, thing: int, location: Location) -> bool:
        key = event.thread, writes(mode), location
        if (thing, key) not in meets:
            access = Access(mode, None, location)
            meets[thing, key] = any(
                other[0] != event.thread and conflict(access, each) for other, each in by_object[thing].items()
            )
        return meets[thing, key]

    found = {event.position: {each[1] for each in event.own if conflicts(event, *each)} for event in events}
    return {position: things for position, things in found.items() if things}


def _done_to_theirs(events: Sequence[Event], shared: dict[int, set[int]]) -> set[int]:
    """The positions of what the standard library does, with no value to tell, to what the user's code touches too, or
    by calling C code that it was handed, `function(*args)`, as a Timer does."""
    theirs = {thing for event in events if not event.place.inside for _, thing, _ in event.own}
    return {
        event.position
        for event in events
        if event.place.inside
        and not (event.value or event.needs or event.tries or event.delta or _is_of_a_life(event))
        and (things := shared.get(event.position))
        and ("(*" in event.site.text or things & theirs)
    }


def _others_begin(events: Sequence[Event]) -> int:
    """The start of the first thread beside the scenario's own."""
    return next((event.position for event in events if event.thread or event.starts), 0)


def _is_told(event: Event, shared: bool) -> bool:
    """Whether it says anything. Of what is done inside the standard library only what has to do with locks, and what
    has a value; of the threads' lives not that one was waited for, or what stress.parallel asks."""
    if _is_of_a_life(event):
        return event.timed_out or event.site.name == "start" or "is_alive" in event.place.shown().text
    if event.needs or _gives_back(event) or _is_of_a_wait(event) or _tries_lock(event):
        return not _begins_to_wait(event)
    return shared and (not event.place.inside or event.site.line == 0 or bool(event.value) or _looks_who_waits(event))


def _lost_updates(events: Sequence[Event], names: Sequence[str]) -> Iterator[str]:
    """Of the first write that undoes another thread's: read before that one wrote, written after it. If there is one in
    which one assignment or call reads and writes, so that the old value is in the new one, of the first of these."""
    unread: str | None = None
    history: dict[int, list[tuple[Event, str, Location]]] = {}  # by object
    for event in events:
        if of_one_place(event.own) and event.own[0][0] == WRITE:
            _, thing, location = event.own[0]
            between: Event | None = None
            for earlier, mode, where in reversed(history.get(thing, ())):
                if not overlap(where, location):
                    continue
                if earlier.thread == event.thread:
                    makes = mode == UPDATE and where == location and earlier.site.kind == "item"  # as defaultdict does
                    if between is not None and (makes or not writes(mode)):
                        if _makes_of_it(earlier.site, event.site):
                            yield _lost(earlier, between, event, names)
                            return
                        if unread is None and not event.place.inside:
                            unread = _lost(earlier, between, event, names)
                    break
                if between is None and writes(mode):
                    between = earlier
        for mode, thing, location in event.own:
            history.setdefault(thing, []).append((event, mode, location))
    if unread is not None:
        yield unread


_Extent = tuple[tuple[int, int], tuple[int, int]]  # line and column of the beginning, and of the end


@lru_cache(1_000)
def _makes_of_it(read: OperationSite, write: OperationSite) -> bool:
    """Whether what is written is made of what was read, as in `x.value += 1`, `x.value = x.value + 1` and `setattr(x,
    "value", x.value + 1)`; to stand in the same line isn't enough."""
    below = read.line - write.line
    if read.file != write.file or not read.line or below < 0 or below > LONG:
        return False
    if _is_within(read, _extent(write)):
        return True
    source = "\n".join(line.rstrip("\r\n") for line in write.lines)
    return any(_is_within(write, target) and _is_within(read, value) for target, value in _assignments(source))


@lru_cache(4)  # its file may be long: 60 ms for 2,000 lines
def _assignments(source: str) -> list[tuple[_Extent, _Extent]]:
    """Where each target stands, and the value that it gets."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [(_extent_of(target), _extent_of(node.value)) for target in targets]
    return found


def _extent(site: OperationSite) -> _Extent:
    return (site.line, site.column), (site.end_line, site.end_column)


def _extent_of(node: ast.expr) -> _Extent:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _is_within(site: OperationSite, extent: _Extent) -> bool:
    begin, end = _extent(site)
    return extent[0] <= begin and end <= extent[1]


def _lost(read: Event, between: Event, write: Event, names: Sequence[str]) -> str:
    one, other = (cut(_short(names[event.thread]), LONGEST) for event in (write, between))
    what = cut(_with_key(write, " ".join(write.site.text.split())), LONGEST)
    told = f"{one} read {what}{_value(read)}, then {other} wrote it{_value(between)}, then {one} wrote"
    if not _makes_of_it(read.site, write.site):
        return f"{told} it{_value(write)}, without having read what {other} wrote."
    return f"Lost update: {told} what it had made of the old value{_value(write)}: what {other} did is lost."


def _value(event: Event) -> str:
    return f" ({event.value})" if event.value else ""


def _short(name: str) -> str:
    return name.partition(" (")[0]
