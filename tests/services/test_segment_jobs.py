"""Segment jobs over HTTP: what a client sees from NEW to the end, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import JOBS, SEGMENT, Client

OTHER = "42f49f2d-edb0-474f-b29d-2799d89cd5a6"


def create(client: Client, *ids: str) -> dict[str, Any]:
    answer = client.post(JOBS, json=[{"segmentId": each} for each in ids or (SEGMENT,)])
    assert answer.status_code == 200, answer.json
    job: dict[str, Any] = answer.json
    return job


def get(client: Client, job: dict[str, Any]) -> Any:
    return client.get(f"{JOBS}/{job['id']}").json


def test_fields_grow_with_the_phases(emulator: Emulator, client: Client) -> None:
    job = create(client)
    assert job["status"] == "NEW"
    assert not {"batchId", "computeJobId", "computeGatewayJobId", "metrics"} & set(job)
    assert job["creationTime"] == 1768467600000
    assert job["updateTime"] == job["updateEpoch"] * 1000

    emulator.clock.advance(seconds=1)
    job = get(client, job)
    assert job["status"] == "PROCESSING"
    assert {"batchId", "computeJobId", "computeGatewayJobId"} <= set(job)
    assert job["metrics"] == {"totalTime": {"startTimeInMs": 1768467601000}, "profileSegmentationTime": {}}

    emulator.clock.advance(seconds=4)
    job = get(client, job)
    assert job["status"] == "SUCCEEDED"
    assert job["metrics"]["totalTime"] == {
        "startTimeInMs": 1768467601000,
        "endTimeInMs": 1768467605000,
        "totalTimeInMs": 4000,
    }
    assert job["updateEpoch"] == 1768467605


def test_counts_are_counted(emulator: Emulator, client: Client) -> None:
    job = create(client, SEGMENT, OTHER)
    emulator.clock.advance(seconds=5)
    metrics = get(client, job)["metrics"]
    assert metrics["segmentedProfileCounter"] == {SEGMENT: 66, OTHER: 99}
    assert metrics["totalProfilesByMergePolicy"] == {"e161dae9-52f0-4c7f-b264-dc43dd903d56": 166, "mpid1": 411}
    assert metrics["totalProfiles"] == 166 + 411
    members = emulator.org("TEST@AdobeOrg").members(SEGMENT)
    assert len(members) == 66
    by_namespace = metrics["segmentedProfileByNamespaceCounter"][SEGMENT]
    assert max(by_namespace.values()) <= 66 < sum(by_namespace.values())


def test_a_job_evaluates_its_definitions_as_they_were(emulator: Emulator, client: Client) -> None:
    job = create(client)
    definition = client.get(f"/data/core/ups/segment/definitions/{SEGMENT}").json
    definition["expression"]["value"] = 'workAddress.country = "nowhere"'
    client.patch(f"/data/core/ups/segment/definitions/{SEGMENT}", json=definition)
    emulator.clock.advance(seconds=5)
    done = get(client, job)
    assert done["metrics"]["segmentedProfileCounter"] == {SEGMENT: 66}
    assert done["segments"][0]["segment"]["expression"]["value"] == 'workAddress.country = "US"'


@pytest.mark.parametrize(
    "body", [[{"segmentId": "*"}], {"schema": {"name": "_xdm.context.profile"}, "segments": [{"segmentId": "*"}]}]
)
def test_a_star_is_every_batch_definition(client: Client, body: Any) -> None:
    segments = client.post(JOBS, json=body).json["segments"]
    assert len(segments) == 19
    assert SEGMENT in {each["segmentId"] for each in segments}


def test_above_the_threshold_a_star_is_shown() -> None:
    client = Client(Emulator(star_threshold=2))
    assert create(client, SEGMENT, OTHER)["segments"][0]["segmentId"] == SEGMENT
    job = client.post(JOBS, json=[{"segmentId": "*"}]).json
    assert job["segments"] == [{"segmentId": "*"}]
    assert get(client, job)["segments"] == [{"segmentId": "*"}]


def test_cancelling(emulator: Emulator, client: Client) -> None:
    job = create(client)
    emulator.clock.advance(seconds=2)
    answer = client.delete(f"{JOBS}/{job['id']}")
    assert (answer.status_code, answer.data, answer.content_type) == (204, b"", None)
    assert get(client, job)["status"] == "CANCELLING"
    emulator.clock.advance(seconds=1)
    cancelled = get(client, job)
    assert cancelled["status"] == "CANCELLED"
    assert set(cancelled["metrics"]) == {"totalTime", "profileSegmentationTime"}
    emulator.clock.advance(seconds=60)
    assert get(client, job)["status"] == "CANCELLED"
    assert emulator.org("TEST@AdobeOrg").members(SEGMENT) == set()


def test_a_job_that_has_ended_is_taken_away(emulator: Emulator, client: Client) -> None:
    job = create(client)
    emulator.clock.advance(seconds=10)
    assert client.delete(f"{JOBS}/{job['id']}").status_code == 204
    assert get(client, job)["status"] == "SUCCEEDED"
    emulator.clock.advance(seconds=1)
    assert client.get(f"{JOBS}/{job['id']}").status_code == 404


def test_listing(emulator: Emulator, client: Client) -> None:
    jobs = []
    for _ in range(5):
        jobs.append(create(client)["id"])
        emulator.clock.advance(seconds=2)
    everything = client.get(JOBS).json
    assert [each["id"] for each in everything["children"]] == jobs[::-1]
    assert everything["_page"] == {"totalCount": 5, "pageSize": 5}
    assert everything["_links"] == {"next": {}}

    page = client.get(f"{JOBS}?start=1&limit=2").json
    assert [each["id"] for each in page["children"]] == [jobs[2], jobs[1]]
    assert page["_page"] == {"totalCount": 5, "pageSize": 2, "next": 2}
    assert page["_links"]["next"]["href"] == "@/segment/jobs?start=2&limit=2"
    assert client.get(f"{JOBS}?start=9").json["children"] == []

    assert {each["status"] for each in client.get(f"{JOBS}?status=SUCCEEDED").json["children"]} == {"SUCCEEDED"}
    assert len(client.get(f"{JOBS}?status=SUCCEEDED").json["children"]) == 3
    assert client.get(f"{JOBS}?status=CANCELING").json["children"] == []
    assert [each["id"] for each in client.get(f"{JOBS}?sort=creationTime:asc").json["children"]] == jobs
    matching = client.get(f"{JOBS}?property=segments~segmentId=={SEGMENT}&property=source==api").json
    assert matching["_page"]["totalCount"] == 5
    assert client.get(f"{JOBS}?property=segments~segmentId==workInUS").json["children"] == []


@for_each("query", ["status=DONE", "sort=creationTime:up", "property=a"])
def test_bad_query_values_are_refused(client: Client, query: str) -> None:
    answer = client.get(f"{JOBS}?{query}")
    assert answer.status_code == 400
    assert answer.json["errors"]["400"][0]["code"] == "400"
    assert answer.json["title"]


@for_each(
    "body",
    [
        b"[]",
        b"{}",
        b'["x"]',
        b'[{"segmentId": 5}]',
        b'[{"segmentid": "x"}]',
        b"[1e400]",
    ],
)
def test_bad_bodies_are_refused_and_nothing_is_made(client: Client, body: bytes) -> None:
    answer = client.post(JOBS, data=body)
    assert answer.status_code == 400, answer.json
    assert set(answer.json) == {"requestId", "errors", "type", "title", "status"}
    assert client.get(JOBS).json["_page"]["totalCount"] == 0


def test_an_unknown_segment_is_named(client: Client) -> None:
    answer = client.post(JOBS, json=[{"segmentId": SEGMENT}, {"segmentId": "nobody"}])
    assert answer.status_code == 400
    assert "nobody" in answer.json["title"]


def test_a_trailing_comma_is_forgiven_unless_strict(emulator: Emulator, client: Client) -> None:
    body = f'[{{"segmentId": "{SEGMENT}",}},]'
    assert client.post(JOBS, data=body).status_code == 200
    assert "trailing comma" in emulator.requests[-1].warnings[0]
    strict = Client(Emulator(strict_json=True))
    assert strict.post(JOBS, data=body).status_code == 400


def test_a_limit_on_running_jobs(emulator: Emulator) -> None:
    emulator = Emulator(max_running_jobs=2)
    client = Client(emulator)
    create(client)
    create(client)
    assert client.post(JOBS, json=[{"segmentId": SEGMENT}]).status_code == 429
    emulator.clock.advance(seconds=5)
    create(client)


def test_the_initial_status_may_be_the_tutorials() -> None:
    client = Client(Emulator(initial_job_status="PROCESSING"))
    job = create(client)
    assert job["status"] == "PROCESSING"
    assert isinstance(job["computeJobId"], int)


def test_the_answer_to_a_delete_may_have_a_body() -> None:
    client = Client(Emulator(segment_job_delete="200-body"))
    job = create(client)
    answer = client.delete(f"{JOBS}/{job['id']}")
    message = f"Segment job with id '{job['id']}' has been marked for cancelling"
    assert (answer.status_code, answer.json) == (200, {"status": True, "message": message})


def test_ended_jobs_may_be_kept() -> None:
    emulator = Emulator(delete_terminal_job="ignore")
    client = Client(emulator)
    job = create(client)
    emulator.clock.advance(seconds=10)
    assert client.delete(f"{JOBS}/{job['id']}").status_code == 204
    emulator.clock.advance(seconds=10)
    assert get(client, job)["status"] == "SUCCEEDED"


def test_where_jobs_take_no_time_an_ended_one_is_gone_at_once() -> None:
    client = Client(Emulator(progression="immediate"))
    job = create(client)
    assert client.delete(f"{JOBS}/{job['id']}").status_code == 204
    assert client.get(f"{JOBS}/{job['id']}").status_code == 404


def test_a_request_id_that_was_sent_is_the_jobs_own(client: Client) -> None:
    answer = client.post(
        JOBS, json=[{"segmentId": SEGMENT}], headers={"x-request-id": "mine", "x-profile-instance-id": "x"}
    )
    assert answer.json["requestId"] == "mine"
    assert answer.headers["x-request-id"] == "mine"
    assert answer.json["profileInstanceId"] == "x"
