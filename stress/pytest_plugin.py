"""The pytest plugin: a header line, options for explored tests, and how each failure is replayed; no failure of an
exploration goes unread. A run without stress pays nothing.

`--stress-instrument=NAME` gives the functions of packages hooks that only pass through, for the whole session: to see
that a test suite doesn't notice.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest
from _pytest.assertion import rewrite

from stress import _given, _unread
from stress._compat import gil_enabled
from stress._identity import clash, place, version

if TYPE_CHECKING:
    from types import CodeType

_dropped: Final[list[str]] = []  # what the explorations that were dropped unread since the last look had to say


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """The options. They win over a decorator's arguments, and these over ini options. And our own asserts stay as they
    are: pytest would rewrite those of a plugin's whole package, which takes it a second wherever it can't keep that."""
    getattr(pluginmanager.rewrite_hook, "_must_rewrite", set()).discard("stress")
    text = "packages whose functions get hooks that only pass through, to check that instrumentation changes nothing"
    group = parser.getgroup("stress")
    group.addoption("--stress-instrument", metavar="NAME[,NAME]", help=text)
    group.addoption("--stress-seed", metavar="N", type=int, help="the seed of all explorations (default: 0)")
    group.addoption(
        "--stress-replay", metavar="SCHEDULE", help="run the one explored test that is selected under a schedule, once"
    )
    parser.addini("stress_instrument", text, type="args", default=[])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before the first conftest.py imports what is to have hooks."""
    given = early_config.known_args_namespace.stress_instrument
    if given is not None or early_config.getini("stress_instrument"):
        names = early_config.getini("stress_instrument") if given is None else [given]
        early_config.pluginmanager.register(Instrumenting(names, typed=given is not None), "stress-instrument")


def pytest_report_header() -> list[str]:
    """Where stress comes from and whether the GIL is on; and a warning if another project's files lie over it."""
    lines = [f"stress: {version()} from {place()}, GIL {'on' if gil_enabled() else 'off'}"]
    return [*lines, f"stress: WARNING: {text}"] if (text := clash()) else lines


def pytest_configure(config: pytest.Config) -> None:
    """Takes failures that nobody read, instead of a warning; and the options."""
    _unread.listeners.append(_collect)
    seed, schedule = config.getoption("--stress-seed"), config.getoption("--stress-replay")
    if seed is not None:
        _given.settings["seed"] = seed
    if schedule is not None:
        from stress.schedule import Schedule

        try:
            _given.replay[:] = [Schedule.parse(schedule)]
        except ValueError as error:
            raise pytest.UsageError(f"--stress-replay: {error}") from None
        if hasattr(config.option, "dist"):
            config.option.dist, config.option.tx = "no", []  # xdist: one test needs no workers


def pytest_unconfigure() -> None:
    """Leaves them to the warning again."""
    _unread.listeners.remove(_collect)
    _given.settings.clear()
    _given.replay.clear()


def pytest_collection_finish(session: pytest.Session) -> None:
    """A schedule is of one test."""
    if not _given.replay or session.config.getoption("collectonly"):
        return
    explored = [item.nodeid for item in session.items if _is_explored(item)]
    if len(explored) != 1:
        raise pytest.UsageError(
            f"--stress-replay takes one explored test, {len(explored) or 'none'} "
            f"{'are' if len(explored) > 1 else 'is'} selected: name it, FILE::TEST"
        )


def _is_explored(item: pytest.Item) -> bool:
    return hasattr(_test_of(item), "__stress_interleave__")


def _test_of(item: pytest.Item) -> object:
    test = getattr(item, "obj", None)
    return getattr(getattr(test, "hypothesis", None), "inner_test", test)


