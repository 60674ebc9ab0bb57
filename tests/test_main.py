"""python -m stress: what it runs, what it prints, and its exit status."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import stress
from stress.__main__ import main
from stress._compat import gil_enabled
from stress.search import NAMES
from stress.targets import WrongTarget, find
from tests.starting import STRESS, python_m

SCENARIOS = """
    import threading
    import stress

    def both(f):
        stress.parallel(f, f)

    @stress.scenario(executions=3)
    def passes():
        both(lambda: None)

    @stress.scenario(expect="fails")
    def fails():
        raise ValueError("as it should")

    @stress.scenario(expect="deadlocks", timeout=1)
    def deadlocks():
        lock = threading.Lock()
        with lock:
            lock.acquire()

    @stress.scenario(expect=KeyError)
    def raises():
        {}["x"]

    def unmarked():
        both(lambda: None)
"""


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return python_m("stress", *arguments, cwd=cwd, COLUMNS="80", **environment)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    write(tmp_path / "scenarios.py", SCENARIOS)
    return tmp_path


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return file


def rows(output: str, search: str = "native") -> dict[str, list[str]]:
    """The rows of the table for one way to run a scenario: the words after the scenario's name."""
    found = {}
    for line in output.partition("\n\n")[0].splitlines():
        words = line.split()
        if len(words) > 5 and words[1] == search:
            found[words[0]] = words[1:]
    return found


def searches(output: str) -> list[tuple[str, str]]:
    """Each row's scenario and way to run it, from top to bottom."""
    lines = [line.split() for line in output.partition("\n\n")[0].splitlines()]
    return [
        (words[0], words[1]) for words in lines if len(words) > 5 and words[1] in ("native", "random", "auto", "replay")
    ]


def test_a_row_for_each_scenario_and_way_and_then_each_failure(here: Path) -> None:
    ended = run("scenarios.py", cwd=here)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    names = ["passes", "fails", "deadlocks", "raises"]
    assert searches(ended.stdout) == [(name, search) for name in names for search in ("native", "auto")]
    for search in ("native", "auto"):
        assert {name: words[:5] for name, words in rows(ended.stdout, search).items()} == {
            "passes": [search, "passes", "passes", "3", "no"],
            "fails": [search, "fails", "fails", "1", "no"],
            "deadlocks": [search, "deadlocks", "deadlocks", "1", "no"],
            "raises": [search, "fails", "KeyError", "1", "no"],
        }
        how = "again: python -m stress scenarios.py::deadlocks --search native"
        if search != "native":
            how = "replay: python -m stress scenarios.py::deadlocks --replay v1"
        assert f"{how}\n" in ended.stdout
    assert ended.stdout.count("scenarios.fails fails, as expected\nerror: ValueError: as it should\n") == 2
    assert ended.stdout.count("waits for lock (threading.Lock)") == 2
    assert "found natively in execution 1; it can't be replayed\n" in ended.stdout
    assert "found in execution 1 of search=auto, seed=0\n" in ended.stdout
    assert ended.stdout.rstrip().endswith("8 verdicts: all as expected")
    assert ended.stderr == ""


@pytest.mark.parametrize(("search", "row"), [("native", "native"), ("random", "random"), ("auto", "auto")])
def test_a_search_that_is_named_is_the_only_one(here: Path, search: str, row: str) -> None:
    ended = run("scenarios.py", "--search", search, cwd=here)
    assert ended.returncode == 0, ended.stderr
    assert {way for _, way in searches(ended.stdout)} == {row}
    assert ended.stdout.rstrip().endswith("4 verdicts: all as expected")


def test_the_search_of_a_scenario_is_the_only_one_unless_an_option_says_otherwise(here: Path) -> None:
    write(here / "own.py", 'import stress\n@stress.scenario(search="native", executions=2)\ndef own(): pass\n')
    assert searches(run("own.py", cwd=here).stdout) == [("own", "native")]
    assert searches(run("own.py", "--search", "random", cwd=here).stdout) == [("own", "random")]


COUNTS = """
    import stress

    class Counter:
        value = 0

        def up(self):
            self.value += 1

    @stress.scenario(expect="fails")
    def counts():
        counter = Counter()
        stress.parallel(counter.up, counter.up)
        assert counter.value == 2, f"{counter.value} of 2"

    @stress.scenario(expect="fails")
    def counts_three():
        counter = Counter()
        stress.parallel(counter.up, counter.up, counter.up)
        assert counter.value > 1, f"{counter.value} of 3"
"""


