"""The pytest plugin: its header line, failures that nobody read, and packages that are instrumented for a session."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

import stress
from stress._compat import gil_enabled
from stress.pytest_plugin import names_to_instrument
from tests.starting import STRESS, python_m

IN_WORKERS = ["-n", "2", "-p", "no:hypothesispytest"]  # which would cost each of them a second at its end

FAILS = """
    import stress

    def fails():
        raise ValueError("always")
"""


@pytest.fixture(autouse=True)
def _plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs a pytest in a process of its own, which finds the plugin as its users' does: installed."""
    monkeypatch.setenv("PYTHONPATH", STRESS)
    monkeypatch.delenv("STRESS_EXPECT_INSTALLED", raising=False)
    pytester.makeini("[pytest]\naddopts = -p no:randomly\n")


def run(pytester: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=code)
    return run_again(pytester, *arguments)


def run_again(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    ended = python_m(
        "pytest",
        f"--basetemp={pytester.path / 'temporary'}",
        *arguments,
        cwd=pytester.path,
        path=os.environ["PYTHONPATH"],
    )
    print(ended.stdout, ended.stderr)
    return pytest.RunResult(ended.returncode, ended.stdout.splitlines(), ended.stderr.splitlines(), 0.0)


def test_the_header_tells_where_stress_comes_from_and_whether_the_gil_is_on(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_our_own_asserts_stay_as_they_are():
            import stress.control
            assert type(stress.control.__loader__).__module__ != "_pytest.assertion.rewrite"
    """)
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest")  # which would cost a second at its end
    result.assert_outcomes(passed=1)
    here = Path(str(stress.__file__)).parent
    gil = "on" if gil_enabled() else "off"
    result.stdout.fnmatch_lines([f"stress: {stress.__version__} from {here}, GIL {gil}"])
    result.stdout.no_fnmatch_line("*WARNING*")


def test_what_a_newcomer_types_first_fails(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import stress

        class Counter:
            value = 0

            def up(self):
                self.value += 1

        @stress.interleave
        def test_it():
            counter = Counter()
            stress.parallel(counter.up, counter.up)
            assert counter.value == 2
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: assert 1 == 2*", "*found in execution * of search=auto, seed=0*"])
    result.stdout.no_fnmatch_line("*stress/*.py:*")


@pytest.mark.parametrize(
    ("arguments", "closing"),
    [("search='native'", "found natively in execution 1"), ("", "found in execution 1 of search=auto, seed=0")],
    ids=["native", "auto"],
)
def test_an_interleaved_test_fails_with_the_scenarios_own_exception(
    pytester: pytest.Pytester, arguments: str, closing: str
) -> None:
    result = run(
        pytester,
        f"""
        import stress

        @stress.interleave({arguments})
        def test_it(tmp_path):
            stress.parallel(lambda: None, lambda: int("x"))
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ValueError: invalid literal*", f"*{closing}*"])
    result.stdout.no_fnmatch_line("*stress/exploration.py*")
    result.stdout.no_fnmatch_line("*stress/runtime/*")
    result.stdout.no_fnmatch_line("*stress/control.py*")


def test_what_raises_nothing_itself_is_shown_at_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import stress, threading

        @stress.interleave(
            executions=1,
        )
        def test_it():
            threading.Lock().acquire()
        """,
    )
    result.stdout.fnmatch_lines(
        [">   def test_it():", "E   stress.errors.LeakedLock: leaked lock*", "test_it.py:6: LeakedLock"]
    )
    result.stdout.no_fnmatch_line("*stress/*.py*")


@pytest.mark.parametrize("regression", [True, False])
def test_a_schedule_that_does_not_fit_is_shown_at_the_test(pytester: pytest.Pytester, regression: bool) -> None:
    result = run(
        pytester,
        f"""
        import stress

        @stress.interleave(executions=1)
        {'@stress.regression("v1:1.99w-2")' if regression else ""}
        def test_it():
            stress.parallel(lambda: None, lambda: None)
        """,
        *([] if regression else ["--stress-replay=v1:1.99w-2"]),
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">   def test_it():", "test_it.py:5: StaleSchedule"])
    result.stdout.no_fnmatch_line("*stress/*.py*")


def test_a_regression_that_nobody_replays_fails(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import stress

        @stress.regression("v1")
        def test_it(): pass
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nothing replays it, since the test isn't under @stress.interleave*"])


def test_an_interleaved_test_can_skip(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest, stress

        @stress.interleave
        def test_it():
            pytest.skip("not here")
        """,
    )
    result.assert_outcomes(skipped=1)


def test_a_failure_that_nobody_read_fails_its_test_and_no_other(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        FAILS
        + """
    import gc, pytest

    def test_dropped():
        stress.explore(fails)

    def test_in_a_cycle():
        cycle = [stress.explore(fails)]
        cycle.append(cycle)

    def test_read():
        assert stress.explore(fails).failure

    def test_taken_for_true():
        assert stress.explore(lambda: None)

    def test_failed_anyway():
        exploration = stress.explore(fails)
        assert exploration.executions == 2

    def test_collects(): gc.collect()
    def test_collects_again(): gc.collect()

    @pytest.fixture(scope="module")
    def shared():
        return stress.explore(fails)

    def test_first(shared): pass

    def test_second(shared):
        assert shared.failure
    """,
        "-rA",
    )
    result.assert_outcomes(failed=4, passed=5)
    result.stdout.fnmatch_lines(["*the exploration of fails failed and nobody looked*", "*ValueError: always*"])
    result.stdout.fnmatch_lines(["*TypeError: an Exploration is neither true nor false*"])
    result.stdout.fnmatch_lines_random(
        [
            f"{outcome} test_it.py::test_{name}*"
            for outcome, names in (
                ("FAILED", "dropped in_a_cycle taken_for_true failed_anyway"),
                ("PASSED", "read collects collects_again first second"),
            )
            for name in names.split()
        ]
    )


def test_a_failure_in_a_fixture_that_nobody_read_is_an_error_of_its_teardown(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        FAILS
        + """
    import pytest

    @pytest.fixture
    def exploration():
        return stress.explore(fails)

    def test_it(exploration):
        pass
    """,
    )
    result.assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize("arguments", [[], IN_WORKERS], ids=["alone", "xdist"])
def test_a_deadlock_hangs_neither_pytest_nor_a_worker(pytester: pytest.Pytester, arguments: list[str]) -> None:
    code = """
        import threading
        import pytest, stress
        from concurrent.futures import ThreadPoolExecutor

        def stuck():
            lock = threading.Lock()
            with lock:
                lock.acquire()

        class Test_SEARCH:
            @stress.interleave(search="SEARCH", timeout=0.3)
            def test_itself(self):
                stuck()

            @stress.interleave(search="SEARCH", timeout=0.3)
            def test_thread(self):
                threading.Thread(target=stuck).start()

            @stress.interleave(search="SEARCH", timeout=0.3)
            def test_executor(self):
                with ThreadPoolExecutor(2) as executor:
                    executor.submit(stuck)

            @stress.interleave(search="SEARCH", executions=5)
            def test_passes(self):
                stress.parallel(lambda: None, lambda: None)
        """
    pytester.makepyfile(test_other=code.replace("SEARCH", "auto"))
    result = run(pytester, code.replace("SEARCH", "native"), *arguments)
    result.assert_outcomes(failed=6, passed=2)
    for found in ("deadlock: 1 thread was still alive after 0.3 s", "deadlock: no thread can run"):
        result.stdout.fnmatch_lines([f"*Deadlock: {found}*"])


def test_a_run_without_stress_loads_none_of_its_rooms(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert not {name for name in sys.modules if name.startswith("stress.")} - {
                "stress._compat", "stress._given", "stress._identity", "stress._unread", "stress.errors",
                "stress.pytest_plugin",
            }
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest")
    result.assert_outcomes(passed=1)


@pytest.mark.skipif(sys.platform == "win32", reason="pytest-timeout has no signals there")
def test_pytest_timeout_ends_a_test_that_waits_for_an_exploration(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import threading
        import stress

        @stress.interleave(search="native", timeout=1000)
        def test_it():
            lock = threading.Lock()
            with lock:
                lock.acquire()

        @stress.interleave(timeout=1000)
        def test_loop():
            while True:
                pass

        def test_other():
            stress.explore(lambda: None, search="native").raise_if_failed()
            stress.explore(lambda: None).raise_if_failed()
        """,
        "--timeout=2",
    )
    result.assert_outcomes(failed=2, passed=1)


TWO = """
    import pytest
    import stress

    @pytest.fixture
    def counter():
        return {"value": 0}

    @stress.interleave
    def test_one(counter):
        counter["value"] = 0
        def add():
            counter["value"] += 1
        stress.parallel(add, add)
        assert counter["value"] == 2

    @stress.interleave(executions=1)
    def test_two(counter):
        counter["value"] += 1
        for _ in range(counter["value"]):
            counter["again"] = 1

    def test_plain():
        pass
"""


def test_the_last_line_of_a_failure_replays_it_as_it_is(pytester: pytest.Pytester) -> None:
    result = run(pytester, TWO, "-k", "test_one", "--stress-seed=3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*found in execution * seed=3"])
    lines = result.outlines
    (at,) = [number for number, line in enumerate(lines) if line.startswith("python -m pytest ")]
    assert lines[at + 1].startswith("====")
    again = run_again(pytester, *shlex.split(lines[at])[3:])
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*found in a replay", lines[at]])


def test_a_replay_takes_one_explored_test(pytester: pytest.Pytester) -> None:
    assert run(pytester, TWO, "--stress-replay=v1", "-n", "2").ret == pytest.ExitCode.USAGE_ERROR
    result = run(pytester, TWO, "--stress-replay=v1", "-k", "plain")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--stress-replay takes one explored test, none is selected: name it, FILE::TEST"])
    result = run(pytester, TWO, "--stress-replay=what")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--stress-replay: not a schedule: at character 1*"])


def test_fixtures_that_outlive_an_execution_are_hinted_at(pytester: pytest.Pytester) -> None:
    result = run(pytester, TWO, "-k", "test_two")
    result.stdout.fnmatch_lines(["*the test's arguments (fixtures) were made once, and are shared by all*"])


# --- packages that are instrumented for a session ---------------------------------------------------------------------

PACKAGE = {
    "package/__init__": """
        import functools

        def decorated(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)
            return wrapper

        class Base:
            def __init_subclass__(cls):
                cls.at_import = cls.__name__, decorated(lambda: None)

            @property
            def __value(self):
                return [each for each in self.values]

            @decorated
            def get(self):
                return self.__value

        class Sub(Base):
            values = (1, 2)
        """,
    "package/late": """
        def f():
            return 1
        """,
    "other": """
        def f():
            return 1
        """,
}
INSTRUMENTED = """
    import subprocess
    import sys
    import types

    import package
    from stress.instrument import is_instrumented

    def nested():
        yield lambda: package

    def test_all_functions_have_hooks():
        import other
        from package import late
        functions = [test_all_functions_have_hooks, late.f, *nested(), package.decorated, package.Sub.at_import[1]]
        functions += [package.Base.get, package.Base.get.__wrapped__, package.Base._Base__value.fget]
        assert [is_instrumented(each.__code__) for each in functions] == [True] * len(functions)
        assert not is_instrumented(other.f.__code__)
        assert package.Sub().get() == [1, 2]

    def test_nothing_tells_of_it():
        for module in (package, sys.modules[__name__]):
            assert type(module.__loader__).__name__ in ("SourceFileLoader", "AssertionRewritingHook")
            assert "get_code" not in vars(module.__loader__)
            assert module.__spec__.loader is module.__loader__

    def test_a_child_process_has_none():
        code = "import package; from stress.instrument import is_instrumented; "
        code += "print(is_instrumented(package.decorated.__code__))"
        assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\\n"
"""


def make_package(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("package")
    for name, code in PACKAGE.items():
        pytester.makepyfile(**{name: code})


@pytest.mark.parametrize("way", ["alone", "xdist", "ini"])
def test_named_packages_and_test_modules_are_instrumented_as_they_are_imported(
    pytester: pytest.Pytester, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=os.pathsep)
    make_package(pytester)
    arguments = ["--stress-instrument=package,test_it,unknown"]
    if way == "xdist":
        arguments += IN_WORKERS
    elif way == "ini":
        pytester.makeini("[pytest]\naddopts = -p no:randomly\nstress_instrument = package,test_it unknown\n")
        arguments = ["--import-mode=importlib"]
    result = run(pytester, INSTRUMENTED, *arguments)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "stress: instrumented as they are imported: package, test_it, unknown",
            *([] if way == "xdist" else ["stress: instrumented so far of test_it: 5 of 5 functions with source"]),
            "stress: instrumented of package: 7 of 7 functions with source",
            "stress: instrumented of test_it: 5 of 5 functions with source",
            "stress: instrumented of unknown: nothing: it wasn't imported, or has no functions",
        ]
    )
    assert result.ret == (pytest.ExitCode.OK if way == "ini" else pytest.ExitCode.USAGE_ERROR)


def test_what_only_a_test_would_import_is_not_missed_where_none_runs(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(): import json.tool", "--stress-instrument=json.tool", "--collect-only")
    assert result.ret == pytest.ExitCode.OK


def test_what_is_left_out_is_told_and_what_was_imported_before_is_not_left_out(pytester: pytest.Pytester) -> None:
    many = "\n".join(f"    v{i} = lambda: v{i}" for i in range(300))
    outside = "ones = [*(1 for _ in range(2))]\nclass Holder: twos = [*(2 for _ in range(2))]\n"
    pytester.makepyfile(odd=f"{outside}def f():\n{many}\n\ndef g(): pass\n", before="def f():\n    yield f\n")
    code = """
        import before, odd
        from stress.instrument import is_instrumented

        def test_it():
            assert is_instrumented(before.f.__code__)
    """
    result = run(pytester, code, "-p", "before", "--stress-instrument=odd,before")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "stress: instrumented of odd: 1 of 302 functions with source",
            "stress: not instrumented: odd.f: its code can't be given hooks: more than 255 variables",
            "stress: instrumented of before: 1 of 1 functions with source",
        ]
    )


def test_names_that_cannot_be_instrumented_are_refused(pytester: pytest.Pytester) -> None:
    for names in ([""], [","], ["a", "1"], ["a b-c"], ["a,stress.events"]):
        with pytest.raises(pytest.UsageError, match=r"stress_instrument=.*: it "):
            names_to_instrument(names)
    result = run(pytester, "", "--stress-instrument=a.1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: stress_instrument='a.1': it takes names of packages, as in jinja2,tests; *"])


def test_coverage_sees_the_same_lines_of_what_is_instrumented(pytester: pytest.Pytester) -> None:
    pytest.importorskip("coverage")
    make_package(pytester)
    pytester.makepyfile(test_it="import package\n\ndef test_it():\n    assert package.Sub().get() == [1, 2]")
    pytester.path.joinpath(".coveragerc").write_text("[run]\nbranch = true\nsource = .\n")
    told = []
    for arguments in ([], ["--stress-instrument=package,test_it"]):
        assert python_m("coverage", "run", "-m", "pytest", *arguments, cwd=pytester.path).returncode == 0
        told.append(python_m("coverage", "report", "-m", cwd=pytester.path).stdout.splitlines())
    assert told[0] == told[1]
    assert any("package/late.py" in line for line in told[0])
