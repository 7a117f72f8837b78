"""Generated blocks of the docs are up to date, and the table knows every operation of the contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.web.operations import OPERATIONS
from tests.docs.blocks import BLOCKS, PAGES, ROOT
from tests.docs.generated import renewed


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_generated_blocks_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert renewed(text, BLOCKS) == text, "run `make docs`"


def test_every_operation_of_the_contract_is_in_the_table() -> None:
    contract = json.loads((ROOT / "tests" / "cases" / "operations.json").read_text(encoding="utf-8"))
    known = {(each["operationId"], each["method"], each["path"], each["success"]) for each in contract}
    assert {(each.id, each.method, each.path, each.status) for each in OPERATIONS} == known


def test_an_operation_without_a_handler_says_why() -> None:
    assert all(each.reason for each in OPERATIONS if each.handler is None)
