"""Another project has the same import name: where its files lie over ours, the plugin and --version tell it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import stress


@pytest.fixture
def overwritten(tmp_path: Path) -> Path:
    """A folder in which the distribution `stress` was installed over hypothesis-stress."""
    ours = Path(str(stress.__file__)).parent
    shutil.copytree(ours, tmp_path / "stress", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "stress" / "__init__.py").write_text("from .stress import _cmd_line\n")
    (tmp_path / "stress" / "stress.py").write_text("def _cmd_line(): pass\n")
    metadata = tmp_path / "stress-1.0.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stress\nVersion: 1.0.0\n")
    (metadata / "RECORD").write_text("stress/__init__.py,,\nstress/stress.py,,\n")
    return tmp_path


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_version_tells_that_another_project_was_installed_over_ours(overwritten: Path) -> None:
    ended = python(overwritten, "-m", "stress", "--version")
    assert ended.returncode == 0, ended.stderr
    assert "WARNING:" in ended.stdout
    assert "belongs to another project: the distribution 'stress' was installed over hypothesis-stress" in ended.stdout
    assert "Cure: pip uninstall stress" in ended.stdout


def test_the_plugin_tells_that_another_project_was_installed_over_ours(overwritten: Path) -> None:
    (overwritten / "test_it.py").write_text("def test_it(): pass\n")
    ended = python(overwritten, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "test_it.py")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "stress: WARNING: " in ended.stdout and "belongs to another project" in ended.stdout


def test_half_a_cure_is_told(overwritten: Path) -> None:
    (overwritten / "stress" / "__init__.py").unlink()
    shutil.rmtree(overwritten / "stress-1.0.0.dist-info")
    ended = python(overwritten, "-S", "-c", "from stress._identity import clash; print(clash())")  # no other stress
    assert "has lost its __init__.py" in ended.stdout, ended.stderr


def test_ours_over_theirs_is_told_too(overwritten: Path) -> None:
    shutil.copy(str(stress.__file__), overwritten / "stress" / "__init__.py")
    ended = python(overwritten, "-m", "stress", "--version")
    assert "the distribution 'stress' 1.0.0, another project, is installed in the same place" in ended.stdout


def test_a_namesake_elsewhere_is_not_told(overwritten: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.move(str(overwritten / "stress-1.0.0.dist-info"), elsewhere)
    shutil.copy(str(stress.__file__), overwritten / "stress" / "__init__.py")
    code = f"import sys; sys.path.append({str(elsewhere)!r}); from stress import _identity; print([_identity.clash()])"
    ended = python(overwritten, "-c", code)
    assert ended.stdout == "['']\n", ended.stderr