@pytest.mark.skipif(not gil_enabled(), reason="a free-threaded build shows it natively too")
def test_what_free_threads_do_not_show_is_shown_under_control(here: Path) -> None:
    write(here / "counting.py", COUNTS)
    ended = run("counting.py::counts", cwd=here)
    assert ended.returncode == 0, ended.stderr
    assert rows(ended.stdout)["counts"][:5] == ["native", "not", "shown", "fails", "100"]
    assert rows(ended.stdout, "auto")["counts"][1:3] == ["fails", "fails"]
    assert "counting.counts fails, as expected\nerror: AssertionError: 1 of 2\n" in ended.stdout
    assert ended.stdout.rstrip().endswith("2 verdicts: all as expected, 1 not shown natively")


def test_the_output_is_plain_and_fits_80_columns_when_piped(here: Path) -> None:
    ended = run("scenarios.py", cwd=here)
    assert "\x1b" not in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80
    assert re.search(r"since scenarios\.py:\d+  with lock:\n", ended.stdout)  # from this folder, not from the root


def test_a_seed_decides_what_is_found(here: Path) -> None:
    write(here / "counting.py", COUNTS)

    def found(seed: int, **environment: str) -> str:
        arguments = "counting.py::counts_three", "--search", "random", "--seed", str(seed)
        ended = run(*arguments, cwd=here, **environment)
        assert ended.returncode == 0, ended.stderr
        assert f"of search=random, seed={seed}\n" in ended.stdout
        return rows(ended.stdout, "random")["counts_three"][3]

    assert found(3) == found(3, PYTHONHASHSEED="1")


def test_an_encoding_that_lacks_a_character_gets_ascii(here: Path) -> None:
    write(
        here / "umlaut.py",
        'import stress\n@stress.scenario(expect="fails")\ndef f(): raise ValueError("f\\u00fcr \\u2192")\n',
    )
    ended = run("umlaut.py", cwd=here, PYTHONIOENCODING="ascii")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.isascii() and "f\\xfcr \\u2192" in ended.stdout


@pytest.mark.parametrize(
    "target", ["scenarios", "scenarios.py", "./scenarios.py", "scenarios.py::passes", "scenarios::passes"]
)
def test_a_target_may_be_a_module_or_a_file_and_a_name(here: Path, target: str) -> None:
    ended = run(target, cwd=here)
    assert ended.returncode == 0, ended.stderr
    assert rows(ended.stdout)["passes"][1] == "passes"
    assert (len(rows(ended.stdout)) == 1) is ("::" in target)


def test_a_name_may_be_any_callable(here: Path) -> None:
    ended = run("scenarios.py::unmarked", cwd=here)
    assert ended.returncode == 0, ended.stderr
    assert rows(ended.stdout)["unmarked"][:4] == ["native", "passes", "passes", "100"]
    assert rows(ended.stdout, "auto")["unmarked"][:3] == ["auto", "passes", "passes"]


def test_a_name_may_be_an_interleaved_test_with_its_settings(here: Path) -> None:
    write(here / "test_it.py", "import stress\n@stress.interleave(executions=4)\ndef test_it(): pass\n")
    ended = run("test_it.py::test_it", cwd=here)
    for search in ("native", "auto"):
        assert rows(ended.stdout, search)["test_it"][:4] == [search, "passes", "passes", "4"], ended.stderr


@pytest.mark.parametrize("order", ["@stress.interleave\n{}", "{}\n@stress.interleave"])
def test_a_scenario_that_is_an_interleaved_test_is_explored_once(here: Path, order: str) -> None:
    decorators = order.format('@stress.scenario(expect="fails")')
    write(here / "both.py", f"import stress\n{decorators}\ndef fine(): stress.parallel(int, int)\n")
    ended = run("both.py", cwd=here)
    assert rows(ended.stdout)["fine"][:5] == ["native", "not", "shown", "fails", "100"], ended.stdout + ended.stderr
    assert rows(ended.stdout, "auto")["fine"][:3] == ["auto", "passes", "fails"]
    assert ended.returncode == 1


