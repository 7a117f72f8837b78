"""The page on the architecture speaks of what there is, and the house is as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.rooms import PACKAGE, ROOT, STOREYS, arrows, lines_of

PAGES = [ROOT / "docs" / name for name in ("architecture.md", "contributing.md")]

#: A path of the repository, as a page writes it.
_PATH = re.compile(r"`((?:emulator|tests|docs)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=[each.name for each in PAGES])
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = _PATH.findall(page.read_text(encoding="utf-8"))
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_every_room_is_on_a_storey() -> None:
    there = {each.name.removesuffix(".py") for each in PACKAGE.iterdir() if each.suffix == ".py" or each.is_dir()}
    assert there - {"__init__", "__pycache__"} == {room for rooms in STOREYS.values() for room in rooms}


def test_no_arrow_points_up() -> None:
    height = {room: -number for number, rooms in enumerate(STOREYS.values()) for room in rooms}
    assert [(room, other) for room, other in arrows() if height[room] < height[other]] == []


def test_no_room_is_above_a_quarter_of_the_house() -> None:
    sizes = {room: lines_of(room) for rooms in STOREYS.values() for room in rooms}
    assert {room for room, size in sizes.items() if size > 0.25 * sum(sizes.values())} == set()


def _diffs(page: Path) -> list[tuple[str, list[str]]]:
    """Answer the lines that each diff of a page adds, with the file that is named before it."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in re.finditer(r"```diff\n(.*?)```", text, re.DOTALL):
        file = _PATH.findall(text[: match.start()])[-1]
        found.append((file, [line[1:] for line in match[1].splitlines() if line.startswith("+")]))
    return found


def test_the_worked_example_is_what_the_files_hold() -> None:
    diffs = _diffs(PAGES[1])
    assert len(diffs) == 5
    for file, lines in diffs:
        assert "\n".join(lines) in (ROOT / file).read_text(encoding="utf-8"), file
