"""One measurement in a process of its own, which answers with a line of JSON, and never runs for longer than it may."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def answer(
    command: Sequence[str], limit: float, folder: Path, environment: Mapping[str, str] | None = None
) -> dict[str, Any] | str:
    """What the process printed, or why there is nothing: the last line of what it said instead.

    limit: real seconds. folder: where it runs. environment: all of its variables; None is ours.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    except OSError:
        return "not installed"
    try:
        stdout, stderr = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return f"no end after {limit:.0f} s"
    finally:
        if process.poll() is None:
            _end(process)
    for line in stdout.splitlines():
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    return (stderr.strip().splitlines() or [f"ended with status {process.returncode}"])[-1]


def _end(process: subprocess.Popen[str]) -> None:
    """Ends a process and what it started."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