@pytest.mark.parametrize("search", ["native", "random"])
def test_an_exploration_within_a_scenario_is_a_wrong_call_and_no_failure(here: Path, search: str) -> None:
    write(
        here / "nested.py",
        """
        import stress
        @stress.scenario(expect="fails")
        def nested(): stress.explore(lambda: None)
        """,
    )
    ended = run("nested.py", "--search", search, cwd=here)
    assert ended.returncode == 2
    assert "this process explores nested already" in ended.stderr


def test_what_a_scenario_returns_is_its_own_affair(here: Path) -> None:
    write(
        here / "returns.py",
        """
        import stress
        class Odd:
            def __hash__(self): raise RuntimeError("no hash")
        @stress.scenario(executions=2)
        def returns(): return Odd()
        """,
    )
    assert run("returns.py", cwd=here).returncode == 0


def test_the_line_that_runs_it_again_can_be_pasted(here: Path) -> None:
    write(here / "a file.py", 'import stress\n@stress.scenario(expect="fails")\ndef f(): 1 / 0\n')
    ended = run("a file.py", "--executions", "5", "--keep-going", "--include", "json", "--include", "this", cwd=here)
    native, controlled = again(ended.stdout)
    assert native == "python -m stress 'a file.py::f' --search native --executions 5 --keep-going"
    assert controlled == "python -m stress 'a file.py::f' --include json --include this --replay v1"
    for line, search in ((native, "native"), (controlled, "replay")):
        repeated = run(*shlex.split(line)[3:], cwd=here)
        assert repeated.returncode == 0, repeated.stderr
        assert searches(repeated.stdout) == [("f", search)]
        assert again(repeated.stdout) == [line]


def again(output: str) -> list[str]:
    """The commands that a report says to type."""
    return re.findall("^(?:again|replay): (.*)$", output, re.MULTILINE)


def test_what_was_found_is_found_again_by_its_line(here: Path) -> None:
    write(here / "counting.py", COUNTS)
    first = run("counting.py::counts_three", "--seed", "7", "--search", "random", cwd=here)
    (line,) = again(first.stdout)
    second = run(*shlex.split(line)[3:], cwd=here)
    _, _, found = first.stdout.partition("counting.counts_three fails")
    found = re.sub("it takes .*\n", "", re.sub("found in execution .*", "found in a replay", found))
    assert found and second.stdout.endswith(found)


GAUSS = """
    import random
    import stress

    @stress.scenario
    def draws():
        generator = random.Random(1)
        generator.gauss(0, 1)  # keeps a second number for the next call
        one, other = stress.parallel(lambda: generator.gauss(0, 1), lambda: generator.gauss(0, 1))
        assert one != other
"""


def test_a_module_of_the_standard_library_is_one_step_unless_it_is_included(here: Path) -> None:
    write(here / "draws.py", GAUSS)
    assert run("draws.py", "--search", "random", cwd=here).returncode == 0
    ended = run("draws.py", "--include", "random", cwd=here)
    assert ended.returncode == 1
    assert rows(ended.stdout)["draws"][1] == "passes"
    assert rows(ended.stdout, "auto")["draws"][1] == "fails"
    (line,) = again(ended.stdout)
    assert line.startswith("python -m stress draws.py::draws --include random --replay v1")


def test_free_threads_are_not_to_be_included(here: Path) -> None:
    ended = run("scenarios.py", "--search", "native", "--include", "json", cwd=here)
    assert ended.returncode == 2
    assert "with search='native': free threads aren't controlled" in ended.stderr


def test_a_scenario_that_cannot_be_controlled_is_not_run_and_is_status_1(here: Path) -> None:
    write(
        here / "sourceless.py",
        """
        import stress
        made = {"stress": stress, "__name__": __name__}
        exec("def sourceless(): stress.parallel(int, int)", made)
        sourceless = stress.scenario(made["sourceless"])
        """,
    )
    ended = run("sourceless.py", cwd=here)
    assert ended.returncode == 1, ended.stderr
    assert rows(ended.stdout)["sourceless"][1:4] == ["passes", "passes", "100"]
    assert rows(ended.stdout, "auto")["sourceless"][1:5] == ["not", "run", "passes", "0"]
    assert (
        "sourceless.sourceless could not be controlled: sourceless: nothing of it can be controlled: " in ended.stdout
    )
    assert "Free threads need no source: search='native'\n" in ended.stdout
    assert ended.stdout.rstrip().endswith("2 verdicts: 1 not as expected")
    assert run("sourceless.py", "--search", "native", cwd=here).returncode == 0


