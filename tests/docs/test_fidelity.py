"""The data behind docs/fidelity.md: complete, and nothing in it that is not so."""

from __future__ import annotations

from typing import Any

from emulator.web.operations import OPERATIONS
from tests.docs.blocks import default_of, fidelity, service_of, told_by_adobe
from tests.docs.nodes import exists

DATA = fidelity()
ROWS: list[dict[str, Any]] = [*DATA["quirks"], *DATA["limits"]]
SOURCES = {"tutorial", "OpenAPI", "pages", "client"}

#: What has no test: a quirk that asks for nothing, and a limit that is not emulated.
WITHOUT_TEST = {"Q31", "audiences of a sandbox"}


def name_of(row: dict[str, Any]) -> str:
    return str(row["id"] if "id" in row else row["limit"])


def test_every_service_has_its_facts_and_no_other_has() -> None:
    services = {service_of(each) for each in OPERATIONS}
    assert {fact["service"] for fact in DATA["facts"]} == services | {"Every call"}


def test_a_fact_tells_its_basis_and_a_documented_one_its_sources() -> None:
    for fact in DATA["facts"]:
        assert fact["basis"] in ("documented", "inferred", "decided"), fact
        sources = fact.get("sources", [])
        assert bool(sources) == (fact["basis"] == "documented"), fact
        assert set(sources) <= SOURCES, fact
        assert fact["what"], fact


def test_a_topic_comes_once() -> None:
    topics = [(fact["service"], fact["topic"]) for fact in DATA["facts"]]
    assert len(topics) == len(set(topics))


def test_what_is_not_in_adobes_documents_is_listed() -> None:
    assert {each.id for each in OPERATIONS} - told_by_adobe() == set(DATA["elsewhere"])


def test_the_register_is_whole() -> None:
    assert [each["id"] for each in DATA["quirks"]] == [f"Q{number}" for number in range(1, 34)]


def test_a_row_names_settings_by_their_defaults_and_tests_that_exist() -> None:
    for row in ROWS:
        written = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in row["settings"].items()
        }
        assert written == {name: default_of(name) for name in written}, name_of(row)
        assert [node for node in row["tests"] if not exists(node)] == [], name_of(row)
        assert bool(row["tests"]) == (name_of(row) not in WITHOUT_TEST), name_of(row)
