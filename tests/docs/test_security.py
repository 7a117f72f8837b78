"""docs/security.md: every promise names tests that exist, and the dependencies are those that are declared."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.docs.blocks import ROOT
from tests.docs.nodes import exists
from tests.for_each import for_each

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def rows(name: str) -> list[list[str]]:
    """Answer the cells of a table of the page."""
    table = PAGE.split(f"<!-- {name} -->")[1].split(f"<!-- end {name} -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


def reviewed() -> list[str]:
    """Answer the names of the dependencies that were reviewed."""
    return [name for name, _ in rows("dependencies")]


PROMISES = rows("promises")


@for_each("shown_by", [row[1] for row in PROMISES], ids=str)
def test_a_promise_names_a_test_that_exists(shown_by: str) -> None:
    assert exists(shown_by.strip("`"))


def test_there_are_promises() -> None:
    assert len(PROMISES) > 25
    assert all(text or before for (text, _), (before, _) in zip(PROMISES[1:], PROMISES, strict=False))


def test_what_is_declared_was_reviewed() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[<>=!\[ ]", each)[0] for each in declared}
    assert names <= set(reviewed())
    assert len(set(reviewed())) == len(reviewed())


def test_what_is_reviewed_is_bounded_from_below() -> None:
    """A version that is known to be too old is not taken."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert all(">=" in each for each in declared)


@pytest.mark.slow
def test_what_is_installed_agrees_with_itself() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    ours = [
        line for line in done.stdout.splitlines() if any(line.lower().startswith(f"{each} ") for each in reviewed())
    ]
    assert ours == []