def test_a_verdict_that_is_not_expected_is_status_1(here: Path) -> None:
    write(here / "wrong.py", "import stress\n@stress.scenario\ndef broken(): 1 / 0\n")
    ended = run("wrong.py", cwd=here)
    assert ended.returncode == 1
    assert "wrong.broken fails, expected: passes\nerror: ZeroDivisionError" in ended.stdout
    assert ended.stdout.rstrip().endswith("2 verdicts: 2 not as expected")
    ended = run("wrong.py", "--search", "random", cwd=here)
    assert ended.returncode == 1
    assert ended.stdout.rstrip().endswith("1 verdict: 1 not as expected")


def test_what_is_proved_is_told_with_what_that_assumes(here: Path) -> None:
    write(
        here / "right.py",
        """
        import stress, threading

        @stress.scenario
        def locked():
            lock, counts = threading.Lock(), [0]
            def count():
                with lock: counts[0] += 1
            stress.parallel(count, count)
            assert counts == [2]

        def numbers():
            yield 1
            yield 2
        suspended = numbers()
        next(suspended)

        @stress.scenario
        def resumed():
            stress.parallel(lambda: next(suspended, None), lambda: None)
        """,
    )
    ended = run("right.py", cwd=here)
    assert rows(ended.stdout, "auto")["locked"][-3] == "yes"
    told = " ".join(ended.stdout.split())
    assert "proved for the free-threaded switch model, assuming that the order in which references" in told
    assert "docs/instrumentation.md lists what is): right.locked" in told
    told = " ".join(run("right.py", "--search", "random", cwd=here).stdout.split())
    assert "passing: right.resumed not proved: a random walk" in told and "numbers ran as one step: it was" in told
    assert all(len(line) <= 80 for line in ended.stdout.splitlines())


def test_another_failure_than_the_expected_is_status_1(here: Path) -> None:
    write(here / "wrong.py", 'import stress\n@stress.scenario(expect="deadlocks")\ndef broken(): 1 / 0\n')
    assert run("wrong.py", cwd=here).returncode == 1


def test_what_native_stress_does_not_show_is_no_status(here: Path) -> None:
    write(here / "shy.py", 'import stress\n@stress.scenario(expect="fails", executions=2)\ndef shy(): pass\n')
    ended = run("shy.py", "--search", "native", cwd=here)
    assert ended.returncode == 0
    assert rows(ended.stdout)["shy"][:4] == ["native", "not", "shown", "fails"]
    assert ended.stdout.rstrip().endswith("1 verdict: all as expected, 1 not shown natively")


def test_what_control_does_not_show_is_status_1(here: Path) -> None:
    write(here / "shy.py", 'import stress\n@stress.scenario(expect="fails", executions=2)\ndef shy(): pass\n')
    ended = run("shy.py", cwd=here)
    assert ended.returncode == 1
    assert rows(ended.stdout, "auto")["shy"][:4] == ["auto", "passes", "fails", "2"]
    assert ended.stdout.rstrip().endswith("2 verdicts: 1 not as expected, 1 not shown natively")


def test_a_scenario_that_skips_itself_is_skipped(here: Path) -> None:
    write(
        here / "skips.py",
        'import stress, unittest\n@stress.scenario\ndef skips(): raise unittest.SkipTest("not on this machine")\n',
    )
    ended = run("skips.py", cwd=here)
    assert ended.returncode == 0
    assert rows(ended.stdout, "auto")["skips"][1] == "skipped" and "not on this machine" in ended.stdout
    assert searches(ended.stdout) == [("skips", "auto")]  # it would say the same again
    assert run("skips.py", "--search", "random", cwd=here).returncode == 0


def test_options_go_before_a_scenarios_own_settings(here: Path) -> None:
    ended = run("scenarios.py::passes", "--executions", "5", cwd=here)
    for search in ("native", "auto"):
        assert rows(ended.stdout, search)["passes"][3] == "5"
    ended = run("scenarios.py::deadlocks", "--search", "native", "--timeout", "0.1", cwd=here)
    assert "was still alive after 0.1 s" in ended.stdout


