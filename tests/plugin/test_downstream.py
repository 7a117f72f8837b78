"""A project that has Adobe's hosts written in its code: its suite passes as it is, alone and in two workers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent / "downstream" / "kettle-sync"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project to where nothing of ours is in reach but what is installed."""
    return Path(shutil.copytree(PROJECT, tmp_path_factory.mktemp("elsewhere") / PROJECT.name))


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [pytest.param((), id="alone"), pytest.param(("-n", "2"), id="two workers")])
def test_its_suite_passes_as_it_is(project: Path, arguments: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "AEP_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    tests = "".join(file.read_text(encoding="utf-8") for file in (project / "tests").glob("test_*.py"))
    (passed,) = re.findall(r"=+ (\d+) passed in", done.stdout)
    assert int(passed) >= tests.count("def test_") > 8


def test_it_knows_the_platform_alone() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (PROJECT / "kettle_sync").glob("*.py"))
    assert '"https://platform.adobe.io' in code
    assert '"https://ims-na1.adobelogin.com' in code
    assert "emulator" not in code
