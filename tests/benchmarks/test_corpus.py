"""What benchmarks/corpus.py makes of what came: a table that can't be misread. Nothing is installed here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "benchmarks").exists():
    pytest.skip("the benchmarks are in the checkout only", allow_module_level=True)

from benchmarks import corpus  # noqa: E402
from benchmarks.processes import answer  # noqa: E402
from fidelity.installing import NotInstalled, prepared  # noqa: E402

CASE = {"name": "a-case", "preemptions": 1, "buggy": "1.0", "fixed": "1.1"}
PASSED: dict[str, Any] = {
    "kind": None,
    "exception": None,
    "executions": 14,
    "seconds": 0.1,
    "switches": None,
    "preemptions": None,
    "proved": False,
    "report": "passes",
}
FAILED = {**PASSED, "kind": "error", "exception": "IndexError", "executions": 7, "switches": 4, "preemptions": 1}


def test_every_case_has_its_scenario_and_what_the_table_tells_of_it() -> None:
    for case in corpus.cases([]):
        assert (corpus.CASES / case["name"] / "scenario.py").exists()
        assert {"preemptions", "buggy", "fixed"} <= set(case)
    assert len(corpus.cases([])) == 16


def test_cases_are_chosen_by_name_and_an_unknown_one_is_named() -> None:
    assert [case["name"] for case in corpus.cases(["rx-zip", "mock-childtwice"])] == ["mock-childtwice", "rx-zip"]
    with pytest.raises(ValueError, match="no such case: zip"):
        corpus.cases(["zip", "rx-zip"])


def test_a_side_with_nothing_to_install_runs_on_the_python_that_it_names() -> None:
    (case,) = corpus.cases(["stdlib-cachedproperty-deadlock"])
    assert corpus.python_of(case, "buggy") == "3.11" and corpus.python_of(case, "fixed") == "3.12"
    (case,) = corpus.cases(["rx-zip"])
    assert corpus.python_of(case, "fixed") == "3.11"


@pytest.mark.parametrize(
    ("side", "found", "verdict"),
    [
        ("buggy", FAILED, "found"),
        ("buggy", PASSED, "missed"),
        ("buggy", {**PASSED, "proved": True}, "missed"),
        ("fixed", FAILED, "accused"),
        ("fixed", PASSED, "passed"),
        ("fixed", {**PASSED, "proved": True}, "proved"),
        ("fixed", "no end after 300 s", "error"),
        ("fixed", {"error": "InternalError: ...", "report": ""}, "error"),
    ],
)
def test_a_verdict_is_what_came_and_never_made_of_an_error(side: str, found: Any, verdict: str) -> None:
    assert corpus.verdict(side, found).verdict == verdict


@pytest.mark.parametrize("buggy", [PASSED, FAILED, "no end after 300 s", {"error": "x" * 200, "report": ""}])
@pytest.mark.parametrize("fixed", [PASSED, FAILED, "no end after 300 s"])
def test_no_row_is_wider_than_a_terminal_and_what_has_no_verdict_says_why(buggy: Any, fixed: Any) -> None:
    sides = corpus.verdict("buggy", buggy), corpus.verdict("fixed", fixed)
    lines = corpus.rows(CASE, *sides)
    assert all(len(line) <= corpus.WIDTH for line in (*lines, *corpus.HEAD))
    assert sum("error:" in line for line in lines) >= sum(each.verdict == "error" for each in sides)


def test_a_release_that_there_is_not_is_printed_so_and_counts_for_nothing() -> None:
    found, none = corpus.verdict("buggy", FAILED), corpus.Came("none", {})
    assert corpus.rows(CASE, found, none) == [f"{'a-case':31}{'error':12}{7:5}{0.1:6.1f}{'1/1':>6}{4:4}  none"]
    assert all(met for met, _ in corpus.wanted([(found, none)]))


def test_what_is_wanted_is_not_met_by_a_slow_find_an_accusation_or_a_failed_installation() -> None:
    found, proved = corpus.verdict("buggy", FAILED), corpus.verdict("fixed", {**PASSED, "proved": True})
    slow = corpus.verdict("buggy", {**FAILED, "seconds": corpus.SLOW})
    missing = corpus.Came("not installed", {}, "no such release")

    def met(*results: tuple[corpus.Came, corpus.Came]) -> list[bool]:
        return [each for each, _ in corpus.wanted(results)]

    assert met((found, proved)) == [True, True, True]
    assert met((slow, proved), (missing, proved)) == [False, True, True]
    assert met((found, corpus.verdict("fixed", FAILED))) == [True, False, False]
    assert met((found, proved), (found, missing)) == [True, False, True]


def test_a_deadlock_that_the_scenario_tells_as_an_error_of_its_own_is_marked() -> None:
    found = {**FAILED, "report": "before that a join timed out:\ndeadlock: no thread can run"}
    assert "error*" in corpus.rows(CASE, corpus.verdict("buggy", found), corpus.Came("none", {}))[0]
    assert "error*" not in corpus.rows(CASE, corpus.verdict("buggy", FAILED), corpus.Came("none", {}))[0]


def test_what_was_prepared_is_kept_until_something_else_is_wanted(tmp_path: Path) -> None:
    made: list[str] = []
    for wanted in ("1.0", "1.0", "1.1"):
        prepared(tmp_path / "here", wanted, lambda wanted=wanted: made.append(wanted))
    assert made == ["1.0", "1.1"]


def test_what_failed_to_be_prepared_is_tried_again(tmp_path: Path) -> None:
    def fails() -> None:
        raise NotInstalled("no such release")

    made: list[str] = []
    with pytest.raises(NotInstalled):
        prepared(tmp_path / "here", "1.0", fails)
    prepared(tmp_path / "here", "1.0", lambda: made.append("1.0"))
    assert made == ["1.0"]


def test_a_process_answers_or_it_is_told_why_not(tmp_path: Path) -> None:
    def of(code: str, limit: float = 60.0) -> object:
        return answer([sys.executable, "-c", code], limit, tmp_path)

    assert of("print('told'); print('{\"runs\": 3}')") == {"runs": 3}
    assert of("raise SystemExit('nothing here')") == "nothing here"
    assert of("while True: pass", limit=0.1) == "no end after 0 s"
    assert answer([str(tmp_path / "no-such-python")], 1.0, tmp_path) == "not installed"
