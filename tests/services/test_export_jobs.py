from __future__ import annotations

import json
from typing import Any

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import EXPORT, EXPORTS, TARGET, Client

#: The request of Adobe's tutorial "Evaluate and access segment results".
TUTORIAL: dict[str, Any] = {
    "fields": "identities.id,personalEmail.address",
    "mergePolicy": {"id": "e5bc94de-cd14-4cdf-a2bc-88b6e8cbfac2", "version": 1},
    "filter": {
        "segments": [
            {"segmentId": "4edc8488-2c35-4f6d-b4c6-9075c68d2df4", "segmentNs": "AAM", "status": ["realized"]},
            {"segmentId": "1rfe8422-334d-12f4-3sd4-12cf6g990g51", "segmentNs": "UPS", "status": ["exited"]},
        ],
        "segmentQualificationTime": {"startTime": "2019-09-01T00:00:00Z", "endTime": "2019-09-02T00:00:00Z"},
        "fromIngestTimestamp": "2018-10-25T13:22:04-07:00",
        "emptyProfiles": False,
    },
    "additionalFields": {
        "eventList": {
            "fields": "environment.browserDetails.name,environment.browserDetails.version",
            "filter": {"fromIngestTimestamp": "2018-10-25T13:22:04-07:00"},
        }
    },
    "destination": {"datasetId": TARGET, "segmentPerBatch": True},
    "schema": {"name": "_xdm.context.profile"},
}


def create(client: Client, **members: Any) -> dict[str, Any]:
    answer = client.post(EXPORTS, json={**EXPORT, **members})
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json
    return job


def test_the_request_of_the_tutorial_works_as_printed_and_finds_people(client: Client, emulator: Emulator) -> None:
    answer = client.post(EXPORTS, json=TUTORIAL)
    job = answer.json
    assert answer.status_code == 200
    assert answer.headers["X-Location"] == f"http://localhost{EXPORTS}/{job['id']}"
    assert job["status"] == "NEW"
    assert isinstance(job["id"], int)
    assert job["jobType"] == "BATCH"
    assert job["computeGatewayJobId"] == {}
    assert (job["filter"], job["mergePolicy"]) == (TUTORIAL["filter"], TUTORIAL["mergePolicy"])
    assert (job["fields"], job["additionalFields"]) == (TUTORIAL["fields"], TUTORIAL["additionalFields"])
    assert job["destination"]["dataSetId"] == TARGET
    assert [each["segmentNs"] for each in job["destination"]["batches"]] == ["AAM", "UPS"]
    emulator.clock.advance(seconds=10)
    done = client.get(f"{EXPORTS}/{job['id']}").json
    assert done["status"] == "SUCCEEDED"
    for batch in done["destination"]["batches"]:
        (file,) = client.get(f"/data/foundation/export/batches/{batch['batchId']}/files").json["data"]
        assert int(file["records"]) > 0
    rows = client.get(f"/data/foundation/export/datasets/{TARGET}/preview").json["data"]
    assert len(rows) == done["metrics"]["totalExportedProfileCounter"]
    for row in rows:
        assert set(row) <= {"identityMap", "identities", "personalEmail", "segmentMembership", "eventList"}
        assert set(row["identities"][0]) == {"id"}
        (entry,) = [
            found
            for each in TUTORIAL["filter"]["segments"]
            for namespace, entries in row["segmentMembership"].items()
            if namespace.upper() == each["segmentNs"] and (found := entries.get(each["segmentId"]))
        ]
        assert entry["lastQualificationTime"].startswith("2019-09-01")
    events = [event for row in rows for event in row["eventList"]]
    assert any(event.get("environment", {}).get("browserDetails", {}).get("name") for event in events)


def test_headers_are_echoed(client: Client) -> None:
    headers = {"x-request-id": "my-request", "x-profile-instance-id": "mine"}
    job = client.post(EXPORTS, json=EXPORT, headers=headers).json
    assert (job["requestId"], job["profileInstanceId"]) == ("my-request", "mine")
    job = client.post(EXPORTS, json=EXPORT).json
    assert (len(job["requestId"]), job["profileInstanceId"]) == (32, "ups")


def test_jobs_are_listed_newest_first_page_by_page(client: Client, emulator: Emulator) -> None:
    ids = []
    for number in range(5):
        ids.append(create(client)["id"])
        emulator.clock.advance(seconds=number % 2)  # some are made at the same instant
    listed = client.get(f"{EXPORTS}/").json
    assert [each["id"] for each in listed["records"]] == ids[::-1]
    assert listed["link"] == {"next": ""}
    last = listed["records"][-1]
    assert listed["page"] == {
        "sortField": "createdTime",
        "sort": "desc",
        "pageOffset": f"{last['creationTime']}_{last['id']}",
        "pageSize": 5,
    }
    first = client.get(f"{EXPORTS}?limit=2").json
    assert first["link"]["next"] == f"/export/jobs/?limit=2&offset={first['page']['pageOffset']}"


def test_the_offset_may_count_records(client: Client) -> None:
    ids = [create(client)["id"] for _ in range(4)]
    for query in ("offset=2", "start=2", "page=1&limit=2"):
        assert [each["id"] for each in client.get(f"{EXPORTS}?{query}").json["records"]] == ids[1::-1]
    past = client.get(f"{EXPORTS}?offset=9").json
    assert (past["records"], past["link"]["next"], past["page"]["pageOffset"]) == ([], "", "")


@for_each("query", ["offset=-1", "offset=x", "offset=1_2_3", "status=DONE"])
def test_what_is_no_page_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"{EXPORTS}?{query}")
    assert answer.status_code == 400
    assert "errors" in answer.json


def test_the_list_filters_by_status(client: Client, emulator: Emulator) -> None:
    done = create(client)["id"]
    emulator.clock.advance(seconds=10)
    new = [create(client)["id"] for _ in range(2)]

    def found(status: str) -> list[int]:
        return [each["id"] for each in client.get(f"{EXPORTS}?status={status}").json["records"]]

    assert (found("NEW"), found("SUCCEEDED"), found("FAILED")) == (new[::-1], [done], [])
    first = client.get(f"{EXPORTS}?status=NEW&limit=1").json
    assert first["link"]["next"].endswith(f"offset={first['page']['pageOffset']}")
    second = client.get(f"/data/core/ups{first['link']['next']}").json
    assert [each["id"] for each in second["records"]] == new[:1]


def test_cancelling(client: Client, emulator: Emulator) -> None:
    job = create(client)
    answer = client.delete(f"{EXPORTS}/{job['id']}")
    assert answer.status_code == 200
    assert answer.json == {"status": True, "message": "Export job has been marked for cancelling"}
    assert client.get(f"{EXPORTS}/{job['id']}").json["status"] == "CANCELLING"
    emulator.clock.advance(seconds=1)
    assert client.get(f"{EXPORTS}/{job['id']}").json["status"] == "CANCELLED"
    emulator.clock.advance(seconds=60)
    assert client.get(f"{EXPORTS}/{job['id']}").json["status"] == "CANCELLED"
    assert client.get(f"/data/foundation/export/datasets/{TARGET}/preview").json["data"] == []


def test_cancelling_may_answer_without_a_body() -> None:
    client = Client(Emulator(export_job_delete="204-empty"))
    answer = client.delete(f"{EXPORTS}/{create(client)['id']}")
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_trailing_comma_is_forgiven(client: Client) -> None:
    assert client.post(EXPORTS, data=json.dumps(EXPORT).replace("}}", "},}")).status_code == 200