def test_keep_going_prints_every_failure(here: Path) -> None:
    write(
        here / "many.py",
        """
        import itertools, stress
        turn = itertools.count()
        @stress.scenario(expect="fails", search="native")
        def many():
            if next(turn) % 2:
                raise KeyError("odd")
            raise ValueError("even")

        @stress.scenario(expect="fails", search="random")
        def by_schedule():
            order = []
            stress.parallel(lambda: order.append(1), lambda: order.append(2))
            if order == [1, 2]:
                raise KeyError("in order")
            raise ValueError("out of order")
        """,
    )
    ended = run("many.py", "--keep-going", "--executions", "40", cwd=here)
    for text in ("KeyError: 'odd'", "ValueError: even", "KeyError: 'in order'", "ValueError: out of order"):
        assert text in ended.stdout
    assert rows(ended.stdout)["many"][3] == rows(ended.stdout, "random")["by_schedule"][3] == "40"


def test_list_runs_nothing(here: Path) -> None:
    write(here / "loud.py", 'import stress\n@stress.scenario(expect="fails")\ndef loud(): print("ran")\n')
    ended = run("loud.py", "scenarios", "--list", cwd=here)
    assert ended.returncode == 0 and "ran" not in ended.stdout
    assert ended.stdout.splitlines() == [
        "loud.py::loud  expected: fails",
        "scenarios.py::passes  expected: passes",
        "scenarios.py::fails  expected: fails",
        "scenarios.py::deadlocks  expected: deadlocks",
        "scenarios.py::raises  expected: KeyError",
    ]


FACTORY = """
    import functools, stress

    def make(wrong):
        def scenario():
            assert not wrong
        return scenario

    good = stress.scenario(make(False))
    bad = stress.scenario(expect="fails")(make(True))
    one, two = map(stress.scenario, (lambda: None, lambda: None))
    part = stress.scenario(functools.partial(make(False)))

    class Called:
        def __call__(self):
            stress.parallel(int, int)

    called = stress.scenario(Called())
"""


def test_scenarios_of_one_qualified_name_are_told_apart_by_where_they_are_found(here: Path) -> None:
    write(here / "made.py", FACTORY)
    write(here / "queue.py", "import made, stress\nborrowed = made.bad\nown = stress.scenario(lambda: None)\n")
    ended = run("queue.py", "made", "queue.py", "made.py::two", "--list", cwd=here)
    assert ended.stdout.splitlines() == [
        "made.py::bad  expected: fails",
        "queue.py::own  expected: passes",
        "made.py::good  expected: passes",
        "made.py::one  expected: passes",
        "made.py::two  expected: passes",
        "made.py::part  expected: passes",
        "made.py::called  expected: passes",
    ], ended.stderr
    ended = run(*(f"made.py::{name}" for name in ("bad", "part", "called")), "--search", "random", cwd=here)
    assert {name: row[1] for name, row in rows(ended.stdout, "random").items()} == {
        "bad": "fails",
        "part": "passes",
        "called": "passes",
    }, ended.stderr


IN_CLASSES = """
    import stress

    class Outer:
        @staticmethod
        @stress.scenario
        def below():
            stress.parallel(int, int)

        @stress.scenario(expect="fails")
        @staticmethod
        def above():
            raise ValueError

        class Inner:
            below = staticmethod(stress.scenario(lambda: None))

    class Proxy:
        def __getattr__(self, name):
            raise RuntimeError("of what isn't there")

    request = Proxy()

    Outer.Inner.outer = Outer
    Again = Outer
"""


def test_scenarios_in_classes_are_found(here: Path) -> None:
    write(here / "classes.py", IN_CLASSES)
    ended = run("classes.py", "--list", cwd=here)
    assert ended.stdout.splitlines() == [
        "classes.py::Outer.below  expected: passes",
        "classes.py::Outer.above  expected: fails",
        "classes.py::Outer.Inner.below  expected: passes",
    ], ended.stderr
    ended = run("classes.py::Outer.above", "--search", "random", cwd=here)
    assert rows(ended.stdout, "random")["above"][1:3] == ["fails", "fails"], ended.stderr