class Instrumenting:
    """The part of the plugin that only a session with `--stress-instrument` has.

    With xdist the workers import what is tested; what each says when it ends is added up by module, and told once.
    """

    def __init__(self, given: list[str], typed: bool) -> None:
        self.names = names_to_instrument(given)
        self.typed = typed  # for this session, and not once for all of them
        from stress.instrument.importing import Importing

        self.importing = Importing(self.names)
        self.figures: dict[str, tuple[int, list[tuple[str, str]]]] = {}  # by module: functions, and those left out
        self.importing.start()
        _rewriting["exec"] = self._exec

    def _exec(self, code: CodeType, module: dict[str, Any]) -> None:
        __tracebackhide__ = True
        exec(self.importing.hooked(code, module), module)

    def pytest_report_header(self) -> str:
        """The figures are known when the tests have been imported, of what only they import when they have run."""
        return f"stress: instrumented as they are imported: {', '.join(self.names)}"

    def pytest_report_collectionfinish(self) -> list[str]:
        """Where workers collect, they tell nobody."""
        self._add(self._found())
        return [f"stress: instrumented so far of {name}: {self._told(name)}" for name in self.names if self._of(name)]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """xdist: a worker has ended, if it has not crashed with what it found."""
        self._add(getattr(node, "workeroutput", {}).get("stress_instrument", {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What this process found; a worker's is sent by xdist. Nothing at all of what was typed is no success."""
        found = self._found()
        self._add(found)
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            output["stress_instrument"] = found
        elif (
            self.typed
            and session.exitstatus == pytest.ExitCode.OK
            and not session.config.getoption("collectonly")
            and not all(map(self._of, self.names))
        ):
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def _found(self) -> dict[str, tuple[int, list[tuple[str, str]]]]:
        return {name: (each.functions, each.left) for name, each in self.importing.figures.items()}

    def _of(self, name: str) -> dict[str, tuple[int, list[tuple[str, str]]]]:
        """The figures of the modules that a name covers."""
        return {module: found for module, found in self.figures.items() if f"{module}.".startswith(f"{name}.")}

    def _told(self, name: str) -> str:
        found = self._of(name).values()
        functions, left = sum(each[0] for each in found), sum(len(each[1]) for each in found)
        return f"{functions - left} of {functions} functions with source"

    def _add(self, found: dict[str, tuple[int, list[tuple[str, str]]]]) -> None:
        for module, figures in found.items():
            self.figures[module] = max(figures, self.figures.get(module, figures))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """How many functions of how many that have source; and of the rest, which and why."""
        for name in self.names:
            modules = self._of(name)
            text = self._told(name) if modules else "nothing: it wasn't imported, or has no functions"
            terminalreporter.write_line(f"stress: instrumented of {name}: {text}", red=not modules)
            for module, (_, left) in modules.items():
                for function, why in left:
                    terminalreporter.write_line(f"stress: not instrumented: {module}.{function}: {why}")

    def pytest_unconfigure(self) -> None:
        _rewriting.pop("exec", None)
        self.importing.stop()


# The names of the file of pytest that runs the modules whose asserts it rewrote; what we put there is found before the
# builtin.
_rewriting: Final[Any] = vars(rewrite)


def names_to_instrument(given: list[str]) -> list[str]:
    """The names in what was given, which may hold several; raises UsageError."""
    names = [name for text in given for name in text.replace(",", " ").split()]
    text = f"stress_instrument={','.join(given)!r}: it takes names of packages, as in jinja2,tests; NAME covers NAME.*"
    if not names or not all(all(part.isidentifier() for part in name.split(".")) for name in names):
        raise pytest.UsageError(text)
    if any(name.split(".")[0] == "stress" for name in names):
        raise pytest.UsageError("stress_instrument=stress: it can't be instrumented by itself")
    return names


def _collect(text: str) -> bool:
    _dropped.append(text)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fails a test that passed although it had dropped a failure, or that has a schedule which nobody replays."""
    if hasattr(_test_of(item), "__stress_regressions__") and not _is_explored(item):
        pytest.fail("@stress.regression: nothing replays it, since the test isn't under @stress.interleave", False)
    before = list(_unread.pending)
    try:
        yield
    except BaseException:
        # It failed anyway, and its traceback keeps what it had: nobody is to be blamed when that goes, tests later.
        for exploration in list(_unread.pending):
            if exploration not in before:
                exploration.mark_read()
        _dropped.clear()
        raise
    del before
    if text := _collected():
        pytest.fail(text, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Ends the report of a test whose exploration failed with the command that replays it."""
    report = yield
    failure_module = sys.modules.get("stress.failure")
    if call.when == "call" and failure_module is not None and failure_module.thrown:
        schedule = failure_module.thrown.pop()
        if report.failed and schedule is not None and _is_explored(item):
            report.sections.append(("replay", _command(item, f"--stress-replay={schedule}")))
    return report


def _command(item: pytest.Item, option: str) -> str:
    """What runs the test so, typed where pytest was started."""
    from stress._commands import near, typed  # when something has failed

    file, separator, name = item.nodeid.partition("::")
    here = near(item.config.rootpath / file, item.config.invocation_params.dir)
    return typed(["python", "-m", "pytest", f"{here}{separator}{name}", option])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What goes only when the test is over (fixtures keep their values until then) becomes an error of the test."""
    result = yield
    if text := _collected():
        report = pytest.TestReport(
            item.nodeid, item.location, keywords={}, outcome="failed", longrepr=text, when="teardown"
        )
        item.ihook.pytest_runtest_logreport(report=report)
    return result


def _collected() -> str:
    """What explorations that were dropped unread since the last time have to say."""
    if _unread.pending:
        gc.collect()  # one may hang in a cycle of references
    text = "\n".join(_dropped)
    _dropped.clear()
    return text
