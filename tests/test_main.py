"""python -m stress: what it runs, what it prints, and its exit status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import stress

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

    @stress.scenario(expect="deadlocks", timeout=0.3)
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
    return subprocess.run(
        [sys.executable, "-m", "stress", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=90,
        env={**os.environ, "PYTHONPATH": str(Path(str(stress.__file__)).parents[1]), "COLUMNS": "80", **environment},
    )


@pytest.fixture
def here(tmp_path: Path) -> Path:
    write(tmp_path / "scenarios.py", SCENARIOS)
    return tmp_path


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return file


def rows(output: str) -> dict[str, list[str]]:
    """The rows of the table: the words after the scenario's name."""
    found = {}
    for line in output.partition("\n\n")[0].splitlines():
        words = line.split()
        if len(words) > 5 and words[1] == "native":
            found[words[0]] = words[1:]
    return found


def test_a_row_for_each_scenario_and_then_each_failure(here: Path) -> None:
    ended = run("scenarios.py", cwd=here)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    table = rows(ended.stdout)
    assert {name: words[:5] for name, words in table.items()} == {
        "passes": ["native", "passes", "passes", "3", "no"],
        "fails": ["native", "fails", "fails", "1", "no"],
        "deadlocks": ["native", "deadlocks", "deadlocks", "1", "no"],
        "raises": ["native", "fails", "KeyError", "1", "no"],
    }
    assert "scenarios.fails fails, as expected\nerror: ValueError: as it should\n" in ended.stdout
    assert "waits for lock (threading.Lock)" in ended.stdout
    assert "again: python -m stress scenarios.py::deadlocks --search native" in ended.stdout
    assert ended.stdout.rstrip().endswith("4 verdicts: all as expected")
    assert ended.stderr == ""


def test_the_output_is_plain_and_fits_80_columns_when_piped(here: Path) -> None:
    ended = run("scenarios.py", cwd=here)
    assert "\x1b" not in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80


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
    ended = run(target, "--timeout", "0.3", cwd=here)
    assert ended.returncode == 0, ended.stderr
    assert rows(ended.stdout)["passes"][1] == "passes"
    assert (len(rows(ended.stdout)) == 1) is ("::" in target)


def test_a_name_may_be_any_callable(here: Path) -> None:
    ended = run("scenarios.py::unmarked", cwd=here)
    assert ended.returncode == 0, ended.stderr
    assert rows(ended.stdout)["unmarked"][:4] == ["native", "passes", "passes", "100"]


def test_a_name_may_be_an_interleaved_test_with_its_settings(here: Path) -> None:
    write(here / "test_it.py", "import stress\n@stress.interleave(executions=4)\ndef test_it(): pass\n")
    ended = run("test_it.py::test_it", cwd=here)
    assert rows(ended.stdout)["test_it"][:4] == ["native", "passes", "passes", "4"], ended.stderr


@pytest.mark.parametrize("order", ["@stress.interleave\n{}", "{}\n@stress.interleave"])
def test_a_scenario_that_is_an_interleaved_test_is_explored_once(here: Path, order: str) -> None:
    decorators = order.format('@stress.scenario(expect="fails")')
    write(here / "both.py", f"import stress\n{decorators}\ndef fine(): stress.parallel(int, int)\n")
    ended = run("both.py", cwd=here)
    assert rows(ended.stdout)["fine"][:5] == ["native", "not", "shown", "fails", "100"], ended.stdout + ended.stderr


def test_an_exploration_within_a_scenario_is_a_wrong_call_and_no_failure(here: Path) -> None:
    write(
        here / "nested.py",
        """
        import stress
        @stress.scenario(expect="fails")
        def nested(): stress.explore(lambda: None)
        """,
    )
    ended = run("nested.py", cwd=here)
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
    ended = run("a file.py", "--executions", "5", "--keep-going", cwd=here)
    (line,) = (line for line in ended.stdout.splitlines() if line.startswith("again: "))
    assert line == "again: python -m stress 'a file.py::f' --search native --executions 5 --keep-going"


def test_a_verdict_that_is_not_expected_is_status_1(here: Path) -> None:
    write(here / "wrong.py", "import stress\n@stress.scenario\ndef broken(): 1 / 0\n")
    ended = run("wrong.py", cwd=here)
    assert ended.returncode == 1
    assert "wrong.broken fails, expected: passes\nerror: ZeroDivisionError" in ended.stdout
    assert ended.stdout.rstrip().endswith("1 verdict: 1 not as expected")


def test_another_failure_than_the_expected_is_status_1(here: Path) -> None:
    write(here / "wrong.py", 'import stress\n@stress.scenario(expect="deadlocks")\ndef broken(): 1 / 0\n')
    assert run("wrong.py", cwd=here).returncode == 1


