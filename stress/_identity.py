"""Who we are, for bug reports: versions, places, and whether another project's files lie over ours.

The registry's distribution `stress` is another project with the same import name as hypothesis-stress. Where its
`__init__.py` replaced ours, this module still runs: so it takes nothing from `stress/__init__.py`.
"""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from pathlib import Path

import stress
from stress._compat import gil_enabled

CURE = "pip uninstall stress, then pip install --force-reinstall --no-deps hypothesis-stress"


def version() -> str:
    """The version of the code that runs."""
    return str(getattr(stress, "__version__", "of an unknown version"))


def place() -> str:
    """The folder of the code that runs."""
    return str(Path(__file__).parent)


def clash() -> str:
    """One sentence and the cure, if another distribution has put its files over ours or under them; else ""."""
    if stress.__file__ is None:
        return f"{place()} has lost its __init__.py, to another distribution that was uninstalled. Cure: {CURE}"
    if not hasattr(stress, "_HOMES"):
        return (
            f"{stress.__file__} belongs to another project: the distribution 'stress' was installed over "
            f"hypothesis-stress. Cure: {CURE}"
        )
    other = _version_of("stress")
    if other and _owns(importlib.metadata.distribution("stress"), Path(stress.__file__)):
        return (
            f"the distribution 'stress' {other}, another project, is installed in the same place as hypothesis-stress "
            f"and will take files along when it goes. Cure: {CURE}"
        )
    return ""


def _owns(distribution: importlib.metadata.Distribution, file: Path) -> bool:
    return any(Path(str(each.locate())) == file for each in distribution.files or ())


def _version_of(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def report() -> str:
    """All that a bug report needs, a line each."""
    lines = [
        f"hypothesis-stress {version()} from {place()}",
        f"Python {sys.version.replace(chr(10), ' ')}",
        f"  {sys.executable}",
        f"  {platform.python_implementation()}, GIL {'on' if gil_enabled() else 'off'}, -X {sys._xoptions or 'none'}",
        f"{platform.platform()}, {platform.machine()}",
    ]
    for name in ("hypothesis", "rich", "pytest", "pytest-xdist", "pytest-timeout", "coverage"):
        lines.append(f"{name} {_version_of(name) or 'not installed'}")
    if text := clash():
        lines.append(f"WARNING: {text}")
    return "\n".join(lines)
