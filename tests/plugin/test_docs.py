"""The test files that the docs show are test files that pass."""

from __future__ import annotations

import re

import pytest

from tests.docs.blocks import ROOT

pytest_plugins = ["pytester"]

_FILE = re.compile(r"<!-- test file -->\n```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

FILES = [
    pytest.param(match[1], id=f"{page.name}-{number}")
    for page in (ROOT / "README.md", ROOT / "docs" / "pytest.md")
    for number, match in enumerate(_FILE.finditer(page.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("code", FILES)
def test_it_passes_as_printed(pytester: pytest.Pytester, code: str) -> None:
    pytester.makepyfile(code)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "error", "--strict-markers")
    result.assert_outcomes(passed=1)


def test_every_example_of_the_page_is_run() -> None:
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    assert page.count("```python") == sum("pytest.md" in str(each.id) for each in FILES)


def test_every_flag_and_ini_option_is_on_the_page(pytestconfig: pytest.Config) -> None:
    from emulator import pytest_plugin

    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    for name in (*pytest_plugin._OPTIONS, "aep_fixtures", "aep_scenario", "aep_seed"):
        assert f"`{name}`" in page
