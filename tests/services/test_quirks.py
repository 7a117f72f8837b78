"""What docs/fidelity.md says of quirks and limits, where no other test shows it. A quirk's test has its number."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.services.conftest import (
    DATASETS,
    EXPORT,
    JOBS,
    NIGHTLY,
    POLICIES,
    POLICY,
    SCHEDULES,
    SEGMENT,
    UPS,
    Client,
    create_definition,
)

#: Ids as the tutorial prints them; neither is a UUID.
ODD_IDS = ["54a20f19-9a0w-293a-9b82-409b1p3v0192", "1rfe8422-334d-12f4-3sd4-12cf6g990g51"]


def evaluate(emulator: Emulator, client: Client, segment_id: str) -> int:
    """Evaluate a segment, and answer how many it has."""
    job = client.post(JOBS, json=[{"segmentId": segment_id}]).json
    emulator.clock.advance(seconds=10)
    done = client.get(f"{JOBS}/{job['id']}").json
    return int(done["metrics"]["segmentedProfileCounter"][segment_id])


def exported(client: Client, job: Any) -> int:
    done = client.get(f"{UPS}/export/jobs/{job['id']}").json
    assert done["status"] == "SUCCEEDED"
    return int(done["metrics"]["totalExportedProfileCounter"])


def test_q3_a_filter_takes_both_spellings_of_cancelling_and_no_translations(emulator: Emulator, client: Client) -> None:
    job = client.post(JOBS, json=[{"segmentId": SEGMENT}]).json
    client.delete(f"{JOBS}/{job['id']}")
    for spellings, status in ((("CANCELLING", "CANCELING"), "CANCELLING"), (("CANCELLED", "CANCELED"), "CANCELLED")):
        for spelling in spellings:
            (found,) = client.get(f"{JOBS}?status={spelling}").json["children"]
            assert found["status"] == status
        emulator.clock.advance(seconds=1)
    for word in ("TRAITEMENT", "ANNULATION", "CANCELATION"):
        assert client.get(f"{JOBS}?status={word}").status_code == 400


def test_q5_a_reference_to_a_dataset_has_two_spellings(client: Client) -> None:
    (made,) = client.post(DATASETS, json={"name": "One"}).json
    id = made.removeprefix("@/datasets/")
    assert len(id) == 24
    later = [f"@/dataSets/{id}"]
    assert client.put(f"{DATASETS}/{id}", json={"name": "Two"}).json == later
    assert client.patch(f"{DATASETS}/{id}", json={"name": "Three"}).json == later
    assert client.delete(f"{DATASETS}/{id}").json == later


@pytest.mark.parametrize("shown", ["ups", "UPS"])
def test_q7_queries_and_filters_take_the_own_namespace_in_either_case(shown: str) -> None:
    emulator = Emulator(membership_namespace_key=shown)
    client = Client(emulator)
    size = evaluate(emulator, client, SEGMENT)
    for number, namespace in enumerate(("ups", "UPS")):
        paths = (f"{namespace}.`{SEGMENT}`", f'get("{namespace}").get("{SEGMENT}")')
        for form, path in enumerate(paths):
            value = f'segmentMembership.{path}.status = "realized"'
            assert evaluate(emulator, client, create_definition(client, value, f"{number} {form}")) == size > 0
            identity = {"namespace": "Email", "id": "marguerite.ashdown@example.com"}
            explained = client.post("/_emulator/explain", json={"expression": value, "identity": identity}).json
            assert explained["matches"] is True
        filter = {"segments": [{"segmentId": SEGMENT, "segmentNs": namespace}]}
        job = client.post(f"{UPS}/export/jobs", json={**EXPORT, "filter": filter}).json
        emulator.clock.advance(seconds=10)
        assert exported(client, job) == size


@pytest.mark.parametrize("imported", ["ups", "UPS", "AAM"])
def test_q7_an_imported_membership_is_shown_like_a_computed_one(imported: str) -> None:
    emulator = Emulator({})
    client = Client(emulator)
    entry = {"lastQualificationTime": "2025-01-01T00:00:00Z", "status": "existing"}
    record = {"segmentMembership": {imported: {SEGMENT: entry}}}
    identities = {"Email": [{"id": "anna@example.com"}]}
    emulator.org("TEST@AdobeOrg").load({"profiles": [{"identityMap": identities, "record": record}]})
    query = "schema.name=_xdm.context.profile&entityIdNS=email&entityId=anna@example.com"
    (found,) = client.get(f"{UPS}/access/entities?{query}").json.values()
    assert found["entity"]["segmentMembership"] == {imported.replace("UPS", "ups"): {SEGMENT: entry}}


def test_q9_catalog_forgives_no_trailing_comma(client: Client) -> None:
    assert client.post(DATASETS, data='{"name": "One",}').status_code == 400


def test_q22_a_schedule_needs_its_cron_text(client: Client) -> None:
    answer = client.post(SCHEDULES, json={name: value for name, value in NIGHTLY.items() if name != "schedule"})
    assert answer.status_code == 400
    assert "No usable value for schedule" in answer.json["errors"]["400"][1]["message"]


def test_q24_a_job_links_to_itself(client: Client) -> None:
    made = [client.post(JOBS, json=[{"segmentId": SEGMENT}]).json["id"] for _ in range(2)]
    for job in client.get(JOBS).json["children"]:
        href = f"/segment/jobs/{job['id']}"
        assert job["_links"]["checkStatus"] == {"href": href, "method": "GET"}
        assert job["_links"]["cancel"] == {"href": href, "method": "DELETE"}
        made.remove(job["id"])
    assert made == []


@pytest.mark.parametrize("op", ["add", "replace", "remove", "move", "copy", "test"])
def test_q30_patches_add_and_replace_and_nothing_else(client: Client, op: str) -> None:
    schedule = client.post(SCHEDULES, json=NIGHTLY).json
    audience = client.post(f"{UPS}/audiences", json={"audienceId": "a", "name": "a", "namespace": "aam"}).json
    name = {"op": op, "path": "/name", "from": "/description", "value": "New"}
    state = {"op": op, "path": "/state", "from": "/schedule", "value": "active"}
    answers = [
        client.patch(f"{UPS}/audiences/{audience['id']}", json=[name]),
        client.patch(f"{POLICIES}/mpid1", json=[name]),
        client.patch(f"{UPS}/config/schedules/{schedule['id']}", json=[state]),
    ]
    is_known = op in ("add", "replace")
    assert [each.status_code for each in answers] == ([201, 200, 204] if is_known else [400] * 3)


@pytest.mark.parametrize("id", ODD_IDS)
def test_q32_ids_are_opaque(client: Client, id: str) -> None:
    assert client.get(f"{JOBS}/{id}").status_code == 404
    assert client.get(f"{JOBS}?property=segments~segmentId=={id}").json["children"] == []
    assert client.post(SCHEDULES, json={**NIGHTLY, "properties": {"segments": [id]}}).status_code == 200
    filter = {"segments": [{"segmentId": id}]}
    assert client.post(f"{UPS}/export/jobs", json={**EXPORT, "filter": filter}).status_code == 200


# -- limits


def test_a_page_of_merge_policies_holds_20(client: Client) -> None:
    for _ in range(20):
        client.post(POLICIES, json=POLICY)
    assert client.get(POLICIES).json["_page"] == {"totalCount": 23, "pageSize": 20, "count": 20, "next": "1"}
    assert client.get(f"{POLICIES}?limit=1000").json["_page"]["pageSize"] == 23


def test_a_page_of_definitions_or_schedules_holds_100() -> None:
    client = Client(Emulator({}, max_schedules=101))
    for number in range(101):
        create_definition(client, f"age = {number}", f"Aged {number}")
        assert client.post(SCHEDULES, json=NIGHTLY).status_code == 200
    definitions = client.get(f"{UPS}/segment/definitions").json
    assert (len(definitions["segments"]), definitions["page"]["totalCount"]) == (100, 101)
    schedules = client.get(f"{UPS}/config/schedules").json
    assert (len(schedules["children"]), schedules["_page"]["totalCount"]) == (100, 101)


def test_a_page_of_a_preview_or_of_events_holds_1000() -> None:
    emulator = Emulator({})
    client = Client(emulator)
    who = [{"Email": [{"id": f"{number:04}@example.com"}]} for number in range(1001)]
    emulator.org("TEST@AdobeOrg").load(
        {
            "profiles": [{"identityMap": each, "record": {"age": 30}} for each in who],
            "events": [
                {"identityMap": who[0], "timestamp": "2026-01-01T00:00:00Z", "record": {"eventType": str(number)}}
                for number in range(1001)
            ],
        }
    )
    preview = client.post(f"{UPS}/preview", json={"predicateExpression": "age = 30"}).json
    emulator.clock.advance(seconds=10)
    first = client.get(f"{UPS}/preview/{preview['previewId']}").json
    assert (first["page"], bool(first["links"]["next"])) == ({"offset": 0, "size": 1000}, True)
    query = "schema.name=_xdm.context.experienceevent&relatedEntityIdNS=email&relatedEntityId=0000@example.com"
    assert client.get(f"{UPS}/access/entities?{query}").json["_page"]["count"] == 1000
