"""What is sent to do harm is refused in JSON, costs little, and reaches nothing."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import urlsplit

import pytest

from emulator import Emulator, pql
from emulator.formats import query_engine
from emulator.resources import previews
from emulator.resources import segment_jobs as jobs
from emulator.web.handlers import segment_jobs
from tests.for_each import for_each
from tests.services.conftest import HEADERS, JOBS, NIGHTLY, SCHEDULES, Client

OUTWARDS = ["../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "/etc/passwd", "%2fetc%2fpasswd", "....//etc/passwd"]
OUTWARDS += ["..\\..\\etc\\passwd", "%00/etc/passwd", "file:%2f%2f%2fetc%2fpasswd", "~root", "C:%5cWindows%5cwin.ini"]


@for_each("name", OUTWARDS)
def test_no_name_leads_out_of_the_emulator(name: str, client: Client) -> None:
    dataset = "/data/foundation/export"
    for path in (
        f"{dataset}/files/{name}",
        f"{dataset}/files/x?path={name}",
        f"{dataset}/batches/{name}/files",
        f"{dataset}/batches/x/meta?path={name}",
        f"{dataset}/datasets/{name}/preview",
        f"/_emulator/static/{name}",
        f"/_emulator/ui/{name}",
        f"/_emulator/files/{name}/rows",
        f"/_emulator/snapshots/{name}/diff",
    ):
        answer = client.get(path)
        assert answer.status_code in (400, 404), path
        assert "root:" not in answer.text
        assert "[fonts]" not in answer.text


def test_bytes_of_a_query_that_are_no_utf_8_are_read_as_if_percent_encoded(client: Client) -> None:
    raw = {"environ_overrides": {"QUERY_STRING": "limit=\xff"}}
    assert "'%FF'" in client.get(JOBS, **raw).text
    assert client.get("/_emulator/requests", **raw).status_code == 400
    made = client.post(SCHEDULES, json=NIGHTLY, environ_overrides={"QUERY_STRING": "a=\xff&b=\xc3\xbc&c=%20+"})
    assert made.status_code == 200
    assert client.get("/_emulator/requests?limit=1").json["requests"][0]["query"] == "a=%FF&b=%C3%BC&c=%20+"


def test_a_name_of_a_snapshot_is_no_file(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert client.post("/_emulator/snapshots/..%5cstate").status_code in (200, 404)
    assert client.post("/_emulator/snapshots/state").status_code == 200
    assert list(tmp_path.rglob("*")) == [tmp_path / "in"]


def test_fixtures_that_are_sent_name_no_file(client: Client) -> None:
    for sent in (
        {"sandbox": "../prod", "profiles": [{"record": {}}]},
        {"sandbox": "prod", "profiles": "/etc/passwd"},
        {"folder": "/etc"},
    ):
        answer = client.post("/_emulator/fixtures", json=sent)
        assert (answer.status_code, "root:" in answer.text) == (400, False)


@pytest.mark.parametrize("path", [JOBS, "/_emulator/pql", "/_emulator/faults", "/_emulator/clock"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["counted", "chunked"])
def test_a_body_that_is_too_large_is_413(path: str, is_chunked: bool) -> None:
    with Emulator(max_body_bytes=1000).serve() as base:
        connection = HTTPConnection(urlsplit(base).netloc, timeout=10)
        body: Any = (b" " * 100 for _ in range(20)) if is_chunked else b" " * 2000
        headers = {**HEADERS, "Content-Type": "application/json"}
        connection.request("POST", path, body, headers, encode_chunked=is_chunked)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type")) == (413, "application/json")
        assert "1000 bytes" in answer.read().decode()
        connection.close()


@pytest.mark.parametrize("path", [JOBS, "/_emulator/pql", "/_emulator/fixtures", "/_emulator/faults"])
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_a_body_that_nests_too_deep_is_400(path: str, opening: str, client: Client) -> None:
    answer = client.post(path, data=opening * 100_000, content_type="application/json")
    assert (answer.status_code, "nested deeper than" in answer.text) == (400, True)


def test_a_state_that_nests_too_deep_is_400(client: Client) -> None:
    answer = client.request("PUT", "/_emulator/snapshot", data="[" * 500 + "]" * 500, content_type="application/json")
    assert (answer.status_code, "nested deeper than 400" in answer.text) == (400, True)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}", "([a-z]+)*b", "a?" * 30 + "a" * 30])
def test_a_regular_expression_takes_linear_time(pattern: str) -> None:
    begun = process_time()
    pql.compile("p.regexGroup(q)").value({"p": "a" * 20_000 + "!", "q": pattern})
    pql.compile(f"p.matches({json.dumps(pattern)})")
    assert process_time() - begun < 1


def test_no_connection_is_opened(client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **_: object) -> None:
        raise AssertionError(f"a connection was asked for: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    url = "http://169.254.169.254/latest/meta-data"
    for path, body in {
        "/data/foundation/catalog/dataSets": {"name": url, "schemaRef": {"id": url, "contentType": url}},
        "/data/core/ups/audiences": {"name": url, "audienceId": url, "namespace": url, "type": "ExternalSegment"},
        "/data/foundation/query/queries": {"dbName": "prod:all", "sql": f"SELECT * FROM '{url}'"},
        "/ims/exchange/jwt": {"jwt_token": url},
    }.items():
        client.post(path, json=body, headers={"Referer": url, "X-Forwarded-For": url, "Forwarded": f"host={url}"})
    emulator.clock.advance(days=2)
    assert len(emulator.requests) == 4


@pytest.mark.parametrize(
    ("path", "shape"),
    [(JOBS, {"requestId", "errors", "type", "title", "status"}), ("/_emulator/cron", {"error"})],
)
def test_a_defect_of_ours_is_told_as_one(
    path: str, shape: set[str], emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from emulator.web import control_tools

    def broken(*_: object) -> None:
        raise LookupError("secret detail")

    monkeypatch.setattr(segment_jobs, "list_jobs", broken)
    monkeypatch.setattr(control_tools, "report", broken)
    # the table holds the handler itself
    from emulator.web import app as application
    from emulator.web.operations import OPERATIONS

    swapped = [replaced(each, broken) if each.id == "listSegmentJobs" else each for each in OPERATIONS]
    monkeypatch.setattr(application, "OPERATIONS", swapped)
    client = Client(emulator)
    answer = client.get(path) if path == JOBS else client.post(path, json={"schedule": ""})
    assert (answer.status_code, set(answer.json)) == (500, shape)
    assert "which is a defect of it" in answer.text
    assert "secret detail" not in answer.text
    assert "LookupError" in caplog.text, "whoever runs it can find the cause"


def replaced(operation: Any, handler: Any) -> Any:
    from msgspec.structs import replace

    return replace(operation, handler=handler)


def test_work_that_raises_fails_by_itself_and_no_other_request(
    client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError("secret detail")

    def make(path: str, **body: Any) -> Any:
        return client.post(path, json=body).json

    monkeypatch.setattr(previews, "qualifying", broken)
    monkeypatch.setattr(query_engine, "run", broken)
    preview = make("/data/core/ups/preview", predicateExpression="true", predicateType="pql/text")
    query = make("/data/foundation/query/queries", dbName="prod:all", sql="SELECT 1 AS one")
    told = emulator.clock.advance(hours=1)
    assert client.get(JOBS).status_code == 200
    assert {each.event.id: each.event.status for each in told} == {
        preview["previewId"]: "FAILED",
        query["id"]: "FAILED",
    }
    estimate = client.get(f"/data/core/ups/estimate/{preview['previewId']}").json
    (error,) = client.get(f"/data/foundation/query/queries/{query['id']}").json["errors"]
    assert estimate["error"]["description"] == error["message"]
    assert "which is a defect of it" in error["message"]
    assert "secret detail" not in error["message"]
    assert caplog.text.count("LookupError: secret detail") == 2
    lanes = client.get("/_emulator/timeline").json["lanes"]
    assert [job.get("faults") for lane in lanes for job in lane["jobs"]] == [None, None]


def test_a_firing_that_raises_is_told_and_the_next_one_stays_planned(
    client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError("secret detail")

    client.post(SCHEDULES, json={**NIGHTLY, "state": "active"})
    with monkeypatch.context() as patches:
        patches.setattr(jobs, "create", broken)
        (firing,) = emulator.org(HEADERS["x-gw-ims-org-id"]).clock.advance(days=1)
    assert firing.detail.startswith("failed: The emulator itself failed (LookupError)")
    assert "secret detail" in caplog.text
    told = emulator.org(HEADERS["x-gw-ims-org-id"]).clock.advance(days=1)
    assert told[0].detail.startswith("segment job ")
