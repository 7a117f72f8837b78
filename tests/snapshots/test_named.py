"""Named snapshots: taken, put back, compared and forgotten over the control plane."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from emulator.snapshots import SnapshotError
from tests.services.conftest import Client
from tests.snapshots.histories import SMALL, UPS, Step, Walker, definition

EVERYONE: dict[str, str | None] = {"x-gw-ims-org-id": None}
OTHER: dict[str, str | None] = {"x-gw-ims-org-id": "OTHER@AdobeOrg"}
NOTHING: dict[str, list[Any]] = {"created": [], "changed": [], "deleted": []}


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(SMALL)


def create_job(client: Client, **options: Any) -> str:
    return str(client.post(f"{UPS}/segment/jobs", json=[{"segmentId": "swedes"}], **options).json["id"])


def advance(client: Client, seconds: int, **options: Any) -> None:
    assert client.post("/_emulator/clock", json={"advance": seconds}, **options).status_code == 200


def entry(kind: str, id: str, org: str | None = "TEST@AdobeOrg") -> dict[str, str | None]:
    return {"org": org, "sandbox": "prod", "kind": kind, "id": id}


def test_everything_is_put_back(client: Client) -> None:
    advance(client, 60)
    taken = client.post("/_emulator/snapshots/before").json
    assert taken == {"name": "before", "now": "2026-01-15T09:01:00Z", "rate": 0}
    document = client.get("/_emulator/snapshot").text
    first = create_job(client)
    advance(client, 3600)
    client.post("/_emulator/clock", json={"rate": 1})
    assert client.post("/_emulator/snapshots/before/restore").json == {"now": "2026-01-15T09:01:00Z", "rate": 0}
    assert client.get("/_emulator/snapshot").text == document
    assert create_job(client) == first


def test_snapshots_nest_in_any_order(client: Client) -> None:
    ids = []
    for name in ("one", "two", "three"):
        client.post(f"/_emulator/snapshots/{name}")
        ids.append(create_job(client))
    for name, expected in (("two", 1), ("three", 2), ("one", 0), ("three", 2), ("two", 1)):
        client.post(f"/_emulator/snapshots/{name}/restore")
        assert client.get(f"{UPS}/segment/jobs").json["_page"]["totalCount"] == expected
        assert create_job(client) == ids[expected]


def test_a_name_taken_again_is_a_new_snapshot(client: Client) -> None:
    client.post("/_emulator/snapshots/here")
    client.post("/_emulator/snapshots/there")
    create_job(client)
    client.post("/_emulator/snapshots/here")
    client.post("/_emulator/snapshots/here/restore")
    assert client.get(f"{UPS}/segment/jobs").json["_page"]["totalCount"] == 1
    assert [each["name"] for each in client.get("/_emulator/snapshots").json["snapshots"]] == ["there", "here"]


def test_names_belong_to_whom_they_were_taken_of(client: Client) -> None:
    client.post("/_emulator/snapshots/mine")
    client.post("/_emulator/snapshots/ours", headers=EVERYONE)
    assert [each["name"] for each in client.get("/_emulator/snapshots").json["snapshots"]] == ["mine"]
    assert [each["name"] for each in client.get("/_emulator/snapshots", headers=EVERYONE).json["snapshots"]] == ["ours"]
    assert client.get("/_emulator/snapshots", headers=OTHER).json == {"snapshots": []}
    refused = client.post("/_emulator/snapshots/ours/restore")
    assert refused.status_code == 404
    assert refused.json["error"]["message"] == (
        "There is no snapshot `ours` of organisation TEST@AdobeOrg; there are mine."
    )


@pytest.mark.parametrize(("method", "path"), [("POST", "no/restore"), ("GET", "no/diff"), ("DELETE", "no")])
def test_an_unknown_name_is_told(client: Client, method: str, path: str) -> None:
    answer = client.request(method, f"/_emulator/snapshots/{path}", headers=EVERYONE)
    assert answer.status_code == 404
    assert answer.json["error"]["message"] == "There is no snapshot `no` of all organisations; there is none."


def test_a_forgotten_snapshot_is_gone(client: Client) -> None:
    client.post("/_emulator/snapshots/a")
    client.post("/_emulator/snapshots/b")
    left = client.delete("/_emulator/snapshots/a").json
    assert [each["name"] for each in left["snapshots"]] == ["b"]
    assert client.post("/_emulator/snapshots/a/restore").status_code == 404


def test_one_org_is_put_back_alone(client: Client) -> None:
    client.post("/_emulator/snapshots/start")
    create_job(client)
    advance(client, 60, headers=OTHER)
    create_job(client, headers=OTHER)
    client.post("/_emulator/snapshots/start/restore")
    assert client.get(f"{UPS}/segment/jobs").json["_page"]["totalCount"] == 0
    assert client.get(f"{UPS}/segment/jobs", headers=OTHER).json["_page"]["totalCount"] == 1
    assert client.get("/_emulator/clock", headers=OTHER).json["now"] == "2026-01-15T09:01:00Z"


def test_all_are_put_back_together_and_later_orgs_start_anew(client: Client) -> None:
    advance(client, 60, headers=EVERYONE)
    create_job(client)
    client.post("/_emulator/snapshots/all", headers=EVERYONE)
    advance(client, 60, headers=EVERYONE)
    first = create_job(client, headers=OTHER)
    client.post("/_emulator/snapshots/all/restore", headers=EVERYONE)
    for headers in (EVERYONE, OTHER, {}):
        assert client.get("/_emulator/clock", headers=headers).json["now"] == "2026-01-15T09:01:00Z"
    assert client.get(f"{UPS}/segment/jobs").json["_page"]["totalCount"] == 1
    assert client.get(f"{UPS}/segment/jobs", headers=OTHER).json["_page"]["totalCount"] == 0
    client.post("/_emulator/snapshots/all/restore", headers=EVERYONE)
    assert create_job(client, headers=OTHER) == first


def test_the_journal_stays(client: Client, emulator: Emulator) -> None:
    state = emulator.snapshot()
    create_job(client)
    emulator.restore(state)
    assert [each.operation for each in emulator.requests] == ["createSegmentJob"]
    assert client.get("/_emulator/requests/count", headers=EVERYONE).json == {"count": 1}
    create_job(client)
    assert [each.operation for each in emulator.org("TEST@AdobeOrg").requests] == ["createSegmentJob"] * 2
    emulator.reset()
    assert emulator.requests == []


def test_request_ids_go_on_from_where_they_were(client: Client, emulator: Emulator) -> None:
    client.get(f"{UPS}/segment/jobs")
    for state in (emulator.snapshot(), emulator.snapshot("TEST@AdobeOrg")):
        told = []
        for _ in range(2):
            emulator.restore(state, None if state.template else "TEST@AdobeOrg")
            told.append([client.get(f"{UPS}/segment/jobs").headers["x-request-id"] for _ in range(3)])
        assert told[0] == told[1]


def test_fault_rules_and_their_counts_are_put_back(client: Client, emulator: Emulator) -> None:
    rule = emulator.faults.add(operation="createSegmentJob", nth=2, respond=429)
    create_job(client)
    state = emulator.snapshot()
    for _ in range(2):
        assert client.post(f"{UPS}/segment/jobs", json=[{"segmentId": "swedes"}]).status_code == 429
        emulator.faults.expect(rule, times=1)
        emulator.restore(state)
        emulator.faults.expect(rule, times=0)
    emulator.faults.clear()
    emulator.restore(state)
    assert [each["id"] for each in emulator.faults.rules()] == [rule]


def test_a_reset_forgets_names_and_not_states_in_hand(client: Client, emulator: Emulator) -> None:
    client.post("/_emulator/snapshots/mine")
    client.post("/_emulator/snapshots/others", headers=OTHER)
    client.post("/_emulator/snapshots/ours", headers=EVERYONE)
    create_job(client)
    state = emulator.snapshot()
    client.post("/_emulator/reset")
    assert client.get("/_emulator/snapshots").json == {"snapshots": []}
    assert len(client.get("/_emulator/snapshots", headers=OTHER).json["snapshots"]) == 1
    client.post("/_emulator/reset", headers=EVERYONE)
    for headers in ({}, OTHER, EVERYONE):
        assert client.get("/_emulator/snapshots", headers=headers).json == {"snapshots": []}
    emulator.restore(state)
    assert client.get(f"{UPS}/segment/jobs").json["_page"]["totalCount"] == 1


def test_what_is_no_state_is_refused_in_words() -> None:
    with pytest.raises(SnapshotError, match="a state is what `snapshot` answered, not 'yesterday'"):
        Emulator().restore("yesterday")  # type: ignore[arg-type]


def test_what_is_due_comes_true_after_a_restore_too(client: Client) -> None:
    job_id = create_job(client)
    client.post("/_emulator/snapshots/running")
    for _ in range(2):
        advance(client, 5)
        job = client.get(f"{UPS}/segment/jobs/{job_id}").json
        assert job["metrics"]["segmentedProfileCounter"] == {"swedes": 1}
        client.post("/_emulator/snapshots/running/restore")
        assert client.get(f"{UPS}/segment/jobs/{job_id}").json["status"] == "NEW"


# -- differences


def test_nothing_happened(client: Client) -> None:
    client.post("/_emulator/snapshots/a")
    assert client.get("/_emulator/snapshots/a/diff").json == NOTHING
    advance(client, 86_400)
    assert client.get("/_emulator/snapshots/a/diff").json == NOTHING


def test_what_was_created_changed_and_deleted(client: Client) -> None:
    client.post("/_emulator/snapshots/a")
    job_id = create_job(client)
    body = {**definition("", "person.age > 1"), "name": "adults"}
    made = client.post(f"{UPS}/segment/definitions", json=body).json["id"]
    known = client.get(f"{UPS}/segment/definitions/buyers").json
    client.patch(f"{UPS}/segment/definitions/buyers", json={**known, "description": "new"})
    client.delete(f"{UPS}/segment/definitions/both")
    assert client.get("/_emulator/snapshots/a/diff").json == {
        "created": [entry("segmentDefinition", made), entry("segmentJob", job_id)],
        "changed": [entry("segmentDefinition", "buyers")],
        "deleted": [entry("segmentDefinition", "both")],
    }
    client.post("/_emulator/snapshots/b")
    advance(client, 5)
    assert client.get("/_emulator/snapshots/b/diff").json == {
        "created": [entry("segmentMembership", "swedes")],
        "changed": [entry("segmentJob", job_id)],
        "deleted": [],
    }


def test_profiles_and_events_differ_by_identity_and_id(client: Client, emulator: Emulator) -> None:
    state = emulator.org("TEST@AdobeOrg").snapshot()
    person = {"identityMap": {"Email": [{"id": "dora@example.com"}]}}
    emulator.org("TEST@AdobeOrg").load(
        {
            "profiles": [
                {**person, "record": {}},
                {"identityMap": {"Email": [{"id": "anna@example.com"}]}, "record": {"loyal": True}},
            ],
            "events": [{**person, "eventId": "e-1", "timestamp": "2026-01-15T08:00:00Z", "record": {}}],
        }
    )
    client.delete(f"{UPS}/access/entities?schema.name=_xdm.context.profile&entityId=clara&entityIdNS=CRMID")
    changes = emulator.org("TEST@AdobeOrg").changes_since(state)
    assert [each for each in changes["created"] if each["kind"] in ("profile", "experienceEvent")] == [
        entry("profile", "Email:dora@example.com"),
        entry("experienceEvent", "e-1"),
    ]
    assert changes["changed"] == [entry("profile", "Email:anna@example.com")]
    assert changes["deleted"] == [entry("profile", "Email:clara@example.com")]


def test_a_new_version_of_a_policy_is_a_change(client: Client, emulator: Emulator) -> None:
    state = emulator.snapshot("TEST@AdobeOrg")
    Walker(emulator).take(Step("change_policy", 0))
    assert emulator.org("TEST@AdobeOrg").changes_since(state) == {
        **NOTHING,
        "changed": [entry("mergePolicy", "pdg-1")],
    }


def test_differences_of_all_name_the_org_and_none_for_the_template(client: Client, emulator: Emulator) -> None:
    create_job(client)
    state = emulator.snapshot()
    job_id = create_job(client, headers=OTHER)
    assert emulator.changes_since(state) == {**NOTHING, "created": [entry("segmentJob", job_id, "OTHER@AdobeOrg")]}
    assert emulator.org("TEST@AdobeOrg").changes_since(state) == NOTHING
    emulator.load({"segmentDefinitions": [definition("adults", "person.age >= 18")]})
    created = emulator.changes_since(state)["created"]
    assert [each["org"] for each in created if each["id"] == "adults"] == [None, "TEST@AdobeOrg", "OTHER@AdobeOrg"]


def test_a_sandbox_made_on_first_use_is_a_difference() -> None:
    emulator = Emulator(SMALL, sandboxes="auto")
    state = emulator.org("A").snapshot()
    Client(emulator, {**Walker(emulator, "A").client.headers, "x-sandbox-name": "qa"}).get(f"{UPS}/segment/jobs")
    found = emulator.org("A").changes_since(state)
    assert {"org": "A", "sandbox": "qa", "kind": "sandbox", "id": "qa"} in found["created"]
    assert found["changed"] == found["deleted"] == []


# -- in Python


def test_a_state_is_of_whom_it_was_taken(emulator: Emulator) -> None:
    state = emulator.org("A").snapshot()
    with pytest.raises(SnapshotError, match="of organisation A alone"):
        emulator.restore(state)
    with pytest.raises(SnapshotError, match="of organisation A, not of B"):
        emulator.org("B").restore(state)
    with pytest.raises(SnapshotError, match="of organisation A, not of B"):
        emulator.org("B").changes_since(state)
    with pytest.raises(SnapshotError, match="of organisation A alone"):
        emulator.changes_since(state)


def test_one_org_out_of_a_state_of_all(emulator: Emulator, client: Client) -> None:
    state = emulator.snapshot()
    create_job(client)
    create_job(client, headers=OTHER)
    emulator.org("TEST@AdobeOrg").restore(state)
    assert client.get(f"{UPS}/segment/jobs").json["_page"]["totalCount"] == 0
    assert client.get(f"{UPS}/segment/jobs", headers=OTHER).json["_page"]["totalCount"] == 1


def test_a_state_goes_into_another_emulator(client: Client, emulator: Emulator) -> None:
    job_id = create_job(client)
    other = Emulator({}, max_schedules=2)
    other.restore(emulator.snapshot())
    assert Client(other).get(f"{UPS}/segment/jobs/{job_id}").status_code == 200
    assert other.world("TEST@AdobeOrg").spaces["prod"].settings.max_schedules == 2
    assert emulator.world("TEST@AdobeOrg").spaces["prod"].settings.max_schedules == 1


def test_journals_of_forgotten_orgs_are_bounded() -> None:
    emulator = Emulator({}, max_orgs=3)
    state = emulator.snapshot()
    for number in range(5):
        Client(emulator, {"x-gw-ims-org-id": f"ORG{number}"}).get(f"{UPS}/segment/jobs")
        emulator.restore(state)
    assert [each.org for each in emulator.requests] == ["ORG2", "ORG3", "ORG4"]
