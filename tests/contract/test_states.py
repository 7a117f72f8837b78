"""Which members an object has in which state: seen by following it through time, held against our document.

The client of these tests checks every answer; here each state is reached, and named in the answer.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.stage import ACCESS, CATALOG, QUERIES, SEGMENT, UPS, ContractClient, Stage, export_request

LATE = {"batchId", "computeJobId", "computeGatewayJobId", "metrics"}
COUNTERS = {
    "totalProfiles",
    "segmentedProfileCounter",
    "segmentedProfileByNamespaceCounter",
    "segmentedProfileByStatusCounter",
    "totalProfilesByMergePolicy",
}


def create_job(client: ContractClient) -> str:
    job = client.json("POST", f"{UPS}/segment/jobs", json=[{"segmentId": SEGMENT}])
    assert job["status"] == "NEW"
    return f"{UPS}/segment/jobs/{job['id']}"


def test_a_segment_job_grows(client: ContractClient) -> None:
    url = create_job(client)
    seen = {}
    for _ in range(12):
        job = client.json("GET", url)
        seen[job["status"]] = job
        client.advance(0.5)
    assert list(seen) == ["NEW", "PROCESSING", "SUCCEEDED"]
    assert LATE & seen["NEW"].keys() == set()
    assert seen["PROCESSING"].keys() >= LATE
    assert seen["PROCESSING"]["metrics"].keys() == {"totalTime", "profileSegmentationTime"}
    assert seen["SUCCEEDED"].keys() == seen["PROCESSING"].keys()
    assert seen["SUCCEEDED"]["metrics"].keys() == {"totalTime", "profileSegmentationTime"} | COUNTERS


@pytest.mark.parametrize("seconds", [0, 2])
def test_a_cancelled_segment_job_shows_no_counters(client: ContractClient, seconds: float) -> None:
    url = create_job(client)
    client.advance(seconds)
    client.request("DELETE", url)
    assert client.json("GET", url)["status"] == "CANCELLING"
    client.advance(1)
    job = client.json("GET", url)
    assert job["status"] == "CANCELLED"
    assert (job.keys() >= LATE) == (seconds > 0)
    assert not COUNTERS & job.get("metrics", {}).keys()


def test_a_scheduled_job_names_its_schedule(client: ContractClient, stage: Stage) -> None:
    client.json("POST", "/_emulator/clock", json={"advance": "P1D"})
    (job, *_) = client.json("GET", f"{UPS}/segment/jobs?property=source==scheduler")["children"]
    assert (job["source"], job["properties"]["scheduleId"]) == ("scheduler", stage.ids["schedule"])
    assert job["requestId"].startswith(stage.ids["schedule"])


@pytest.mark.parametrize("per_batch", [True, False])
def test_an_export_job_grows(client: ContractClient, stage: Stage, per_batch: bool) -> None:
    request = export_request(stage.ids)
    request["destination"]["segmentPerBatch"] = per_batch
    job = client.json("POST", f"{UPS}/export/jobs", json=request)
    seen = {job["status"]: job}
    for _ in range(7):
        client.advance(1)
        job = client.json("GET", f"{UPS}/export/jobs/{job['id']}")
        seen[job["status"]] = job
    assert list(seen) == ["NEW", "PROCESSING", "SUCCEEDED"]
    assert [list(each["computeGatewayJobId"]) for each in seen.values()] == [
        [],
        ["exportJob"],
        ["exportJob", "pushJob"],
    ]
    assert [len(each["metrics"]) for each in seen.values()] == [1, 2, 5]
    assert ("batches" in job["destination"]) == per_batch


def test_a_failed_export_says_why(client: ContractClient, stage: Stage) -> None:
    (reference,) = client.json("POST", f"{CATALOG}/dataSets", json={"name": "Of no schema"})
    request = export_request(stage.ids)
    request["destination"] = {"datasetId": reference.rpartition("/")[2]}
    url = f"{UPS}/export/jobs/{client.json('POST', f'{UPS}/export/jobs', json=request)['id']}"
    client.advance(10)
    job = client.json("GET", url)
    assert (job["status"], len(job["errors"]), job["destination"]["batchId"]) == ("FAILED", 2, "")


@pytest.mark.parametrize("seconds", [0, 2])
def test_an_export_is_cancelled(client: ContractClient, stage: Stage, seconds: float) -> None:
    url = f"{UPS}/export/jobs/{client.json('POST', f'{UPS}/export/jobs', json=export_request(stage.ids))['id']}"
    client.advance(seconds)
    client.json("DELETE", url)
    assert client.json("GET", url)["status"] == "CANCELLING"
    client.advance(1)
    assert client.json("GET", url)["status"] == "CANCELLED"


def test_a_preview_and_its_estimate_grow(client: ContractClient) -> None:
    sent = {"predicateExpression": 'homeAddress.countryISO = "US"', "predicateType": "pql/text"}
    preview_id = client.json("POST", f"{UPS}/preview", json=sent)["previewId"]
    seen: dict[str, Any] = {}
    for _ in range(9):
        preview = client.json("GET", f"{UPS}/preview/{preview_id}")
        estimate = client.json("GET", f"{UPS}/estimate/{preview_id}")
        assert preview["state"] == estimate["state"]
        seen[preview["state"]] = len(preview["results"]), estimate["profilesMatchedSoFar"]
        client.advance(0.25)
    assert list(seen) == ["NEW", "RUNNING", "RESULT_READY"]
    assert seen["NEW"] == (0, 0)
    assert seen["RESULT_READY"][0] == seen["RESULT_READY"][1] > 0


def test_the_states_of_queries(client: ContractClient) -> None:
    states = []
    for sql in ("SELECT 1 AS one", "SELECT nothing FROM nowhere", "CREATE TABLE ones AS SELECT 1 AS one"):
        query = client.json("POST", QUERIES, json={"dbName": "prod:all", "sql": sql})
        for _ in range(3):
            query = client.json("GET", f"{QUERIES}/{query['id']}")
            states.append(query["state"])
            client.advance(1)
        states.append(client.json("GET", f"{QUERIES}/{query['id']}")["state"])
    assert set(states) == {"SUBMITTED", "IN_PROGRESS", "SUCCESS", "FAILED"}
    query = client.json("POST", QUERIES, json={"dbName": "prod:all", "sql": "SELECT 1 AS one"})
    client.json("PATCH", f"{QUERIES}/{query['id']}", json={"op": "cancel"})
    assert client.json("GET", f"{QUERIES}/{query['id']}")["state"] == "KILLED"


def test_the_states_of_an_audience(client: ContractClient, stage: Stage) -> None:
    url = f"{UPS}/audiences/{stage.ids['definition']}"
    for state in ("inactive", "published"):
        client.json("PATCH", url, json=[{"op": "replace", "path": "/lifecycleState", "value": state}])
        assert client.json("GET", url)["lifecycleState"] == state


def test_the_content_of_a_file_and_its_parts(client: ContractClient, stage: Stage) -> None:
    url = f"{ACCESS}/files/{stage.ids['file']}?path={stage.ids['file name']}"
    assert client.request("GET", url).content_type == "application/x-ndjson"
    assert client.request("GET", url, headers={"Range": "bytes=0-9"}).status_code == 206
    assert client.request("GET", url, headers={"Range": "bytes=9999999-"}).status_code == 416
    assert client.request("GET", url.replace("path=", "path=x")).status_code == 404


def test_conditions_on_a_dataset(client: ContractClient, stage: Stage) -> None:
    url = f"{CATALOG}/dataSets/{stage.ids['dataset']}"
    etag = client.request("GET", url).headers["ETag"]
    assert client.request("GET", url, headers={"If-None-Match": etag}).status_code == 304
    assert client.request("PATCH", url, json={"description": "x"}, headers={"If-Match": '"other"'}).status_code == 412
    checked = client.request("PATCH", url, json={"description": "x"}, headers={"Pragma": "validate-only"})
    assert (checked.status_code, client.request("GET", url).headers["ETag"]) == (200, etag)


def test_the_profiles_of_several_and_of_nobody(client: ContractClient, stage: Stage) -> None:
    person = {"entityId": stage.ids["person"], "entityIdNS": {"code": "email"}}
    nobody = {"entityId": "nobody@example.com", "entityIdNS": {"code": "email"}}
    sent = {"schema": {"name": "_xdm.context.profile"}, "identities": [person, nobody]}
    assert len(client.json("POST", f"{UPS}/access/entities", json=sent)) == 2
    events = {**sent, "schema": {"name": "_xdm.context.experienceevent"}, "limit": 1}
    assert len(client.json("POST", f"{UPS}/access/entities", json=events)) == 2
