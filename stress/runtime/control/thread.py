"""A thread of the scenario in one execution, and what it can wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from stress.events import READ, STATE, OperationSite, Path, Touch
from stress.runtime.control.places import Place
from stress.runtime.control.positions import Counted
from stress.runtime.control.within import Entered

if TYPE_CHECKING:
    import threading

    from stress.runtime.control.workers import Worker

_NOT_COUNTED: Final[Any] = None


class Ended(BaseException):
    """Unwinds a thread whose execution is over. An `except` that takes it only puts off the end."""


class Resource(Protocol):
    """Something that a thread can wait for: a lock, the end of a thread, an item of a queue."""

    waiters: list[Thread]

    @property
    def word(self) -> str:
        """What it is; "" if only the time ends the wait."""
        ...

    @property
    def level(self) -> int:
        """How much of it there was when the execution met it."""
        ...

    @property
    def use(self) -> tuple[Touch, ...]:
        """What a wait for it that succeeds does."""
        ...

    @property
    def takes(self) -> bool:
        """Whether such a wait leaves less of it."""
        ...


class Tried(Resource, Protocol):
    """One that a thread can also try to take, without waiting: a lock."""

    @property
    def owner(self) -> Any:
        """Who has it, None if nobody does."""
        ...


class Thread:
    """A thread of the scenario, for one execution. As a resource, it is its end that others wait for."""

    __slots__ = (
        "clock_read",
        "counted",
        "daemon",
        "deadline",
        "draws",
        "ended",
        "entered",
        "gate",
        "guards",
        "held",
        "ident",
        "may_be_early",
        "name",
        "number",
        "path",
        "pending",
        "python",
        "reads_of_clock",
        "site",
        "started",
        "steps",
        "timed_at",
        "timed_out",
        "tired",
        "tries",
        "unwound",
        "waiters",
        "waits",
        "worker",
        "would_time_out",
    )

    word = "thread"
    level = 0
    takes = False

    def __init__(
        self, number: int, path: Path, name: str, python: threading.Thread | None, daemon: bool, worker: Worker
    ) -> None:
        self.number = number  # in order of creation; 0 is the scenario's own
        self.path = path
        self.name = name
        self.python = python
        self.daemon = daemon
        self.worker = worker
        self.gate = worker.gate
        self.ident = worker.ident
        self.site: OperationSite | None = None  # of its pending or last operation
        self.guards = False  # the time limit of its wait is no time that the scenario waits for
        self.waits: Resource | None = None  # None: it is enabled, or has ended
        self.deadline: float | None = None  # virtual seconds
        self.may_be_early = False
        self.would_time_out = False  # it waits in vain, and may be chosen to stop waiting
        self.timed_out = False
        self.tired = False  # it went on for long, and nobody changed anything: by default another one does
        self.tries: Tried | None = None  # it is about to take it if it is there, and doesn't wait
        self.ended = False
        self.unwound = False  # it ended because the execution was over
        self.waiters: list[Thread] = []  # for its end
        self.held: dict[Any, Place] = {}  # the locks that it holds, and where it took each
        self.timed_at: Place | None = None  # where it waits with a time limit
        self.started = 0  # threads, by this one
        self.steps = 0  # operations that it came to, while they are seen
        self.pending: tuple[Touch, ...] = ()  # of the operation that it is about to do, while they are seen
        self.entered: list[Entered] = []  # by C code that may not be done, while they are seen
        self.counted: Counted = _NOT_COUNTED  # but in an execution that is recorded
        self.draws = 0  # of random bytes
        self.reads_of_clock = 0  # of the same time
        self.clock_read = -1.0  # what the last one read

    def __repr__(self) -> str:
        return f"<thread {self.number}: {self.name}>"

    @property
    def use(self) -> tuple[Touch, ...]:
        """What a join does."""
        return ((READ, self.python, STATE),)

    @property
    def in_vain(self) -> bool:
        """Whether it is about to try to take what another thread has."""
        return self.tries is not None and self.tries.owner not in (None, self)

    def ends(self) -> None:
        """Its next operation is its end."""
        if self.counted is not _NOT_COUNTED:
            self.counted.ending = True


class Sleep:
    """What a sleeping thread waits for: nothing but the time."""

    word = ""
    level = 0
    takes = False
    use: tuple[Touch, ...] = ()

    def __init__(self) -> None:
        self.waiters: list[Thread] = []
