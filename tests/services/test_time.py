"""Time over HTTP: the control plane's clock, agenda and reset, and the laws that hold whatever is asked in between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Emulator
from emulator.simulation.clock import ClockError
from tests.for_each import for_each
from tests.services.conftest import EXPORT, HEADERS, SEGMENT, UPS, Client, create_job


def clock(client: Client, **move: Any) -> Any:
    answer = client.post("/_emulator/clock", json=move)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_the_clock_is_told_and_moved(client: Client) -> None:
    assert client.get("/_emulator/clock").json == {"now": "2026-01-15T09:00:00Z", "rate": 0}
    assert clock(client, advance=1.5)["now"] == "2026-01-15T09:00:01.500Z"
    assert clock(client, advance="P1DT2H")["now"] == "2026-01-16T11:00:01.500Z"
    assert clock(client, jump_to="2026-02-01T00:00:00Z")["now"] == "2026-02-01T00:00:00Z"
    assert clock(client, rate=60)["rate"] == 60


def test_a_move_answers_what_happened_on_the_way_in_order(client: Client) -> None:
    job_id = create_job(client)
    events = clock(client, advance=10)["events"]
    assert [(each["at"], each["type"], each["id"], each["status"]) for each in events] == [
        ("2026-01-15T09:00:01Z", "segmentJob", job_id, "PROCESSING"),
        ("2026-01-15T09:00:05Z", "segmentJob", job_id, "SUCCEEDED"),
    ]
    assert {each["org"] for each in events} == {HEADERS["x-gw-ims-org-id"]}


PREVIEW = {"predicateExpression": 'homeAddress.country = "US"'}
QUERY = {"dbName": "prod:all", "sql": "SELECT 1 AS n"}


@pytest.mark.parametrize(
    ("path", "body", "member", "begins", "end"),
    [
        (f"{UPS}/segment/jobs", [{"segmentId": SEGMENT}], "id", "PROCESSING", "2026-01-15T09:00:05Z"),
        (f"{UPS}/export/jobs", EXPORT, "id", "PROCESSING", "2026-01-15T09:00:06Z"),
        (f"{UPS}/preview", PREVIEW, "previewId", "RUNNING", "2026-01-15T09:00:02Z"),
        ("/data/foundation/query/queries", QUERY, "id", "IN_PROGRESS", "2026-01-15T09:00:02Z"),
    ],
)
def test_time_runs_until_a_job_has_ended(
    client: Client, path: str, body: Any, member: str, begins: str, end: str
) -> None:
    job_id = client.post(path, json=body).json[member]
    moved = clock(client, until=job_id)
    assert moved["now"] == end
    assert [each["id"] for each in moved["events"]] == [str(job_id)] * 2
    assert moved["events"][0]["status"] == begins
    assert moved["events"][-1]["at"] == end
    assert clock(client, until=job_id) == {"now": end, "rate": 0, "events": []}


def test_export_jobs_of_two_sandboxes_may_have_one_id(client: Client) -> None:
    target = client.post("/data/foundation/catalog/dataSets", json={"name": "out"}, headers={"x-sandbox-name": "dev"})
    elsewhere = {**EXPORT, "destination": {"datasetId": target.json[0].rpartition("/")[2]}}
    first = client.post(f"{UPS}/export/jobs", json=EXPORT).json["id"]
    clock(client, advance=2)
    assert client.post(f"{UPS}/export/jobs", json=elsewhere, headers={"x-sandbox-name": "dev"}).json["id"] == first
    moved = clock(client, until=first)
    assert moved["now"] == "2026-01-15T09:00:08Z"
    assert [(each["sandbox"], each["status"]) for each in moved["events"][-2:]] == [
        ("prod", "SUCCEEDED"),
        ("dev", "FAILED"),  # its dataset has no schema to export to
    ]


def test_nothing_ends_a_job_that_a_fault_holds(client: Client) -> None:
    client.post("/_emulator/faults", json={"job": "segment", "stuck_in": "PROCESSING"})
    job_id = create_job(client)
    answer = client.post("/_emulator/clock", json={"until": job_id})
    assert answer.status_code == 400
    assert answer.json["error"]["message"] == (
        f"segment job `{job_id}` is stuck in PROCESSING by a fault: nothing that is planned would end it"
    )
    assert client.get("/_emulator/clock").json["now"] == "2026-01-15T09:00:00Z"
    client.delete(f"{UPS}/segment/jobs/{job_id}")
    assert clock(client, until=job_id)["now"] == "2026-01-15T09:00:01Z"


def test_time_does_not_end_a_job_that_moves_when_it_is_read() -> None:
    client = Client(Emulator(progression="polls"))
    answer = client.post("/_emulator/clock", json={"until": create_job(client)})
    assert answer.status_code == 400
    assert "comes from NEW to PROCESSING when it is read" in answer.json["error"]["message"]


def test_a_job_that_lasts_too_long_for_one_call_is_not_waited_for() -> None:
    emulator = Emulator(scenario={"durations": {"segment": {"PROCESSING": 3e7}}, "speed": 0.01})
    job_id = create_job(Client(emulator))
    before = emulator.clock.now
    with pytest.raises(ClockError, match="20 years at most"):
        emulator.clock.run_until(job_id)
    assert emulator.clock.now == before


def test_without_an_organisation_all_clocks_run_until_the_job_of_one_has_ended(client: Client) -> None:
    job_id = create_job(client)
    everyone: dict[str, str | None] = {"x-gw-ims-org-id": None}
    answer = client.post("/_emulator/clock", json={"until": job_id}, headers=everyone)
    assert answer.json["now"] == "2026-01-15T09:00:05Z"
    assert client.get("/_emulator/clock").json["now"] == "2026-01-15T09:00:05Z"
    other = {"x-gw-ims-org-id": "OTHER@AdobeOrg"}
    answer = client.post("/_emulator/clock", json={"until": job_id}, headers=other)
    assert (answer.status_code, "in OTHER@AdobeOrg" in answer.json["error"]["message"]) == (400, True)


@for_each(
    "body, message",
    [
        ({"advance": -1}, "does not run backwards"),
        ({"advance": "soon"}, "ISO 8601 duration"),
        ({"advance": True}, "number of seconds"),
        ({"advance": 1e12}, "20 years"),
        ({"jump_to": "2020-01-01T00:00:00Z"}, "does not run back"),
        ({"jump_to": 5}, "RFC 3339"),
        ({"rate": -1}, "a rate is a number"),
        ({"rate": 10**400}, "a rate is a number"),
        ({"rate": "fast"}, "a rate is a number"),
        ({"to_next_event": False}, "`to_next_event` is true"),
        ({"advance": "P30Y"}, "`advance`: years and months have no fixed length; write days, such as P30D: 'P30Y'"),
        ({"advance": "P1M2D"}, "`advance`: years and months have no fixed length; "),
        ({"advance": "PT"}, "`advance`: not an ISO 8601 duration in weeks to seconds "),
        ({"advnce": 5}, "no member `advnce` here; did you mean `advance`?"),
        ({"until": "nobody"}, "there is no segment job, export job, preview or query `nobody` in TEST@AdobeOrg"),
        ({"until": 7}, "there is no segment job, export job, preview or query `7`"),
        ({"until": True}, "`until` is the id of"),
        ({"until": {"id": "x"}}, "`until` is the id of"),
        ({}, "exactly one of"),
        ({"advance": 1, "rate": 1}, "exactly one of"),
        ({"forward": 1}, "no member `forward` here; there are advance, "),
        ([], "JSON object"),
    ],
)
def test_a_move_that_time_cannot_make_is_refused(client: Client, body: Any, message: str) -> None:
    answer = client.post("/_emulator/clock", json=body)
    assert answer.status_code == 400
    assert message in answer.json["error"]["message"]
    assert client.get("/_emulator/clock").json == {"now": "2026-01-15T09:00:00Z", "rate": 0}


def test_a_clock_that_runs_may_be_moved_by_nothing(client: Client) -> None:
    """Between two looks at it a fast clock has moved on by itself."""
    clock(client, rate=1e8)
    for _ in range(20):
        clock(client, advance=0)
        clock(client, until=create_job(client))


def test_where_one_clock_cannot_go_none_goes(client: Client, emulator: Emulator) -> None:
    clock(client, jump_to="2040-01-01T00:00:00Z")
    everyone: dict[str, str | None] = {"x-gw-ims-org-id": None}
    for instant, message in (
        ("2039-01-01T00:00:00Z", "of TEST@AdobeOrg reads 2040"),
        ("2050-01-01T00:00:00Z", "20 years"),
    ):
        answer = client.post("/_emulator/clock", json={"jump_to": instant}, headers=everyone)
        assert (answer.status_code, message in answer.json["error"]["message"]) == (400, True)
        assert client.get("/_emulator/clock", headers=everyone).json["now"] == "2026-01-15T09:00:00Z"
        assert client.get("/_emulator/clock").json["now"] == "2040-01-01T00:00:00Z"


def test_orgs_have_clocks_of_their_own(client: Client) -> None:
    other = {"x-gw-ims-org-id": "OTHER@AdobeOrg"}
    clock(client, advance=60)
    assert client.get("/_emulator/clock", headers=other).json["now"] == "2026-01-15T09:00:00Z"
    everyone: dict[str, str | None] = {"x-gw-ims-org-id": None}
    answer = client.post("/_emulator/clock", json={"advance": 1}, headers=everyone).json
    assert answer["now"] == "2026-01-15T09:00:01Z"
    assert client.get("/_emulator/clock").json["now"] == "2026-01-15T09:01:01Z"
    assert client.get("/_emulator/clock?org=LATER@AdobeOrg", headers=everyone).json["now"] == "2026-01-15T09:00:01Z"


def test_orgs_tell_the_same_story_as_when_alone() -> None:
    def story(client: Client) -> list[Any]:
        job = client.post(f"{UPS}/segment/jobs", json=[{"segmentId": SEGMENT}]).json
        clock(client, advance=5)
        return [job, client.get(f"{UPS}/segment/jobs/{job['id']}").json]

    alone = story(Client(Emulator()))
    emulator = Emulator()
    disturbing = Client(emulator, {**HEADERS, "x-gw-ims-org-id": "OTHER@AdobeOrg"})
    create_job(disturbing)
    clock(disturbing, advance=3)
    assert story(Client(emulator)) == alone
    assert story(disturbing) != alone


def test_a_reset_goes_back_to_the_start(client: Client) -> None:
    job_id = create_job(client)
    clock(client, advance=3600)
    assert client.get(f"{UPS}/segment/jobs/{job_id}").json["status"] == "SUCCEEDED"
    assert client.post("/_emulator/reset").json == {"now": "2026-01-15T09:00:00Z", "rate": 0}
    assert client.get("/_emulator/requests").json["requests"] == []
    assert client.get(f"{UPS}/segment/jobs/{job_id}").status_code == 404
    assert client.get("/_emulator/agenda").json == {"events": []}
    assert create_job(client) == job_id


@settings(max_examples=10)
@given(st.lists(st.integers(0, 4000), max_size=6), st.integers(0, 8000))
def test_steps_and_reads_on_the_way_change_nothing(steps: list[int], cancel_at: int) -> None:
    """One jump is as many steps; reading more often never changes anything."""

    def story(instants: list[int], reads: bool) -> Any:
        client = Client(Emulator())
        jobs = [create_job(client), create_job(client)]
        now = 0
        for instant in sorted({*instants, cancel_at, 20_000}):
            clock(client, advance=(instant - now) / 1000)
            now = instant
            if reads:
                client.get(f"{UPS}/segment/jobs")
                client.get(f"{UPS}/segment/jobs/{jobs[0]}")
            if instant == cancel_at:
                client.delete(f"{UPS}/segment/jobs/{jobs[1]}")
        return client.get(f"{UPS}/segment/jobs").json

    instants = [sum(steps[: index + 1]) for index in range(len(steps))]
    assert story(instants, reads=True) == story([], reads=False)
