"""`python -m MODULE ...` in a process of its own, without paying for its start and its imports each time.

A process that has imported what most of them need, and done nothing with it, is kept beside each process of the suite:
what is asked for is a fork of it, which then does what `python -m` does, up to the interpreter's own exit. Where
nothing can be forked, or something can only be said to an interpreter that starts (PYTHON... in its environment), it is
an ordinary child. Not for tests of what is imported when; and a pytest warns that hypothesis is imported already.

`python_alone` is for programs that look at the process they are in: theirs has imported `stress`, explored once, as a
process does that explores one scenario after the other, and no more. In CI it is one that has just begun.
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
from tests.effort import CI

STRESS = str(Path(str(stress.__file__)).parents[1])  # the one that is tested here, whether installed or not
LIMIT = 110  # seconds: just less than pytest has for a test
WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND
# What most programs need of what there is, and what `stress.explore` does.
MOST = (
    "hypothesis.internal.observability",  # pytest's plugin imports it, at its end
    "pytest",
    "rich.table",
    "stress.control",
    "stress.report.table",
    "stress.report.timeline",
    "stress.targets",
)
STRESS_ALONE = ("stress.control", "stress.report.timeline", "tests.exploring")


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
    return _forked(_parent(MOST), arguments, cwd, env, "err")


def python_alone(module: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What `python -m MODULE` comes to in a process that has used `stress` and nothing else, and has nothing in its
    environment that a tool around us has put there: all that it printed is in `stdout`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    env["PYTHONPATH"] = STRESS
    if CI or not hasattr(os, "fork"):
        return subprocess.run(
            [sys.executable, "-m", module],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=LIMIT,
        )
    return _forked(_parent(STRESS_ALONE), (module,), cwd, env, "out")


def _forked(
    parent: Parent, arguments: tuple[str, ...], cwd: Path, env: dict[str, str], err: str
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in ("out", err)}
        status = parent(arguments=arguments, cwd=str(cwd), env=env, out=str(files["out"]), err=str(files[err]))
        printed = {name: file.read_text("utf-8") for name, file in files.items()}
    return subprocess.CompletedProcess(arguments, status, printed["out"], printed.get("err", ""))


class Parent:
    """The process that is forked. It ends when its input does: with us."""

    def __init__(self, needed: tuple[str, ...]) -> None:
        code = (
            f"import sys; sys.path[0] = {str(Path(__file__).parents[1])!r}; "
            f"from tests.starting import serve; serve(*{needed!r})"
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


def serve(*needed: str) -> None:
    """What the parent does: a child for each line of its input. Returns in the children, when they are over."""
    for name in needed:
        importlib.import_module(name)
    gc.collect()
    if needed == MOST:
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
