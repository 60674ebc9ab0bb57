"""`python -m MODULE ...` in a process of its own, without paying for its start and its imports each time.

A process that has imported what most of them need, and done nothing with it, is kept beside each process of the suite:
what is asked for is a fork of it, which then does what `python -m` does, up to the interpreter's own exit. Where
nothing can be forked, or something can only be said to an interpreter that starts (PYTHON... in its environment), it is
an ordinary child. Not for tests of what is imported when; and a pytest warns that hypothesis is imported already.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

import stress

STRESS = str(Path(str(stress.__file__)).parents[1])  # the one that is tested here, whether installed or not
LIMIT = 110  # seconds: just less than pytest has for a test
WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND
NEEDED = (
    "hypothesis.internal.observability",  # pytest's plugin imports it, at its end
    "pytest",
    "rich.table",
    "stress.control",
    "stress.report.table",
    "stress.report.timeline",
    "stress.targets",
)


def python_m(*arguments: str, cwd: Path, path: str = STRESS, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `python -m` comes to with these arguments: its status, and what it printed. path: its PYTHONPATH."""
    env = {**os.environ, "PYTHONPATH": path, **environment}
    if not hasattr(os, "fork") or any(name.startswith("PYTHON") for name in environment):
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
        )
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        status = _parent()(arguments=arguments, cwd=str(cwd), env=env, out=str(out), err=str(err))
        printed = [file.read_text("utf-8") for file in (out, err)]
    return subprocess.CompletedProcess(arguments, status, *printed)


class Parent:
    """The process that is forked. It ends when its input does: with us."""

    def __init__(self) -> None:
        code = (
            f"import sys; sys.path[0] = {str(Path(__file__).parents[1])!r}; from tests.starting import serve; serve()"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": STRESS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        atexit.register(self._process.communicate)

    def __call__(self, **wanted: object) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(wanted), file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        limit = threading.Timer(LIMIT, os.kill, (child, 9))
        limit.start()
        try:
            return int(self._process.stdout.readline())
        finally:
            limit.cancel()


_parent = cache(Parent)


def serve() -> None:
    """What the parent does: a child for each line of its input. Returns in the children, when they are over."""
    for name in NEEDED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # else each child pays for looking through all that was imported, at its end at the latest
    for line in sys.stdin:
        wanted = json.loads(line)
        if not (child := os.fork()):
            return become(**wanted)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def become(arguments: list[str], cwd: str, env: dict[str, str], out: str, err: str) -> None:
    """What `python -m` does."""
    for number, (file, flags) in enumerate(((os.devnull, os.O_RDONLY), (out, WRITE), (err, WRITE))):
        opened = os.open(file, flags)
        os.dup2(opened, number)
        os.close(opened)
    ours = [sys.path[0], *os.environ["PYTHONPATH"].split(os.pathsep)]
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:] = [cwd, *env["PYTHONPATH"].split(os.pathsep), *sys.path[len(ours) :]]
    sys.argv[:] = ["-m", *arguments[1:]]
    sys.orig_argv[:] = [sys.executable, "-m", *arguments]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    vars(runpy)["_run_module_as_main"](arguments[0])