def test_version_tells_all_that_a_report_needs(here: Path) -> None:
    ended = run("--version", cwd=here)
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"hypothesis-stress {stress.__version__} from {Path(str(stress.__file__)).parent}\n")
    for text in ("Python 3.", "GIL o", "hypothesis ", "rich ", "pytest "):
        assert text in ended.stdout
    assert "WARNING" not in ended.stdout


def test_help_has_a_line_for_each_option_with_its_default(here: Path) -> None:
    ended = run("--help", cwd=here)
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    options = [line for line in lines if line.startswith("  --")]
    assert [line.split()[0] for line in options] == [
        "--search",
        "--executions",
        "--seconds",
        "--seed",
        "--timeout",
        "--include",
        "--keep-going",
        "--replay",
        "--all-operations",
        "--list",
        "--version",
    ]
    assert all("(default: " in line for line in options)
    assert max(map(len, lines)) <= 80
    assert all(name in ended.stdout for name in NAMES)


@pytest.mark.parametrize("option", ["--model=gil", "--workers=2", "--html=x", "--json=x"])
def test_an_option_that_is_not_built_yet_is_absent(here: Path, option: str) -> None:
    ended = run("scenarios.py", option, cwd=here)
    assert ended.returncode == 2 and "unrecognized arguments" in ended.stderr


WRONG = [
    ([], "no target"),
    (["nothing"], "no module named nothing"),
    (["nothing.py"], "no such file: nothing.py"),
    (["nothing/at/all"], "no such file"),
    (["scenarios.py::pases"], "scenarios has no 'pases'. Did you mean passes?"),
    (["scenarios.py::both"], "without required parameters, got both(f)"),
    (["scenarios.py::threading"], "takes a callable"),
    (["/"], "is all files that there are"),
    (["scenarios", "plain.py"], "no scenario in plain.py: mark a function with @stress.scenario"),
    (["broken.py"], "broken fails to import: ZeroDivisionError: division by zero (broken.py:2)"),
    (["nosyntax.py"], "nosyntax fails to import: SyntaxError"),
    (["exits.py"], "exits fails to import: SystemExit: 5"),
    (["missing.py"], "missing fails to import: ModuleNotFoundError: No module named 'no_such_module'"),
    (["plain.txt"], "plain.txt is neither a module nor a Python file"),
    (["./plain.txt"], "plain.txt is neither a module nor a Python file"),
    ([os.devnull], f": {os.devnull} is neither a module nor a"),
    (["not a module"], "neither a module nor a file"),
    (["scenarios", "--search", "ptc"], "search='ptc' is not a strategy"),
    (["scenarios", "--executions", "0"], "executions=0: it takes a whole number from 1"),
    (["scenarios", "--executions", "x"], "invalid int value: 'x'"),
    (["scenarios", "--seconds", "-1"], "seconds=-1"),
    (["scenarios", "--timeout", "nan"], "timeout=nan"),
    (["scenarios", "--include", "no name"], "include=['no name']"),
]


