"""The test files that the docs show are test files that pass."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.docs.blocks import PAGES, ROOT
from tests.plugin.conftest import ALONE

pytest_plugins = ["pytester"]

#: ``slow`` are those that import much; they run in a process of their own, which numpy insists on.
_FILE = re.compile(r"<!-- test file(, slow)? -->\n```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

FILES = [
    pytest.param(code, bool(slow), id=f"{page.relative_to(ROOT)}-{number}", marks=[pytest.mark.slow] * bool(slow))
    for page in PAGES
    for number, (slow, code) in enumerate(_FILE.findall(page.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize(("code", "alone"), FILES)
def test_it_passes_as_printed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, code: str, alone: bool
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(code)
    run = pytester.runpytest_subprocess if alone else pytester.runpytest_inprocess
    outcomes = run(*ALONE, "-p", "xdist", "--strict-markers").parseoutcomes()
    assert outcomes.keys() == {"passed"}, outcomes
    assert outcomes["passed"] >= code.count("def test_") > 0


@pytest.mark.slow
def test_workers_share_a_server_as_the_page_says(pytester: pytest.Pytester) -> None:
    page = (ROOT / "docs" / "how-to" / "parallel-workers.md").read_text(encoding="utf-8")
    _, code = _FILE.findall(page)[0]
    command = "aep-emulator exec --rate 0 -- pytest -n 2"
    assert command in page
    pytester.makepyfile(code)
    words = [sys.executable, "-m", "emulator", *command.replace("pytest", f"{sys.executable} -m pytest").split()[1:]]
    done = subprocess.run([*words, "-p", "no:cacheprovider"], cwd=pytester.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "2 workers" in done.stdout


def test_every_example_of_the_page_is_run() -> None:
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    assert page.count("```python") == sum("docs/pytest.md" in str(each.id) for each in FILES)


def test_every_flag_and_ini_option_is_on_the_page(pytestconfig: pytest.Config) -> None:
    from emulator import pytest_plugin

    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    for name in (*pytest_plugin._OPTIONS, "aep_fixtures", "aep_scenario", "aep_seed"):
        assert f"`{name}`" in page
