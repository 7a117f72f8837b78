"""The wheel: it carries the fixtures and their schemas, and nothing of the tests; installed alone, it works."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.docs.test_security import reviewed

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_what_the_wheel_carries(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    fixtures = {
        path.relative_to(ROOT / "fixtures").as_posix() for path in (ROOT / "fixtures").rglob("*") if path.is_file()
    }
    assert {f"emulator/bundled/{name}" for name in fixtures} <= names
    assert "emulator/py.typed" in names
    assert "emulator/fixtures/schemas/profiles.json" in names
    page = ROOT / "emulator" / "web" / "page"
    template = ROOT / "emulator" / "generation" / "template"
    parts = [*(page / "static").iterdir(), *(page / "templates").iterdir(), *template.rglob("*.json")]
    assert {each.relative_to(ROOT).as_posix() for each in parts} <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"emulator"}


def interpreter(version: str) -> str | None:
    """Answer the interpreter of a version, None where it is not here."""
    if sys.version.startswith(f"{version}."):
        return sys.executable
    name = shutil.which(f"python{version}")
    if name is None:
        return None
    asked = subprocess.run([name, "--version"], capture_output=True, text=True, check=False)
    return name if asked.returncode == 0 and asked.stdout.startswith(f"Python {version}.") else None


@pytest.fixture(scope="module", params=["3.11", "3.12", "3.13"])
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment in which nothing is installed but the wheel and what it asks for."""
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param}")
    home = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([python, "-m", "venv", str(home)], check=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    return scripts


def test_installed_alone_it_works(installed: Path, tmp_path: Path) -> None:
    version = subprocess.run([installed / "aep-emulator", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("aep-emulator ")
    code = "from emulator import Emulator; e = Emulator(); print(len(e.template.spaces['prod'].definitions))"
    done = subprocess.run(
        [installed / "python", "-W", "error", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert int(done.stdout) > 12
    assert done.stderr == ""


def test_installed_alone_it_serves_without_a_warning(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "python"), "-W", "error", "-m", "emulator", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        base = process.stdout.readline().rpartition(" ")[2].strip()
        with urlopen(f"{base}/_emulator/health", timeout=30) as answer:
            assert b'"status": "ok"' in answer.read()
        process.terminate()
        assert process.wait(30) == 0 or sys.platform == "win32"
        assert process.stderr.read() == f"a page to look at: {base}/_emulator/\n"


def test_its_dependencies_agree_and_are_the_reviewed_ones(installed: Path) -> None:
    """What is installed with it is bounded: a new one is a decision, made here and in docs/security.md."""
    subprocess.run([installed / "python", "-m", "pip", "check"], check=True, capture_output=True)
    listed = subprocess.run(
        [installed / "python", "-m", "pip", "list", "--format", "json"], check=True, capture_output=True, text=True
    )
    names = {each["name"].lower().replace("_", "-") for each in json.loads(listed.stdout)}
    assert names - {"pip", "setuptools", "wheel", "aep-segmentation-emulator"} == set(reviewed())


def test_its_types_are_what_a_consumer_takes_them_for(installed: Path, tmp_path: Path) -> None:
    consumer = tmp_path / "typed_use.py"
    shutil.copy(ROOT / "tests" / "consumer" / "typed_use.py", consumer)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-executable",
        str(installed / "python"),
        str(consumer),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout
