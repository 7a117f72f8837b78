"""The whole state as one JSON document: complete, exact, and refused as a whole when anything in it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import Emulator
from emulator.snapshots import Snapshot, SnapshotError
from emulator.snapshots.differences import KINDS
from emulator.snapshots.documents import from_document, table_codecs
from emulator.snapshots.invariants import EVENT_TYPES
from emulator.world import _SETTLERS
from tests.for_each import for_each
from tests.services.conftest import Client
from tests.snapshots.histories import SMALL, Step, Walker, eventful

#: Headers that name no organisation: the call is about all of them.
EVERYONE = {"x-sandbox-name": "prod"}
ORG = "TEST@AdobeOrg"


@pytest.fixture(scope="module")
def written() -> str:
    return eventful().snapshot().to_json()


@pytest.fixture
def document(written: str) -> Any:
    return json.loads(written)


def test_the_document_says_what_it_is(document: Any) -> None:
    assert list(document) == ["format", "product", "version", "document", "populations", "template", "orgs"]
    assert (document["format"], document["product"], document["document"]) == (
        1,
        "aep-segmentation-emulator",
        "snapshot",
    )
    assert [each["org"] for each in document["orgs"]] == [ORG, "OTHER@AdobeOrg"]


def test_the_eventful_state_has_something_of_everything(document: Any) -> None:
    """Otherwise the tests with it prove little."""
    (prod,) = document["orgs"][0]["sandboxes"]
    assert [name for name in table_codecs() if not prod[name]] == []
    assert prod["memberships"][0][1]["entries"]
    assert document["orgs"][0]["agenda"]
    assert document["orgs"][0]["faults"]["counts"]


def test_every_part_of_a_world_is_written_or_left_out_on_purpose() -> None:
    world = Emulator({}).template
    written = {"org", "seed", "clock", "durations", "agenda", "spaces", "faults"}
    # configuration, the past, machinery
    left_out = {"settings", "journal", "history", "lock", "written", "_underway", "_told"}
    assert set(vars(world)) == written | left_out


def test_every_table_has_a_kind_and_every_event_a_type() -> None:
    assert set(KINDS) == set(table_codecs())
    assert set(EVENT_TYPES) == set(_SETTLERS)


def test_get_after_put_gives_the_same_document(written: str) -> None:
    client = Client(Emulator(SMALL, seed=5), EVERYONE)
    answer = client.put("/_emulator/snapshot", data=written, content_type="application/json")
    assert answer.json == {"now": "2026-01-15T09:00:00Z", "rate": 0}
    for _ in range(2):  # reading changes nothing
        assert client.get("/_emulator/snapshot").text == written


def test_a_running_clock_goes_on_from_its_reading() -> None:
    emulator = Emulator(SMALL)
    emulator.clock.advance(hours=5)
    emulator.clock.set_rate(1e-6)
    text = emulator.snapshot().to_json()
    other = Emulator(SMALL)
    other.restore(Snapshot.from_json(text))
    assert other.clock.rate == 1e-6
    assert other.clock.now == emulator.clock.now


def test_one_org_alone(written: str) -> None:
    source = Emulator({})
    source.restore(Snapshot.from_json(written))
    client = Client(source)
    document = client.get("/_emulator/snapshot").json
    assert "template" not in document
    assert [each["org"] for each in document["orgs"]] == [ORG]
    other = Emulator(SMALL)
    Walker(other, "BYSTANDER@AdobeOrg").take(Step("create_job", 0))
    before = other.snapshot("BYSTANDER@AdobeOrg").to_json()
    client = Client(other)
    assert client.put("/_emulator/snapshot", json=document).status_code == 200
    assert client.get("/_emulator/snapshot").json == document
    assert other.snapshot("BYSTANDER@AdobeOrg").to_json() == before
    template = json.loads(other.snapshot().to_json())["template"]
    assert template == json.loads(Emulator(SMALL).snapshot().to_json())["template"]


def without_positions(org: Any) -> Any:
    """Answer an organisation's part without the positions of its populations, which depend on who else is there."""
    return {**org, "sandboxes": [{**each, "population": None} for each in org["sandboxes"]]}


def test_one_org_out_of_all(document: Any) -> None:
    other = Emulator(SMALL, seed=5)
    client = Client(other)
    assert client.put("/_emulator/snapshot", json=document).status_code == 200
    (org,) = client.get("/_emulator/snapshot").json["orgs"]
    assert without_positions(org) == without_positions(document["orgs"][0])
    assert [world.org for world in other.worlds()] == ["", ORG]


