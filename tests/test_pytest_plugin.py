"""The pytest plugin: its header line, and failures that nobody read."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

import stress
from stress._compat import gil_enabled

FAILS = """
    import stress

    def fails():
        raise ValueError("always")
"""


@pytest.fixture(autouse=True)
def _plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs a pytest in a process of its own, which finds the plugin as its users' does: installed."""
    monkeypatch.setenv("PYTHONPATH", str(Path(str(stress.__file__)).parents[1]))
    monkeypatch.delenv("STRESS_EXPECT_INSTALLED", raising=False)
    pytester.makeini("[pytest]\naddopts = -p no:randomly\n")


def run(pytester: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=code)
    return pytester.runpytest_subprocess(*arguments)


def test_the_header_tells_where_stress_comes_from_and_whether_the_gil_is_on(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(): pass")
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
    result.stdout.fnmatch_lines(["*AssertionError: assert 1 == 2*", "*found in execution * of search=random, seed=0*"])
    result.stdout.no_fnmatch_line("*stress/*.py:*")


@pytest.mark.parametrize(
    ("arguments", "closing"),
    [("search='native'", "found natively in execution 1"), ("", "found in execution 1 of search=random, seed=0")],
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


def test_a_failure_that_nobody_read_fails_its_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILS + "\n    def test_it():\n        stress.explore(fails)\n    def test_other(): pass")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*the exploration of fails failed and nobody looked*", "*ValueError: always*"])


def test_a_failure_that_nobody_read_is_found_in_a_cycle(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        FAILS
        + """
    def test_it():
        cycle = [stress.explore(fails)]
        cycle.append(cycle)

    def test_other(): pass
    """,
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_it*"])


def test_a_failure_that_was_read_fails_nothing(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILS + "\n    def test_it():\n        assert stress.explore(fails).failure")
    result.assert_outcomes(passed=1)


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


def test_a_module_fixture_may_be_read_by_a_later_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        FAILS
        + """
    import pytest

    @pytest.fixture(scope="module")
    def exploration():
        return stress.explore(fails)

    def test_first(exploration):
        pass

    def test_second(exploration):
        assert exploration.failure
    """,
    )
    result.assert_outcomes(passed=2)


def test_a_test_that_failed_anyway_blames_no_later_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        FAILS
        + """
    import gc

    def test_first():
        exploration = stress.explore(fails)
        assert exploration.executions == 2

    def test_second(): gc.collect()
    def test_third(): gc.collect()
    """,
    )
    result.assert_outcomes(failed=1, passed=2)


def test_bool_of_an_exploration_fails_a_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILS + "\n    def test_it():\n        assert stress.explore(lambda: None)")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TypeError: an Exploration is neither true nor false*"])


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["alone", "xdist"])
@pytest.mark.parametrize(
    ("search", "found"),
    [("native", "deadlock: 1 thread was still alive after 0.3 s"), ("auto", "deadlock: no thread can run")],
    ids=["native", "auto"],
)
def test_a_deadlock_hangs_neither_pytest_nor_a_worker(
    pytester: pytest.Pytester, arguments: list[str], search: str, found: str
) -> None:
    code = """
        import threading
        import pytest, stress
        from concurrent.futures import ThreadPoolExecutor

        def stuck():
            lock = threading.Lock()
            with lock:
                lock.acquire()

        @stress.interleave(search="SEARCH", timeout=0.3)
        def test_itself():
            stuck()

        @stress.interleave(search="SEARCH", timeout=0.3)
        def test_thread():
            threading.Thread(target=stuck).start()

        @stress.interleave(search="SEARCH", timeout=0.3)
        def test_executor():
            with ThreadPoolExecutor(2) as executor:
                executor.submit(stuck)

        @stress.interleave(search="SEARCH", executions=5)
        def test_passes():
            stress.parallel(lambda: None, lambda: None)
        """
    result = run(pytester, code.replace("SEARCH", search), *arguments)
    result.assert_outcomes(failed=3, passed=1)
    result.stdout.fnmatch_lines([f"*Deadlock: {found}*"])


def test_a_run_without_stress_loads_none_of_its_rooms(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import sys

        def test_it():
            assert not {name for name in sys.modules if name.startswith("stress.")} - {
                "stress._compat", "stress._given", "stress._identity", "stress._unread", "stress.errors",
                "stress.pytest_plugin",
            }
        """,
        "-p",
        "no:hypothesispytest",
    )
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
        "--timeout=3",
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
        if counter["value"] % 2:
            stress.parallel(counter.copy, counter.copy)

    def test_plain():
        pass
"""


def test_the_last_line_of_a_failure_replays_it_as_it_is(pytester: pytest.Pytester) -> None:
    result = run(pytester, TWO, "-k", "test_one", "--stress-seed=3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*search=random, seed=3"])
    lines = result.outlines
    (at,) = [number for number, line in enumerate(lines) if line.startswith("python -m pytest ")]
    assert lines[at + 1].startswith("====")
    again = pytester.run(sys.executable, *shlex.split(lines[at])[1:])
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*found in a replay", lines[at]])


def test_a_replay_takes_one_explored_test(pytester: pytest.Pytester) -> None:
    assert run(pytester, TWO, "--stress-replay=v1").ret == pytest.ExitCode.USAGE_ERROR
    result = run(pytester, TWO, "--stress-replay=v1", "-k", "plain")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--stress-replay takes one explored test, none is selected: name it, FILE::TEST"])
    result = run(pytester, TWO, "--stress-replay=what")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--stress-replay: not a schedule: at character 1*"])


def test_fixtures_that_outlive_an_execution_are_hinted_at(pytester: pytest.Pytester) -> None:
    result = run(pytester, TWO, "-k", "test_two")
    result.stdout.fnmatch_lines(["*the test's arguments (fixtures) were made once, and are shared by all*"])
