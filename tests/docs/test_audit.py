"""What `make audit` makes of the answers of pip-audit, and whom it asks about."""

from __future__ import annotations

import json
from typing import Any

from tests.audit import brought_along, read
from tests.docs.test_security import reviewed
from tests.for_each import for_each

ASKED = {"flask": "3.1.0", "werkzeug": "3.1.0"}


def told(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


CLEAN = {"name": "flask", "version": "3.1.0", "vulns": []}
SKIPPED = {"name": "werkzeug", "skip_reason": "Dependency not found on PyPI"}
FAULTY = {"name": "werkzeug", "version": "3.1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.1"]}]}


@for_each(
    "answer, status, vulnerable, unknown",
    [
        (told(CLEAN, {**FAULTY, "vulns": []}), 0, [], []),
        (told(CLEAN, FAULTY), 1, ["werkzeug 3.1.0: PYSEC-1, mended in 3.1.1"], []),
        (told(SKIPPED, {**FAULTY, "name": "flask"}), 1, ["flask 3.1.0: PYSEC-1, mended in 3.1.1"], ["werkzeug"]),
        (told(CLEAN, SKIPPED), 2, [], ["werkzeug"]),
        (told(CLEAN), 2, [], ["werkzeug"]),
        ("", 2, [], ["flask", "werkzeug"]),
        ("Traceback: no route to host", 2, [], ["flask", "werkzeug"]),
    ],
)
def test_what_is_not_known_to_be_sound_is_said(
    answer: str, status: int, vulnerable: list[str], unknown: list[str]
) -> None:
    found = read(answer, ASKED)
    assert (found.status, found.vulnerable, found.unknown) == (status, vulnerable, unknown)


def test_all_that_an_installation_brings_along_is_asked_about() -> None:
    assert set(brought_along()) == set(reviewed())