def test_an_org_that_the_document_has_not_seen_is_what_its_template_makes_of_it(document: Any) -> None:
    other = Emulator({})
    client = Client(other, {"x-gw-ims-org-id": "NEW@AdobeOrg"})
    assert client.put("/_emulator/snapshot", json=document).status_code == 200
    (org,) = client.get("/_emulator/snapshot").json["orgs"]
    assert without_positions(org) == without_positions({**document["template"], "org": "NEW@AdobeOrg"})


@pytest.mark.parametrize(
    ("headers", "pointer", "words"),
    [
        ({"x-gw-ims-org-id": None}, "/template", "of organisation TEST@AdobeOrg alone"),
        ({"x-gw-ims-org-id": "OTHER@AdobeOrg"}, "", "of organisation TEST@AdobeOrg, not of OTHER@AdobeOrg"),
    ],
)
def test_a_document_of_one_org_is_for_that_org(headers: dict[str, str | None], pointer: str, words: str) -> None:
    client = Client(Emulator(SMALL))
    document = client.get("/_emulator/snapshot").json
    answer = client.put("/_emulator/snapshot", json=document, headers=headers)
    assert answer.status_code == 400
    assert answer.json["error"]["pointer"] == pointer
    assert words in answer.json["error"]["message"]


PROD = "/orgs/0/sandboxes/0"


def at(document: Any, pointer: str) -> tuple[Any, Any]:
    """Answer what encloses the value at a pointer, and the key of it."""
    *path, last = pointer.split("/")[1:]
    for part in path:
        document = document[int(part) if isinstance(document, list) else part]
    return document, int(last) if isinstance(document, list) else last


@for_each(
    "pointer, value, words",
    [
        ("/format", 2, "reads 1 here, not '2'"),
        ("/format", True, "reads 1"),
        ("/product", "another", "aep-segmentation-emulator"),
        ("/document", "fixtures", "'snapshot'"),
        ("/version", 3, "a text, not 3"),
        ("/extra", 1, "unknown"),
        ("/orgs/0/extra", 1, "unknown"),
        ("/orgs/0/org", "", "has a name"),
        ("/orgs/1/org", ORG, "there already"),
        ("/orgs/0/seed", "7", "a whole number, not '7'"),
        ("/orgs/0/requests", -1, "from 0"),
        ("/orgs/0/clock/now", 10**16, "whole numbers are from"),
        ("/orgs/0/clock/rate", -1, None),
        ("/orgs/0/durations/speed", 0, "above 0"),
        ("/orgs/0/durations/lengths/segment/NEW", "soon", "a length of segment NEW"),
        ("/orgs/0/faults/rules/0/document/respond", 1000, None),
        ("/orgs/0/faults/rules/0/id", 5, "a text"),
        ("/orgs/0/agenda/0/event/type", "holiday", "one of segmentJob"),
        ("/orgs/0/agenda/0/at", "soon", "a whole number"),
        (f"{PROD}/sandbox/name", None, "a text, not null"),
        (f"{PROD}/population", 99, "none at 99"),
        (f"{PROD}/ordinals/0/1", 1.5, "a whole number"),
        (f"{PROD}/memberships/0/1/entries/0/1/0", "maybe", "one of realized"),
        (f"{PROD}/definitions/0/1/document/expression/format", "sql", None),
        (f"{PROD}/definitions/0/1/document/name", 5, "which are texts"),
        (f"{PROD}/definitions/0/1/document/evaluationInfo", [], "an object of modes"),
        (f"{PROD}/definitions/0/1/id", "other", "the id of this record"),
        (f"{PROD}/definitions/0", ["swedes"], "an array of 2"),
        (f"{PROD}/schedules/0/1/cron", "every day", None),
        (f"{PROD}/schedules/0/1/state", "on", "active, inactive"),
        (f"{PROD}/merge_policies/0/1/graph", "star", "none, pdg"),
        (f"{PROD}/segment_jobs/0/1/timeline/phases", [], "at least one"),
        (f"{PROD}/segment_jobs/0/1/timeline/phases/0/0", "DREAMING", None),
        (f"{PROD}/segment_jobs/0/1/errors", None, "an array"),
        (f"{PROD}/files/0/1/content", "*", "Base64"),
        (f"{PROD}/previews/0/1/result/progress", [], "101"),
        (f"{PROD}/datasets/0/1/document/tags", {}, "tags with"),
        (f"{PROD}/datasets/0/1/document/schemaRef", 5, "an object"),
        (f"{PROD}/batches/0/1/document/status", "lost", None),
        (f"{PROD}/holidays", [], "unknown"),
        ("/populations/0/fragments/0/identities", [], "at least one identity"),
        ("/populations/0/events/0/timestamp", 2.5, "a whole number"),
    ],
)
def test_a_wrong_value_is_refused_where_it_is(written: str, pointer: str, value: Any, words: str | None) -> None:
    document = json.loads(written)
    enclosing, key = at(document, pointer)
    enclosing[key] = value
    with pytest.raises(SnapshotError) as refused:
        from_document(document)
    told = refused.value
    assert pointer.startswith(told.pointer)
    assert len(pointer) - len(told.pointer) <= len("/expression/format")
    assert words is None or words in told.message