def test_what_native_stress_does_not_show_is_no_status(here: Path) -> None:
    write(here / "shy.py", 'import stress\n@stress.scenario(expect="fails", executions=2)\ndef shy(): pass\n')
    ended = run("shy.py", cwd=here)
    assert ended.returncode == 0
    assert rows(ended.stdout)["shy"][:4] == ["native", "not", "shown", "fails"]
    assert "1 not shown natively" in ended.stdout


def test_a_scenario_that_skips_itself_is_skipped(here: Path) -> None:
    write(
        here / "skips.py",
        'import stress, unittest\n@stress.scenario\ndef skips(): raise unittest.SkipTest("not on this machine")\n',
    )
    ended = run("skips.py", cwd=here)
    assert ended.returncode == 0
    assert rows(ended.stdout)["skips"][1] == "skipped" and "not on this machine" in ended.stdout


def test_options_go_before_a_scenarios_own_settings(here: Path) -> None:
    ended = run("scenarios.py::passes", "--executions", "5", cwd=here)
    assert rows(ended.stdout)["passes"][3] == "5"


def test_keep_going_prints_every_failure(here: Path) -> None:
    write(
        here / "many.py",
        """
        import itertools, stress
        turn = itertools.count()
        @stress.scenario(expect="fails")
        def many():
            if next(turn) % 2:
                raise KeyError("odd")
            raise ValueError("even")
        """,
    )
    ended = run("many.py", "--keep-going", "--executions", "4", cwd=here)
    assert "KeyError: 'odd'" in ended.stdout and "ValueError: even" in ended.stdout
    assert rows(ended.stdout)["many"][3] == "4"


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
        "--keep-going",
        "--list",
        "--version",
    ]
    assert all("(default: " in line for line in options)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("option", ["--model=gil", "--replay=x", "--workers=2", "--include=x", "--html=x", "--json=x"])
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
    (["scenarios", "plain.py"], "no scenario in plain.py: mark a function with @stress.scenario"),
    (["broken.py"], "broken fails to import: ZeroDivisionError: division by zero (broken.py:2)"),
    (["nosyntax.py"], "nosyntax fails to import: SyntaxError"),
    (["exits.py"], "exits fails to import: SystemExit: 5"),
    (["missing.py"], "missing fails to import: ModuleNotFoundError: No module named 'no_such_module'"),
    (["plain.txt"], "neither a module nor a Python file"),
    (["not a module"], "neither a module nor a file"),
    (["scenarios", "--search", "ptc"], "search='ptc' is not a strategy"),
    (["scenarios", "--search", "dpor"], "search='dpor' is not built yet"),
    (["scenarios", "--executions", "0"], "executions=0: it takes a whole number from 1"),
    (["scenarios", "--executions", "x"], "invalid int value: 'x'"),
    (["scenarios", "--seconds", "-1"], "seconds=-1"),
    (["scenarios", "--timeout", "nan"], "timeout=nan"),
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
    read, write_end = os.pipe()
    os.close(read)
    with os.fdopen(write_end, "w") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "stress", "f.py"],
            cwd=here,
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(Path(str(stress.__file__)).parents[1])},
        )
    assert (ended.returncode, ended.stderr) == (status, b"")


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


def test_a_folder_is_walked_too(package: Path) -> None:
    ended = run("./shop", "--list", cwd=package)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 2


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
def test_ctrl_c_is_status_130_with_what_was_found_so_far(here: Path) -> None:
    write(
        here / "interrupted.py",
        f"""
        import os, signal, time, stress

        @stress.scenario(executions=1)
        def first(): pass

        @stress.scenario
        def second():
            os.kill(os.getpid(), {int(signal.SIGINT)})
            time.sleep(60)

        @stress.scenario
        def third(): pass
        """,
    )
    ended = run("interrupted.py", cwd=here)
    assert ended.returncode == 130, ended.stderr
    assert set(rows(ended.stdout)) == {"first"}
    assert "interrupted" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_bug_of_ours_is_status_3_and_says_so(here: Path) -> None:
    write(
        here / "ours.py",
        """
        import stress
        import stress.exploration

        def broken(*args):
            raise RuntimeError("an invariant of ours")

        @stress.scenario(executions=1)
        def scenario():
            stress.exploration._judge = broken
        """,
    )
    ended = run("ours.py", cwd=here)
    assert ended.returncode == 3
    assert "This is a bug in hypothesis-stress, not in your code" in ended.stdout
    assert "RuntimeError: an invariant of ours" in ended.stdout
    assert f"hypothesis-stress {stress.__version__}" in ended.stdout
