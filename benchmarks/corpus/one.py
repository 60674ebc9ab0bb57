"""Explores one scenario with default settings, and answers with a line of JSON:  python one.py SCENARIO.PY

What it asks of `stress` is public, so that any checkout of it can be under test.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
import time
import traceback

import stress


def main(path: str) -> None:
    scenario = runpy.run_path(path, run_name="scenario")["scenario"]
    began = time.perf_counter()
    try:
        exploration = stress.explore(scenario)
    except Exception as error:  # refused, or a bug of ours
        text = traceback.format_exc()
        print(json.dumps({"error": f"{type(error).__name__}: {error}".splitlines()[0], "report": text}))
        return
    seconds = time.perf_counter() - began
    failure = exploration.failure
    told = re.search(r"takes (no|\d+) preemption", str(failure))
    answer = {
        "kind": failure and failure.kind,
        "exception": failure and type(failure.exception).__name__ if failure and failure.exception else None,
        "executions": exploration.executions,
        "seconds": seconds,
        "switches": failure and failure.switches,
        "preemptions": told and int(told[1].replace("no", "0")),
        "proved": exploration.exhausted,
        "report": f"{exploration}\n{failure.timeline if failure else ''}",
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
