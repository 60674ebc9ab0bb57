"""python -m stress TARGET...: runs scenarios, prints a row for each, then each failure with where and why."""

from __future__ import annotations

import _thread
import argparse
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stress import _identity
from stress._commands import typed

if TYPE_CHECKING:
    from stress.exploration import Exploration
    from stress.report.table import Live, Row
    from stress.schedule import Schedule
    from stress.targets import Found

# Exit statuses.
AS_EXPECTED, NOT_AS_EXPECTED, CALLED_WRONGLY, OUR_BUG, INTERRUPTED = 0, 1, 2, 3, 130


def parser() -> argparse.ArgumentParser:
    """The command line: each option's help is one line, with its default."""
    options = argparse.ArgumentParser(
        prog="python -m stress",
        description="Is my threaded Python code thread-safe? Runs scenarios and shows what breaks them.",
        epilog="Strategies: random, pct (which is pct:3), pct:DEPTH, pos, surw, dpor. "
        "Exit status: 0 all as expected, 1 a verdict was not, 2 called wrongly, 3 our bug, 130 interrupted.",
        allow_abbrev=False,
    )
    options.add_argument(
        "targets", nargs="*", metavar="TARGET", help="a module, a package, a file, or one of these and ::NAME"
    )
    options.add_argument("--search", metavar="NAME", help="native, auto or a strategy (default: native, then auto)")
    options.add_argument(
        "--executions", metavar="N", type=int, help="runs of each (default: 100 natively, else up to 1000)"
    )
    options.add_argument("--seconds", metavar="S", type=float, help="seconds for a scenario (default: no limit)")
    options.add_argument("--seed", metavar="N", type=int, help="of the random choices; not natively (default: 0)")
    options.add_argument(
        "--timeout",
        metavar="S",
        type=float,
        help="seconds of a step, natively of all (default: 10)",
    )
    options.add_argument(
        "--include", metavar="NAME", action="append", help="one more module to control (default: see the docs)"
    )
    options.add_argument(
        "--keep-going", action="store_true", default=None, help="go on after a failure (default: stop)"
    )
    options.add_argument("--replay", metavar="SCHEDULE", help="run one scenario once, so (default: explore)")
    options.add_argument(
        "--all-operations", action="store_true", help="print all that a failure did (default: what is shared)"
    )
    options.add_argument("--list", action="store_true", help="print the scenarios, run nothing (default: run them)")
    options.add_argument("--version", action="store_true", help="print all that a bug report needs (default: no)")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; its exit status."""
    options = parser()
    chosen = options.parse_args(arguments)
    if chosen.version:
        with _printing():
            print(_identity.report())
        return AS_EXPECTED
    if text := _identity.clash():
        print(f"python -m stress: WARNING: {text}", file=sys.stderr)
    if not chosen.targets:
        options.error("no target: name a module, a package or a file")  # exits with 2
    from stress.exploration import Settings, check_settings
    from stress.schedule import Schedule
    from stress.targets import WrongTarget, find

    given = {name: value for name in Settings.__annotations__ if (value := getattr(chosen, name, None)) is not None}
    try:
        check_settings(given)
        schedule = None if chosen.replay is None else Schedule.parse(chosen.replay)
        scenarios = find(chosen.targets)
    except (TypeError, ValueError, NotImplementedError, WrongTarget) as error:
        print(f"python -m stress: {error}", file=sys.stderr)
        return CALLED_WRONGLY
    except KeyboardInterrupt:
        print("python -m stress: interrupted while the targets were imported", file=sys.stderr)
        return INTERRUPTED
    if chosen.list:
        with _printing():
            for scenario in scenarios:
                print(f"{scenario.target}  expected: {scenario.marked.expected}")
        return AS_EXPECTED
    if schedule is not None:
        if unused := sorted(set(given) - {"include"}):
            options.error(f"--replay takes no --{unused[0].replace('_', '-')}: it runs once, under its schedule")
        if len(scenarios) != 1:
            options.error(f"--replay takes one scenario, got {len(scenarios)}: name it, FILE::NAME")
    return _run(scenarios, given, schedule, chosen.all_operations)


@contextmanager
def _printing() -> Iterator[None]:
    """Whoever reads the output may have seen enough (`| head`): the verdicts stay what they are. Where it can't be
    written (a full disk), nobody learns of them, and that is told. Raises SystemExit."""
    try:
        yield
        print(end="", flush=True)  # flushes, and does nothing where it was closed before the start: `>&-`
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes there, at the exit
        if not isinstance(error, BrokenPipeError):
            print(f"python -m stress: the output can't be written: {error}", file=sys.stderr)
            raise SystemExit(CALLED_WRONGLY) from None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C may come while the main thread is in a finalizer or in a weak reference's callback, where the interpreter
    drops what its handler raises: it is sent once more, when the thread has left there. Raises KeyboardInterrupt."""
    before = sys.unraisablehook
    sending: list[threading.Timer] = []

    def unraisablehook(args: Any) -> None:
        if issubclass(args.exc_type, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            again = threading.Timer(0.05, _thread.interrupt_main)
            again.daemon = True
            sending[:] = [again]
            again.start()
        else:
            before(args)

    sys.unraisablehook = unraisablehook
    try:
        yield
    finally:
        sys.unraisablehook = before
        late = [again for again in sending if again.is_alive()]
        for again in late:
            again.cancel()
    if late:
        raise KeyboardInterrupt


@dataclass
class _Results:
    """What has been found so far. given: the options of the command line. schedule: replayed instead of a search.
    everything: all operations of failures are printed."""

    given: dict[str, Any]
    schedule: Schedule | None = None
    everything: bool = False
    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    proofs: dict[tuple[str, ...], list[str]] = field(default_factory=dict)  # names of scenarios, by what is assumed
    unproved: dict[str, list[str]] = field(default_factory=dict)  # of others that pass, by why, and what is assumed
    status: int = AS_EXPECTED
    next_row: int = 0  # where it goes
    next_failure: int = 0


def _run(scenarios: list[Found], given: dict[str, Any], schedule: Schedule | None, everything: bool) -> int:
    from stress._lines import fitted, wrapped
    from stress.errors import StaleSchedule
    from stress.exploration import AlreadyExploring

    try:
        from stress.report.table import console, live, print_rows
    except ImportError as error:  # a rich.py in this folder, say
        print(f"python -m stress: rich fails to import: {error}", file=sys.stderr)
        return CALLED_WRONGLY
    out = console()
    results = _Results(given, schedule, everything)
    try:
        with _interruptible(), live(out) as shown:
            for scenario in scenarios:
                _explore(scenario, shown, results)
    except KeyboardInterrupt:
        results.status = INTERRUPTED
        found = "this was found until then" if results.rows else "nothing was found until then"
        results.failures.append(f"interrupted: {found}")
    except (AlreadyExploring, StaleSchedule) as error:
        print(fitted(f"python -m stress: {error}"), file=sys.stderr)
        results.status = CALLED_WRONGLY
    except Exception:
        results.status = OUR_BUG
        results.failures.append(
            f"{traceback.format_exc()}\nThis is a bug in hypothesis-stress, not in your code. Please report it with:\n"
            f"{_identity.report()}"
        )
    with _printing():
        if results.rows:
            print_rows(results.rows, out)
        for failure in results.failures:
            out.print(failure, soft_wrap=True, end="\n\n")
        for assumptions, names in results.proofs.items():
            resting = f"for the free-threaded switch model, assuming that {'; that '.join(assumptions)}"
            out.print("\n".join(wrapped(f"proved {resting}: {', '.join(names)}", further="  ")), end="\n\n")
        for why, names in results.unproved.items():
            out.print(
                "\n".join([*wrapped(f"passing: {', '.join(names)}", further="  "), why]), soft_wrap=True, end="\n\n"
            )
        if results.status in (AS_EXPECTED, NOT_AS_EXPECTED):
            out.print(summary(results.rows))
    return results.status


def summary(rows: list[Row]) -> str:
    """One line: how many verdicts there are, and how many of them are not the expected one."""
    wrong = sum(row.counts and not row.met for row in rows)
    unseen = sum(row.verdict == "not shown" for row in rows)
    text = f"{len(rows)} verdict{'s' if len(rows) != 1 else ''}: {f'{wrong} not' if wrong else 'all'} as expected"
    return f"{text}, {unseen} not shown natively" if unseen else text


def _explore(scenario: Found, shown: Live, results: _Results) -> None:
    """Runs one scenario, in each way, and adds what came of it, or of what was run when it was interrupted."""
    settings: dict[str, Any] = {**scenario.marked.settings, **results.given}
    if results.schedule is not None:
        _explore_once(scenario, settings, shown, results)
        return
    # Under control first: free threads leave made what is made once in a process. Told the other way round.
    results.next_row, results.next_failure = len(results.rows), len(results.failures)
    for search in [settings["search"]] if "search" in settings else ["auto", "native"]:
        here = {**settings, "search": search}
        if search == "native":
            here.pop("include", None)  # it says what is controlled
        if not _explore_once(scenario, here, shown, results):
            break


def _explore_once(scenario: Found, settings: dict[str, Any], shown: Live, results: _Results) -> bool:
    """Whether it ran, and wasn't skipped."""
    from stress.errors import NothingInstrumented
    from stress.exploration import explore, is_signal, replayed

    own_progress: Callable[[Exploration], object] | None = settings.pop("progress", None)
    latest: list[Exploration] = []

    def progress(exploration: Exploration) -> None:
        latest[:] = [exploration]
        shown.show(scenario.name, exploration.executions)
        if own_progress is not None:
            own_progress(exploration)

    shown.show(scenario.name, 0)
    try:
        if results.schedule is not None:
            timeout, include = settings.get("timeout"), settings.get("include")
            _add(scenario, replayed(scenario.function, results.schedule, timeout, include=include), results)
        else:
            _add(scenario, explore(scenario.function, **settings, progress=progress), results)
    except KeyboardInterrupt:
        for exploration in latest:
            _add(scenario, exploration, results)
        raise
    except NothingInstrumented as error:
        _add_uncontrolled(scenario, error, results)
    except BaseException as exception:
        if not is_signal(exception):
            raise
        _add_skipped(scenario, settings.get("search", "replay"), exception, results)
        return False
    return True


def _add(scenario: Found, exploration: Exploration, results: _Results) -> None:
    from stress.report.table import Row
    from stress.report.timeline import all_operations

    failure = exploration.failure
    met = scenario.marked.met_by(failure)
    native = exploration.search == "native"
    kind = "" if failure is None else failure.kind
    verdict = {"": "passes", "deadlock": "deadlocks"}.get(kind, kind if kind in _NEITHER else "fails")
    row = Row(
        scenario=scenario.name,
        search=exploration.search,
        verdict=verdict if failure is not None or met or not native else "not shown",
        expected=scenario.marked.expected,
        met=met,
        counts=failure is not None or not native,  # free threads can't promise to show what was expected of them
        executions=exploration.executions,
        proved="yes" if exploration.exhausted else "no",
        seconds=exploration.seconds,
    )
    results.rows.insert(results.next_row, row)
    if exploration.exhausted and failure is None:
        results.proofs.setdefault(exploration.assumptions, []).append(scenario.name)
    elif exploration.assumptions and failure is None:
        _, _, why = str(exploration).partition("\n")
        results.unproved.setdefault(why, []).append(scenario.name)
    if row.counts and not met:
        results.status = NOT_AS_EXPECTED
    if failure is not None:
        so = "as expected" if met else f"expected: {scenario.marked.expected}"
        lines = [f"{scenario.name} {_NEITHER.get(failure.kind, verdict)}, {so}"]
        for each in exploration.failures:
            lines.append(each.text)
            if results.everything and each.operations:
                lines += ["all operations:", all_operations(each.operations, each.threads)]
            lines += [_again(scenario, exploration.search, results.given, each.schedule)]
        results.failures.insert(results.next_failure, "\n".join(lines))


# What "fails" isn't met by, in a sentence.
_NEITHER: Final = {
    "nondeterministic": "is nondeterministic",
    "uncontrolled blocking": "ends in uncontrolled blocking",
}


def _again(scenario: Found, search: str, given: dict[str, Any], schedule: Schedule | None) -> str:
    """The command that replays a failure, or runs the scenario once more, in this way."""
    words = ["python", "-m", "stress", scenario.target]
    if schedule is not None:
        return f"replay: {typed([*words, *_including(given), '--replay', str(schedule)])}"
    words += ["--search", search]
    for name, value in given.items():
        if name != "search" and not (name == "include" and search == "native"):
            for each in value if isinstance(value, list) else [value]:
                words += [f"--{name.replace('_', '-')}", *([] if each is True else [str(each)])]
    return f"again: {typed(words)}"


def _including(given: dict[str, Any]) -> list[str]:
    return [word for name in given.get("include", ()) for word in ("--include", name)]


def _add_uncontrolled(scenario: Found, error: Exception, results: _Results) -> None:
    from stress.report.table import Row

    expected = scenario.marked.expected
    results.rows.insert(results.next_row, Row(scenario.name, "auto", "not run", expected, False, True, 0, "no", 0.0))
    results.failures.insert(results.next_failure, f"{scenario.name} could not be controlled: {error}")
    results.status = NOT_AS_EXPECTED


def _add_skipped(scenario: Found, search: str, signal: BaseException, results: _Results) -> None:
    from stress.failure import describe
    from stress.report.table import Row

    results.rows.append(Row(scenario.name, search, "skipped", scenario.marked.expected, True, False, 0, "no", 0.0))
    results.failures.append(f"{scenario.name} was skipped: {describe(signal)}")


if __name__ == "__main__":
    sys.exit(main())
