"""A look from outside (``x-emulator-observe: true``): answered as usual, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Emulator
from tests.services.conftest import EXPORT, EXPORTS, JOBS, QUERIES, SEGMENT, Client, create_job

PREVIEW = "/data/core/ups/preview"
OBSERVE: dict[str, str | None] = {"x-emulator-observe": "true"}


def make_job(client: Client) -> str:
    return f"{JOBS}/{create_job(client)}"


def make_export(client: Client) -> str:
    return f"{EXPORTS}/{client.post(EXPORTS, json=EXPORT).json['id']}"


def make_preview(client: Client) -> str:
    sent = {"predicateExpression": 'homeAddress.city = "Portland"', "predicateType": "pql/text"}
    return f"{PREVIEW}/{client.post(PREVIEW, json=sent).json['previewId']}"


def make_query(client: Client) -> str:
    sent = {"dbName": "prod:all", "sql": "SELECT person.name.firstName FROM customers"}
    return f"{QUERIES}/{client.post(QUERIES, json=sent).json['id']}"


MAKERS = [make_job, make_export, make_preview, make_query]


def test_it_is_answered_as_usual_and_not_journaled(client: Client, emulator: Emulator) -> None:
    looked = client.get("/data/core/ups/segment/definitions", headers=OBSERVE)
    assert len(emulator.requests) == 0
    asked = client.get("/data/core/ups/segment/definitions")
    assert (looked.status_code, looked.json) == (asked.status_code, asked.json)
    assert [each.ordinal for each in emulator.requests] == [1]


def test_a_head_may_look_too(client: Client, emulator: Emulator) -> None:
    assert client.head("/data/foundation/export/files/none", headers=OBSERVE).status_code == 404
    assert len(emulator.requests) == 0


def test_it_meets_no_fault_and_counts_for_none(client: Client, emulator: Emulator) -> None:
    rule = emulator.faults.add(operation="listSegmentJobs", nth=2, respond=503)
    statuses = [client.get(JOBS, headers=headers).status_code for headers in ({}, OBSERVE, OBSERVE, {}, {})]
    assert statuses == [200, 200, 200, 503, 200]
    emulator.faults.expect(rule, 1)


@pytest.mark.parametrize("make", MAKERS)
def test_no_job_moves_when_it_is_looked_at(make: Callable[[Client], str]) -> None:
    client = Client(Emulator(progression="polls"))
    path = make(client)

    def state(**options: Any) -> str:
        read = client.get(path, **options).json
        return str(read.get("status") or read.get("state"))

    first = state(headers=OBSERVE)
    assert state(headers=OBSERVE) == first
    assert state() != first


def test_it_changes_nothing_in_the_state() -> None:
    emulator = Emulator(progression="polls", sandboxes="auto")
    client = Client(emulator)
    paths = [make(client) for make in MAKERS]
    before = emulator.snapshot().to_json()
    for path in [*paths, *(path.rpartition("/")[0] for path in paths)]:
        client.get(path, headers=OBSERVE)
    client.get(JOBS, headers={**OBSERVE, "x-sandbox-name": "elsewhere"})
    assert emulator.snapshot().to_json() == before


def test_ids_drawn_later_are_the_same() -> None:
    watched, alone = Client(Emulator()), Client(Emulator())
    for _ in range(3):
        watched.get(JOBS, headers=OBSERVE)
    assert make_job(watched) == make_job(alone)
    answers = [client.get(JOBS).headers["x-request-id"] for client in (watched, alone)]
    assert answers[0] == answers[1]


def test_what_is_refused_is_refused_to_a_look(client: Client) -> None:
    assert client.get(JOBS, headers={**OBSERVE, "Authorization": None}).status_code == 403
    assert client.get(JOBS, headers={**OBSERVE, "x-sandbox-name": "nowhere"}).status_code == 404
    assert client.get("/data/nothing", headers=OBSERVE).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_other_methods_are_no_looks(client: Client, emulator: Emulator, method: str) -> None:
    path = make_job(client)
    refused = client.request(method, JOBS if method == "POST" else path, headers=OBSERVE, json=[{"segmentId": SEGMENT}])
    if method in ("POST", "DELETE"):  # the others are no operations of a job, which is said first
        assert refused.status_code == 400
        assert f"x-emulator-observe belongs to GET: a {method}" in refused.text
    assert refused.status_code >= 400
    jobs = client.get(JOBS).json["children"]
    assert [each["status"] for each in jobs] == ["NEW"]


def test_the_header_says_true_or_nothing(client: Client) -> None:
    refused = client.get(JOBS, headers={"x-emulator-observe": "yes"})
    assert refused.status_code == 400
    assert "`true` or absent, not 'yes'" in refused.text
