"""What is told of threads under control that wait, spin, or were unwound: in the scenario's own words."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import stress


def text_of(scenario: object) -> str:
    return str(stress.explore(scenario, executions=1).failure)  # type: ignore[arg-type]


def test_what_comes_of_unwinding_is_no_error() -> None:
    """A `with condition:` that is left without its lock raises: when all is over, nobody's fault."""
    condition = threading.Condition()

    def waits() -> None:
        with condition:
            condition.wait()

    text = text_of(lambda: stress.parallel(waits))
    assert text.startswith("deadlock: no thread can run\nnobody is left who could wake up those who wait\n")
    assert "RuntimeError" not in text


def test_a_thread_that_spins_is_not_said_to_wait(livelocks_are_seen_soon: None) -> None:
    flag = threading.Event()

    def spins() -> None:
        while not flag.is_set():
            pass

    text = text_of(lambda: stress.parallel(spins))
    assert text.startswith("livelock: ") and "while not flag.is_set():" in text
    assert "waits for flag" not in text and "waits for the end of parallel-1\n" in text


def test_a_lock_is_told_by_its_name_however_it_was_taken() -> None:
    lock = threading.Lock()

    def acquired() -> None:
        lock.acquire()
        lock.acquire()

    def entered() -> None:
        with lock:
            lock.acquire()

    def on_a_stack() -> None:
        with ExitStack() as stack:
            stack.enter_context(lock)
            stack.enter_context(lock)

    for scenario, line in (
        (acquired, "lock.acquire()"),
        (entered, "with lock:"),
        (on_a_stack, "stack.enter_context(lock)"),
    ):
        text = text_of(scenario)
        assert "      waits for lock (threading.Lock)\n" in text
        assert "      holds lock, since tests/runtime/test_words.py:" in text.replace("\\", "/")
        assert __file__ not in text  # but its path from here
        assert text.count(f"  {line}\n") >= 1


def test_a_circle_is_told_in_the_order_in_which_it_holds() -> None:
    a, b, c = threading.Lock(), threading.Lock(), threading.Lock()
    barrier = threading.Barrier(3)

    def takes(first: threading.Lock, second: threading.Lock) -> None:
        with first:
            barrier.wait()
            with second:
                pass

    text = text_of(lambda: stress.parallel(lambda: takes(a, b), lambda: takes(b, c), lambda: takes(c, a)))
    # 1 holds a, which 3 waits for; 3 holds c, which 2 waits for.
    circle = "each holds what the next one waits for: parallel-1, parallel-3, parallel-2, parallel-1 "
    assert circle in " ".join(text.split())