@pytest.mark.parametrize(("arguments", "text"), WRONG, ids=[" ".join(arguments) or "none" for arguments, _ in WRONG])
def test_a_wrong_call_is_status_2_and_a_line_on_stderr(here: Path, arguments: list[str], text: str) -> None:
    write(here / "plain.py", "x = 1\n")
    write(here / "plain.txt", "x\n")
    write(here / "broken.py", "x = 1\n1 / 0\n")
    write(here / "nosyntax.py", "def\n")
    write(here / "exits.py", "raise SystemExit(5)\n")
    write(here / "missing.py", "import no_such_module\n")
    ended = run(*arguments, cwd=here)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert text in ended.stderr.splitlines()[-1], ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_target_prints_the_usage(here: Path) -> None:
    assert run(cwd=here).stderr.startswith("usage: python -m stress ")


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes there")
@pytest.mark.parametrize(("expect", "status"), [("fails", 0), ("passes", 1)])
def test_a_reader_that_goes_away_changes_no_verdict(here: Path, expect: str, status: int) -> None:
    write(
        here / "f.py", f'import stress\n@stress.scenario(expect="{expect}")\ndef f(): raise ValueError("x" * 100_000)\n'
    )
    ended = run_into(closed_pipe(), "f.py", cwd=here)
    assert (ended.returncode, ended.stderr) == (status, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device there")
@pytest.mark.parametrize("arguments", [("scenarios.py::fails", "--executions", "1"), ("--version",)])
def test_an_output_that_cannot_be_written_is_status_2(here: Path, arguments: tuple[str, ...]) -> None:
    ended = run_into(os.open("/dev/full", os.O_WRONLY), *arguments, cwd=here)
    assert ended.returncode == 2
    assert re.fullmatch(r"python -m stress: the output can't be written: .*No space left on device\n", ended.stderr)


def run_into(file: int, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What it comes to when its output goes there, and not into a file."""
    with os.fdopen(file, "w") as out:
        return subprocess.run(
            [sys.executable, "-m", "stress", *arguments],
            cwd=cwd,
            stdout=out,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            env={**os.environ, "PYTHONPATH": STRESS},
        )


def closed_pipe() -> int:
    read, write_end = os.pipe()
    os.close(read)
    return write_end


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes there")
def test_a_reader_that_goes_away_is_no_error(here: Path) -> None:
    ended = run_into(closed_pipe(), "--version", cwd=here)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_output_that_was_closed_before_the_start_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["bank.rlock_with::fees", "--search", "native", "--executions", "1"]) == 0


# Packages


@pytest.fixture
def package(tmp_path: Path) -> Path:
    write(tmp_path / "shop" / "__init__.py", "from shop.till import pays\n")
    write(tmp_path / "shop" / "till.py", "import stress\n@stress.scenario\ndef pays(): pass\n")
    write(tmp_path / "shop" / "__main__.py", "raise SystemExit('must not be imported')\n")
    write(
        tmp_path / "shop" / "back" / "__init__.py",
        "from ..till import pays\nimport stress\n@stress.scenario\ndef stores(): pass\n",
    )
    return tmp_path


def test_a_package_is_walked_and_each_scenario_runs_once(package: Path) -> None:
    ended = run("shop", "shop.till", "shop/till.py", "--list", cwd=package)
    assert ended.returncode == 0, ended.stderr
    assert [line.split()[0] for line in ended.stdout.splitlines()] == [
        os.path.join("shop", "till.py::pays"),
        os.path.join("shop", "back", "__init__.py::stores"),
    ]


@pytest.mark.parametrize("folder", ["./shop", "."])
def test_a_folder_is_walked_too(package: Path, folder: str) -> None:
    for theirs in (package / ".tox", package / "env"):
        write(theirs / "theirs.py", "raise SystemExit('must not be imported')\n")
    write(package / "env" / "pyvenv.cfg", "")
    ended = run(folder, "--list", cwd=package)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 2


def test_a_folder_that_cannot_be_walked_is_a_wrong_target(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def vanishes(folder: Path, pattern: str) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/proc/1/task")

    monkeypatch.setattr(Path, "rglob", vanishes)
    with pytest.raises(WrongTarget, match=r"can't be walked: .*No such file or directory: '/proc/1/task'"):
        find([f"{package}/shop"])


def test_a_file_of_a_package_is_found_from_elsewhere(package: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ended = run(str(package / "shop" / "back" / "__init__.py"), cwd=elsewhere)
    assert ended.returncode == 0, ended.stderr
    assert set(rows(ended.stdout)) == {"stores", "pays"}


def test_a_package_with_a_module_that_fails_to_import_runs_nothing(package: Path) -> None:
    write(package / "shop" / "zzz.py", "1 / 0\n")
    ended = run("shop", cwd=package)
    assert ended.returncode == 2 and ended.stdout == ""
    assert "shop.zzz fails to import: ZeroDivisionError" in ended.stderr


@pytest.mark.parametrize("name", ["queue", "random", "stress", "test"])
def test_a_file_may_have_the_name_of_another_module(tmp_path: Path, name: str) -> None:
    write(tmp_path / "sub" / f"{name}.py", "import stress\n@stress.scenario(executions=1)\ndef f(): pass\n")
    ended = run(f"sub/{name}.py", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert rows(ended.stdout)["f"][1] == "passes"


def test_two_files_of_one_name_are_both_run(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write(tmp_path / folder / "same.py", f"import stress\n@stress.scenario(executions=1)\ndef {folder}(): pass\n")
    ended = run("one/same.py", "two/same.py", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert set(rows(ended.stdout)) == {"one", "two"}


# Interrupted, and our own bugs


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to a child ends the parent's console too")
@pytest.mark.parametrize("search", ["native", "random"])
def test_ctrl_c_is_status_130_with_what_was_found_so_far(here: Path, search: str) -> None:
    write(
        here / "interrupted.py",
        f"""
        import os, signal, time, stress

        @stress.scenario(executions=1)
        def first(): pass

        @stress.scenario
        def second():
            os.kill(os.getpid(), {int(signal.SIGINT)})
            while True:
                time.sleep(60)

        @stress.scenario
        def third(): pass
        """,
    )
    ended = run("interrupted.py", "--search", search, cwd=here)
    assert ended.returncode == 130, ended.stderr
    assert searches(ended.stdout) == [("first", search)]
    assert "interrupted: this was found until then" in ended.stdout
    assert "Traceback" not in ended.stderr
    before = run("interrupted.py::second", "--search", search, cwd=here)
    assert (before.returncode, before.stdout.strip()) == (130, "interrupted: nothing was found until then")


@pytest.mark.parametrize("search", ["native", "random"])
def test_ctrl_c_that_comes_where_the_interpreter_drops_it_is_not_lost(here: Path, search: str) -> None:
    write(
        here / "interrupted.py",
        """
        import signal, stress, time, weakref

        class Thing: pass

        def progress(exploration):
            if exploration.executions == 1:
                watched = Thing()
                reference = weakref.ref(watched, lambda _: signal.raise_signal(signal.SIGINT))
                del watched

        @stress.scenario(progress=progress, executions=1_000_000_000)
        def first(): time.sleep(0)
        """,
    )
    ended = run("interrupted.py", "--search", search, cwd=here)
    assert (ended.returncode, ended.stderr) == (130, "")
    assert searches(ended.stdout) == [("first", search)]
    assert "interrupted: this was found until then" in ended.stdout


@pytest.mark.parametrize(
    ("search", "place"), [("native", "stress.exploration._judge"), ("random", "stress.control.Controlled._found")]
)
def test_a_bug_of_ours_is_status_3_and_says_so(here: Path, search: str, place: str) -> None:
    write(
        here / "ours.py",
        f"""
        import stress
        import stress.control, stress.exploration

        def broken(*args):
            raise RuntimeError("an invariant of ours")

        @stress.scenario(executions=1)
        def scenario():
            {place} = broken
        """,
    )
    ended = run("ours.py", "--search", search, cwd=here)
    assert ended.returncode == 3
    assert "This is a bug in hypothesis-stress, not in your code" in ended.stdout
    assert "RuntimeError: an invariant of ours" in ended.stdout
    assert f"hypothesis-stress {stress.__version__}" in ended.stdout


def test_the_last_line_of_a_failure_replays_it(tmp_path: Path) -> None:
    write(
        tmp_path / "counts.py",
        """
        import stress

        @stress.scenario(expect="fails")
        def counts():
            box = [0]
            def add():
                box[0] += 1
            stress.parallel(add, add)
            assert box[0] == 2
        """,
    )
    first = run("counts.py", "--search", "random", cwd=tmp_path)
    command = next(line for line in first.stdout.splitlines() if line.startswith("replay: "))
    words = shlex.split(command)[1:]
    again = run(*words[3:], cwd=tmp_path)
    assert again.returncode == 0 and command in again.stdout and "found in a replay" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("scenarios.py", "--replay", "v1"), "--replay takes one scenario, got 4: name it, FILE::NAME"),
        (("scenarios.py::fails", "--replay", "v1", "--seed", "1"), "--replay takes no --seed"),
        (("scenarios.py::fails", "--replay", "so"), "not a schedule: at character 1"),
        (("scenarios.py::fails", "--replay", "v1:5.1r-2"), "the schedule v1:5.1r-2 doesn't fit"),
    ],
)
def test_a_replay_that_cannot_be_is_a_usage_error(arguments: tuple[str, ...], says: str, here: Path) -> None:
    ended = run(*arguments, cwd=here)
    assert ended.returncode == 2 and says in ended.stderr, ended.stderr
