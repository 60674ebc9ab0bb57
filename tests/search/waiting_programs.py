"""Small programs of what the library builds on locks, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

HEAD = """\
import queue
import threading
import stress

class Box:
    def __init__(self):
        self.value = 0

"""

# By what they are about: what a thread may do, a line each, with the thread's list of what it saw as `got`.
STATEMENTS = {
    "condition": (
        "with condition:\n    condition.wait()",
        "with condition:\n    condition.wait_for(lambda: box.value)",
        "with condition:\n    got.append(condition.wait(1))",
        "with condition:\n    got.append(condition.wait_for(lambda: box.value, 1))",
        "with condition:\n    condition.notify()",
        "with condition:\n    box.value = 1\n    condition.notify_all()",
        "with condition:\n    box.value += 1",
        "got.append(box.value)",
    ),
    "queue": (
        "items.put(NUMBER)",
        "got.append(items.get())",
        "try:\n    got.append(items.get(timeout=1))\nexcept queue.Empty:\n    got.append('late')",
        "try:\n    got.append(items.get_nowait())\nexcept queue.Empty:\n    got.append('empty')",
        "try:\n    items.put_nowait(NUMBER)\nexcept queue.Full:\n    got.append('full')",
        "got.append(items.qsize())",
        "items.task_done()\ngot.append('done')",
        "items.join()",
    ),
    "simple queue": (
        "simple.put(NUMBER)",
        "got.append(simple.get())",
        "try:\n    got.append(simple.get(timeout=1))\nexcept queue.Empty:\n    got.append('late')",
        "try:\n    got.append(simple.get_nowait())\nexcept queue.Empty:\n    got.append('empty')",
        "got.append(simple.qsize())",
    ),
    "semaphore": (
        "with semaphore:\n    box.value += 1",
        "semaphore.acquire()",
        "got.append(semaphore.acquire(blocking=False))",
        "semaphore.release()",
        "got.append(box.value)",
    ),
    "event": (
        "event.set()",
        "event.clear()",
        "event.wait()",
        "got.append(event.wait(1))",
        "got.append(event.is_set())",
        "box.value += 1",
    ),
    "barrier": (
        "got.append(barrier.wait())",
        "try:\n    barrier.wait()\nexcept threading.BrokenBarrierError:\n    got.append('broken')",
        "try:\n    got.append(barrier.wait(1))\nexcept threading.BrokenBarrierError:\n    got.append('late')",
        "barrier.abort()",
        "box.value += 1",
    ),
}


def drawn(seed: int) -> list[list[str]]:
    """The statements of each thread."""
    draw = random.Random(seed)
    statements = STATEMENTS[draw.choice(sorted(STATEMENTS))]
    threads, most = draw.choice(((2, 1), (2, 2), (2, 2), (3, 1)))
    return [[draw.choice(statements) for _ in range(draw.randint(1, most))] for _ in range(threads)]


def source(name: str, threads: list[list[str]]) -> str:
    """A scenario that returns what the threads saw."""
    lines = [
        f"def {name}():",
        "    box, saw = Box(), [[] for _ in range(3)]",
        "    condition, items, simple = threading.Condition(), queue.Queue(1), queue.SimpleQueue()",
        "    semaphore, event, barrier = threading.Semaphore(1), threading.Event(), threading.Barrier(2)",
    ]
    for index, statements in enumerate(threads):
        lines += [f"    def thread{index}(got=saw[{index}]):"]
        lines += [" " * 8 + line for line in _lines(statements, index)]
    called = ", ".join(f"thread{index}" for index in range(len(threads)))
    lines += [f"    stress.parallel({called})", "    return str(saw), box.value", "", ""]
    return "\n".join(lines)


def _lines(statements: list[str], thread: int) -> Iterator[str]:
    for number, statement in enumerate(statements):
        yield from statement.replace("NUMBER", str(10 * thread + number)).splitlines()
