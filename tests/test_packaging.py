"""The wheel: it carries the fixtures and their schemas, and nothing of the tests; installed alone, it works."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

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
    parts = [*(page / "static").iterdir(), *(page / "templates").iterdir()]
    assert {each.relative_to(ROOT).as_posix() for each in parts} <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"emulator"}


def test_installed_alone_it_works(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    version = subprocess.run([scripts / "aep-emulator", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("aep-emulator ")
    code = "from emulator import Emulator; e = Emulator(); print(len(e.template.spaces['prod'].definitions))"
    done = subprocess.run(
        [scripts / "python", "-W", "error", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert int(done.stdout) > 12
    code = "from emulator import create_app; print(create_app().test_client().get('/_emulator/').status_code)"
    done = subprocess.run([scripts / "python", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert int(done.stdout) == 200
