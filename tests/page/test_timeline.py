"""What the page reads of the control plane: organisations, overview, timeline; bounded, and changing nothing."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.services.conftest import EXPORT, EXPORTS, JOBS, NIGHTLY, SCHEDULES, Client, create_dataset, create_job


def advance(client: Client, length: str) -> None:
    assert client.post("/_emulator/clock", json={"advance": length}).status_code == 200


def overview(client: Client, **query: str) -> Any:
    return client.get("/_emulator/overview", query_string=query).json


def lane(client: Client, type: str = "segmentJob", **query: Any) -> Any:
    answer = client.get("/_emulator/timeline", query_string=query)
    assert answer.status_code == 200, answer.text
    return next(each for each in answer.json["lanes"] if each["type"] == type)


def test_organisations_are_listed_and_none_is_made(client: Client, emulator: Emulator) -> None:
    assert client.get("/_emulator/orgs").json == {"orgs": []}
    client.get(JOBS)
    (org,) = client.get("/_emulator/orgs").json["orgs"]
    assert (org["org"], org["requests"], org["now"]) == ("TEST@AdobeOrg", 1, "2026-01-15T09:00:00Z")
    assert [each["name"] for each in org["sandboxes"]] == ["prod", "dev"]
    assert emulator.known_orgs() == ["TEST@AdobeOrg"]


def test_the_overview_counts_what_there_is(client: Client) -> None:
    create_job(client)
    counts = overview(client)["counts"]
    assert counts["segmentJobs"] == {"total": 1, "running": 1}
    assert counts["requests"] == 1
    advance(client, "PT1M")
    assert overview(client)["counts"]["segmentJobs"] == {"total": 1, "running": 0}
    assert overview(client)["counts"]["profiles"] > 100


def test_a_job_that_is_stuck_or_waits_for_a_reader_counts_as_running(client: Client, emulator: Emulator) -> None:
    emulator.faults.add(job="segment", stuck_in="NEW")
    create_job(client)
    advance(client, "PT1H")
    assert overview(client)["counts"]["segmentJobs"] == {"total": 1, "running": 1}
    polled = Client(Emulator(progression="polls"))
    create_job(polled)
    assert overview(polled)["counts"]["segmentJobs"] == {"total": 1, "running": 1}


def test_the_overview_tells_what_is_next_and_what_happened(client: Client) -> None:
    job = create_job(client)
    told = overview(client)
    assert [(each["id"], each["status"]) for each in told["next"]] == [(job, "PROCESSING"), (job, "SUCCEEDED")]
    advance(client, "PT2S")
    told = overview(client)
    assert [each["status"] for each in told["next"]] == ["SUCCEEDED"]
    assert [each["status"] for each in told["happened"]] == ["PROCESSING"]


def test_a_job_is_told_with_its_phases_planned_ones_included(client: Client) -> None:
    job = create_job(client)
    told = lane(client)
    assert told["statuses"] == {"NEW": 1}
    assert told["jobs"] == [
        {
            "id": job,
            "phases": [
                {"status": "NEW", "from": "2026-01-15T09:00:00Z"},
                {"status": "PROCESSING", "from": "2026-01-15T09:00:01Z"},
                {"status": "SUCCEEDED", "from": "2026-01-15T09:00:05Z"},
            ],
            "ends": True,
        }
    ]


@pytest.mark.parametrize(
    ("rule", "marks", "ends"),
    [
        ({"fail_at": "PROCESSING"}, ["fail_at PROCESSING"], True),
        ({"stuck_in": "PROCESSING"}, ["stuck_in PROCESSING"], False),
        ({"refuse_cancel": True}, ["refuse_cancel"], True),
        ({"only_segments": 0}, ["only_segments"], True),
    ],
)
def test_faults_are_marked(
    client: Client, emulator: Emulator, rule: dict[str, Any], marks: list[str], ends: bool
) -> None:
    emulator.faults.add(job="segment", **rule)
    create_job(client)
    (job,) = lane(client)["jobs"]
    assert (job["faults"], job["ends"]) == (marks, ends)


def make_query(client: Client, sql: str) -> None:
    sent = {"dbName": "prod:all", "sql": sql}
    assert client.post("/data/foundation/query/queries", json=sent).status_code == 202


def make_export(client: Client, schema: str) -> None:
    destination = {"datasetId": create_dataset(client, {"id": schema})}
    assert client.post(EXPORTS, json={**EXPORT, "destination": destination}).status_code == 200


@pytest.mark.parametrize("code", ["0080000018", "4711", "unknown"])
def test_a_failure_by_fault_is_told_from_one_of_its_own(client: Client, emulator: Emulator, code: str) -> None:
    make_query(client, "SELECT nonsense FROM nowhere")
    make_export(client, "https://ns.adobe.com/xdm/context/experienceevent")
    advance(client, "PT1H")
    assert [each.get("faults") for each in lane(client, "query")["jobs"]] == [None]
    assert [each.get("faults") for each in lane(client, "exportJob")["jobs"]] == [None]
    emulator.faults.add(job="export", fail_at="PROCESSING", errors=[{"code": code, "msg": "told to"}])
    emulator.faults.add(job="preview", fail_at="RUNNING")
    emulator.faults.add(job="query", fail_at="IN_PROGRESS")
    make_query(client, "SELECT person.name.firstName FROM customers")
    make_export(client, "https://ns.adobe.com/xdm/context/profile__union")
    sent = {"predicateExpression": 'homeAddress.city = "Portland"', "predicateType": "pql/text"}
    assert client.post("/data/core/ups/preview", json=sent).status_code == 201
    advance(client, "PT1H")
    assert lane(client, "exportJob")["jobs"][0]["faults"] == ["fail_at PROCESSING"]
    assert lane(client, "preview")["jobs"][0]["faults"] == ["fail_at RUNNING"]
    assert lane(client, "query")["jobs"][0]["faults"] == ["fail_at IN_PROGRESS"]
    assert {each["statuses"].get("FAILED") for each in client.get("/_emulator/timeline").json["lanes"]} == {None, 1, 2}


def test_many_jobs_are_told_in_crowds(client: Client) -> None:
    for _ in range(50):
        create_job(client)
        advance(client, "PT10S")
    told = lane(client, limit=4)
    assert len(told["jobs"]) == 4
    assert sum(each["count"] for each in told["earlier"]) == 46
    assert told["total"] == 50
    edges = [(each["from"], each["to"]) for each in told["earlier"]]
    assert edges == sorted(edges, reverse=True)
    assert all(begins <= ends for begins, ends in edges)
    assert edges[-1] == ("2026-01-15T09:00:00Z", "2026-01-15T09:00:15Z")  # of the first two jobs
    assert all(each["statuses"] == {"SUCCEEDED": each["count"]} for each in told["earlier"])


def test_there_are_so_many_crowds_and_no_more(client: Client) -> None:
    for _ in range(130):
        create_job(client)
    advance(client, "PT1H")
    told = lane(client, limit=1)
    assert 1 < len(told["earlier"]) <= 40
    assert sum(each["count"] for each in told["earlier"]) == 129


def test_a_window_keeps_what_lives_in_it(client: Client, emulator: Emulator) -> None:
    first = create_job(client)
    advance(client, "PT1H")
    second = create_job(client)
    advance(client, "PT1H")
    ids = [each["id"] for each in lane(client, **{"from": "2026-01-15T09:30:00Z"})["jobs"]]
    assert ids == [second]
    ids = [each["id"] for each in lane(client, to="2026-01-15T09:30:00Z")["jobs"]]
    assert ids == [first]
    emulator.faults.add(job="segment", stuck_in="NEW")
    stuck = create_job(client)
    advance(client, "PT1H")
    ids = [each["id"] for each in lane(client, **{"from": "2026-01-15T11:30:00Z"})["jobs"]]
    assert ids == [stuck]


def test_firings_are_among_what_happened(client: Client) -> None:
    schedule = client.post(SCHEDULES, json={**NIGHTLY, "state": "active"}).json
    timeline = client.get("/_emulator/timeline").json
    assert [(each["id"], each["at"]) for each in timeline["planned"]] == [(schedule["id"], "2026-01-16T01:00:00Z")]
    advance(client, "P1D")
    timeline = client.get("/_emulator/timeline").json
    assert [each["id"] for each in timeline["happened"] if each["type"] == "schedule"] == [schedule["id"]]
    assert lane(client)["jobs"][0]["schedule"] == schedule["id"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": "0"}, 400),
        ({"limit": "1001"}, 400),
        ({"limit": "many"}, 400),
        ({"from": "yesterday"}, 400),
        ({"sandbox": "nowhere"}, 400),  # the header names another
    ],
)
def test_wrong_questions_are_refused(client: Client, query: dict[str, str], status: int) -> None:
    answer = client.get("/_emulator/timeline", query_string=query)
    assert answer.status_code == status
    assert answer.json["error"]["message"]


def test_the_journal_is_read_in_pages(client: Client) -> None:
    for _ in range(5):
        client.get(JOBS)

    def ordinals(**query: Any) -> list[int]:
        return [each["ordinal"] for each in client.get("/_emulator/requests", query_string=query).json["requests"]]

    assert ordinals(limit=2) == [4, 5]
    assert ordinals(limit=2, before=4) == [2, 3]
    assert ordinals(limit=9, before=2) == [1]
    assert ordinals(limit=0) == []
    assert client.get("/_emulator/requests", query_string={"before": "-1"}).status_code == 400


@pytest.mark.parametrize("path", ["/_emulator/overview", "/_emulator/timeline"])
def test_a_sandbox_is_named_by_header_or_query(client: Client, path: str) -> None:
    by_query = client.get(path, headers={"x-sandbox-name": None}, query_string={"sandbox": "dev"}).json
    by_header = client.get(path, headers={"x-sandbox-name": "dev"}).json
    assert by_query == by_header
    assert by_query["sandbox"] == "dev"
    assert client.get(path, headers={"x-sandbox-name": "nowhere"}).status_code == 404