def test_a_document_with_a_wrong_value_is_refused_as_a_whole(document: Any) -> None:
    client = Client(Emulator(SMALL), EVERYONE)
    before = client.get("/_emulator/snapshot").text
    document["orgs"][1]["sandboxes"][0]["files"] = None
    answer = client.put("/_emulator/snapshot", json=document)
    assert (answer.status_code, answer.json["error"]["pointer"]) == (400, "/orgs/1/sandboxes/0/files")
    assert client.get("/_emulator/snapshot").text == before


@for_each(
    "pointer",
    [
        "/format",
        "/product",
        "/document",
        "/version",
        "/populations",
        "/orgs",
        "/template/clock",
        "/orgs/0/faults",
        "/orgs/0/org",
        *(f"{PROD}/{name}" for name in ("sandbox", "ordinals", "population", *KINDS)),
    ],
)
def test_a_missing_part_is_refused_by_its_pointer(written: str, pointer: str) -> None:
    document = json.loads(written)
    enclosing, key = at(document, pointer)
    del enclosing[key]
    with pytest.raises(SnapshotError, match="missing") as refused:
        from_document(document)
    assert refused.value.pointer == pointer


@for_each(
    "text, words",
    [
        ("", "not JSON: Expecting value at line 1, column 1"),
        ("[]", "an object, not an array"),
        ("null", "an object, not null"),
        ("{}", "/product: missing"),
        ('{"format": NaN}', "no such number as NaN"),
        ('{"format": 1e999}', "no such number as 1e999"),
        (b"\xff", "not UTF-8"),
        ("[" * 401 + "]" * 401, "nested deeper than 400"),
        ("[" * 100_000, "nested deeper than 400"),
        ("1" * 5000, "not JSON"),
    ],
)
def test_what_is_no_document_is_refused(text: str | bytes, words: str) -> None:
    client = Client(Emulator({}), EVERYONE)
    answer = client.put("/_emulator/snapshot", data=text, content_type="application/json")
    assert answer.status_code == 400
    assert words in answer.json["error"]["message"]


def test_a_document_is_json_by_its_content_type(written: str) -> None:
    answer = Client(Emulator({}), EVERYONE).put("/_emulator/snapshot", data=written, content_type="text/plain")
    assert answer.status_code == 415


def test_documents_have_a_limit_of_their_own() -> None:
    client = Client(Emulator({}, max_body_bytes=1000), EVERYONE)
    written = client.get("/_emulator/snapshot").text
    assert len(written) > 1000
    assert client.put("/_emulator/snapshot", data=written, content_type="application/json").status_code == 200
    refused = client.put("/_emulator/snapshot", data=" " * (64 * 1024 * 1024 + 1), content_type="application/json")
    assert refused.status_code == 413
    assert "67108864 bytes" in refused.json["error"]["message"]
    assert client.post("/_emulator/pql", json={"expression": "a" * 1000}).status_code == 413


def test_more_organisations_than_an_emulator_holds_are_refused(document: Any) -> None:
    client = Client(Emulator({}, max_orgs=1), EVERYONE)
    answer = client.put("/_emulator/snapshot", json=document)
    assert answer.status_code == 400
    assert "2 organisations, and this emulator holds 1 (setting max_orgs)" in answer.json["error"]["message"]


def test_settings_are_those_of_the_emulator(written: str) -> None:
    other = Emulator(SMALL, max_schedules=3)
    other.restore(Snapshot.from_json(written))
    walker = Walker(other)
    assert [walker.create_schedule(number)[0] for number in range(3)] == [200, 200, 400]


def test_organisations_share_populations_after_a_restore_as_before(written: str) -> None:
    document = json.loads(written)
    assert document["template"]["sandboxes"][0]["population"] == document["orgs"][1]["sandboxes"][0]["population"]
    other = Emulator({})
    other.restore(Snapshot.from_json(written))
    assert other.template.spaces["prod"].population is other.world("OTHER@AdobeOrg").spaces["prod"].population


def test_a_number_that_json_does_not_have_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator = Emulator({"profiles": [{"identityMap": {"Email": [{"id": "a@b.c"}]}, "record": {"x": 1}}]})
    record = emulator.template.spaces["prod"].population.fragments[0].record
    assert isinstance(record, dict)
    record["x"] = float("inf")
    with pytest.raises(SnapshotError, match="a number that JSON does not have"):
        emulator.snapshot().to_json()
