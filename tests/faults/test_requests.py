"""Faults over HTTP: the control plane's rules, and what requests and jobs meet."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from emulator.faults.effects import ENVIRON_KEY, Connection
from emulator.web.app import create_app
from tests.services.conftest import HEADERS, Client

JOBS = "/data/core/ups/segment/jobs"
SEGMENT = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"
OTHER = "42f49f2d-edb0-474f-b29d-2799d89cd5a6"
BODY = [{"segmentId": SEGMENT}]


def statuses(client: Client, times: int) -> list[int]:
    return [client.post(JOBS, json=BODY).status_code for _ in range(times)]


def test_the_second_call_fails(emulator: Emulator, client: Client) -> None:
    rule = emulator.faults.add(operation="createSegmentJob", nth=2, respond=429)
    assert statuses(client, 3) == [200, 429, 200]
    emulator.faults.expect(rule, times=1)
    with pytest.raises(AssertionError, match="fired 1 times"):
        emulator.faults.expect(rule, times=2)
    assert client.get(JOBS).json["_page"]["totalCount"] == 2
    assert [each.faults for each in emulator.requests][:3] == [(), (rule,), ()]


def test_rules_over_the_control_plane(client: Client) -> None:
    rule = {"operation": "createSegmentJob", "first": 1, "respond": {"status": 503, "headers": {"Retry-After": "7"}}}
    made = client.post("/_emulator/faults", json=rule).json
    assert made == {**rule, "id": "fault-1", "matched": 0, "fired": 0}
    answer = client.post(JOBS, json=BODY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json["status"] == 503
    assert "fault-1" in answer.json["title"]
    assert statuses(client, 1) == [200]
    assert client.get("/_emulator/faults").json == {"faults": [{**made, "matched": 2, "fired": 1}]}
    assert client.get("/_emulator/faults/fault-1").json["fired"] == 1
    assert client.delete("/_emulator/faults/fault-1").json == {"faults": []}
    assert client.delete("/_emulator/faults/fault-1").status_code == 404
    wrong = client.post("/_emulator/faults", json={"operation": "x", "respnd": 1})
    assert (wrong.status_code, wrong.json["error"]["pointer"]) == (400, "/respnd")


def test_an_org_has_rules_of_its_own(emulator: Emulator, client: Client) -> None:
    other = Client(emulator, {**HEADERS, "x-gw-ims-org-id": "OTHER@AdobeOrg"})
    client.post("/_emulator/faults", json={"respond": 503})
    assert statuses(client, 1) == [503]
    assert statuses(other, 1) == [200]
    client.post("/_emulator/reset", headers={"x-gw-ims-org-id": None})
    assert statuses(client, 1) == [200]


def test_one_request_brings_its_own_fault(client: Client) -> None:
    answer = client.get(JOBS, headers={"x-emulator-fault": '{"respond": {"status": 500, "body": {"a": 1}}}'})
    assert (answer.status_code, answer.json) == (500, {"a": 1})
    assert client.get(JOBS).status_code == 200
    assert client.get(JOBS, headers={"x-emulator-fault": "503"}).status_code == 400


def test_malformed_answers(client: Client) -> None:
    cut = client.get(JOBS, headers={"x-emulator-fault": '{"malformed": "json"}'})
    whole = client.get(JOBS).data
    assert (cut.status_code, cut.data) == (200, whole[: len(whole) // 2])
    page = client.get(JOBS, headers={"x-emulator-fault": '{"malformed": "html"}'})
    assert page.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("rule", "connection", "made"),
    [
        ({"drop": True}, Connection(drop=True), 0),
        ({"drop_after_work": True}, Connection(drop=True), 1),
        ({"stall": True}, Connection(stall=True), 1),
        ({"truncate": 10}, Connection(truncate=10), 1),
        ({"delay": 1.5}, Connection(delay_ms=1500), 1),
        ({"slow_body": 0.25}, Connection(slow_ms=250), 1),
    ],
)
def test_what_the_transport_is_told(
    emulator: Emulator, rule: dict[str, Any], connection: Connection, made: int
) -> None:
    emulator.faults.add({"operation": "createSegmentJob", **rule})
    left = []
    application = create_app(emulator)

    def transport(environ: Any, start_response: Any) -> Any:
        body = application.wsgi_app(environ, start_response)
        left.append(environ.get(ENVIRON_KEY))
        return body

    from werkzeug.test import Client as Wsgi

    Wsgi(transport).post(JOBS, json=BODY, headers=HEADERS)
    assert left == [connection]
    assert len(emulator.world(HEADERS["x-gw-ims-org-id"]).spaces["prod"].segment_jobs) == made


def test_drawn_delays_are_the_same_in_every_run() -> None:
    def drawn(seed: int) -> list[float]:
        plan = Emulator(seed=seed).template.faults
        from emulator.faults.rules import Subject, rule_of

        plan.add(rule_of({"delay": {"lognormal": {"median": 2, "sigma": 0.5}}}, "slow"))
        met = [plan.meet_request(Subject("", None, method="GET", path="/"), 0) for _ in range(50)]
        return [fault.connection.delay_ms for fault in met if fault is not None and fault.connection is not None]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 1000 < sorted(drawn(1))[25] < 4000


def finished(emulator: Emulator, client: Client, seconds: float = 5, ids: Any = BODY) -> Any:
    job = client.post(JOBS, json=ids).json
    emulator.clock.advance(seconds=seconds)
    return client.get(f"{JOBS}/{job['id']}").json


def test_a_job_fails_at_the_end_of_a_phase(emulator: Emulator, client: Client) -> None:
    error = {"code": "0080000018", "msg": "out of memory", "callStack": "at Main"}
    emulator.faults.add(job="segment", nth=2, fail_at="PROCESSING", errors=[error])
    assert finished(emulator, client)["status"] == "SUCCEEDED"
    failed = finished(emulator, client)
    assert failed["status"] == "FAILED"
    assert failed["errors"] == [error]
    assert set(failed["metrics"]) == {"totalTime", "profileSegmentationTime"}
    assert failed["metrics"]["totalTime"]["totalTimeInMs"] == 4000
    assert finished(emulator, client)["status"] == "SUCCEEDED"


def test_a_failure_without_errors_names_its_phase(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(job="segment", fail_at="NEW")
    (error,) = finished(emulator, client)["errors"]
    assert error == {"code": "0080000018", "msg": "The job failed in phase NEW.", "callStack": ""}


def test_a_job_is_stuck(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(job="segment", stuck_in="PROCESSING")
    job = finished(emulator, client, seconds=86_400)
    assert job["status"] == "PROCESSING"
    client.delete(f"{JOBS}/{job['id']}")
    emulator.clock.advance(seconds=1)
    assert client.get(f"{JOBS}/{job['id']}").json["status"] == "CANCELLED"


def test_a_job_is_slower(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(job="segment", slower=10)
    assert finished(emulator, client, seconds=49.9)["status"] == "PROCESSING"
    assert finished(emulator, client, seconds=50)["status"] == "SUCCEEDED"


def test_a_job_goes_on_when_cancelled(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(job="segment", refuse_cancel=True)
    job = client.post(JOBS, json=BODY).json
    assert client.delete(f"{JOBS}/{job['id']}").status_code == 204
    emulator.clock.advance(seconds=5)
    assert client.get(f"{JOBS}/{job['id']}").json["status"] == "SUCCEEDED"


@pytest.mark.parametrize("only", [1, [SEGMENT]])
def test_a_job_succeeds_with_some_of_its_segments(emulator: Emulator, client: Client, only: Any) -> None:
    emulator.faults.add(job="segment", only_segments=only)
    job = finished(emulator, client, ids=[{"segmentId": SEGMENT}, {"segmentId": OTHER}])
    assert set(job["metrics"]["segmentedProfileCounter"]) == {SEGMENT}
    assert len(job["segments"]) == 2
    assert emulator.org(HEADERS["x-gw-ims-org-id"]).members(OTHER) == set()


def test_an_export_fails(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(job="export", fail_at="PROCESSING", errors=[{"code": "x", "msg": "no space"}])
    body = {
        "destination": {"datasetId": "5b020a27e7040801dedba61b"},
        "schema": {"name": "_xdm.context.profile"},
    }
    job = client.post("/data/core/ups/export/jobs", json=body).json
    emulator.clock.advance(seconds=6)
    job = client.get(f"/data/core/ups/export/jobs/{job['id']}").json
    assert (job["status"], job["errors"][0]["msg"]) == ("FAILED", "no space")


def test_a_firing_is_missed(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(job="schedule", nth=2, missed=True)
    schedule = {
        "name": "nightly",
        "type": "batch_segmentation",
        "properties": {"segments": [SEGMENT]},
        "schedule": "0 0 1 * * ?",
        "state": "active",
    }
    client.post("/data/core/ups/config/schedules", json=schedule)
    happened = emulator.clock.advance(days=3)
    told = [each.detail for each in happened if each.event.type == "schedule"]
    assert [each.split()[0] for each in told] == ["segment", "missed,", "segment"]
    assert client.get(JOBS).json["_page"]["totalCount"] == 2
