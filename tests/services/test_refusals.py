"""Refusals that a hostile client found wanting: each says what was wrong and leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.fixtures import check_folder
from tests.services.conftest import JOBS, SEGMENT, Client


@pytest.mark.parametrize("path", ["/data/foundation/catalog/dataSets", "/data/core/ups/segment/definitions"])
def test_half_a_surrogate_pair_is_no_character(client: Client, path: str) -> None:
    answer = client.post(path, data=b'{"name": "\\ud800"}')
    assert answer.status_code == 400
    assert "surrogate" in str(answer.json)
    forgiven = client.post("/data/core/ups/segment/definitions", data=b'{"name": "\\ud800",}')
    assert "surrogate" in str(forgiven.json)
    whole = client.post("/data/foundation/catalog/dataSets", data=b'{"name": "\\ud83d\\ude00"}')
    assert whole.status_code == 201


def test_a_number_that_is_none_is_no_json(client: Client) -> None:
    assert client.post("/data/foundation/catalog/dataSets", data=b'{"name": "x", "colour": NaN}').status_code == 400


def test_a_number_beyond_all_bounds_is_told_plainly(client: Client) -> None:
    answer = client.post(JOBS, data=b"[" + b"9" * 5000 + b"]")
    assert (answer.status_code, "4300 digits" in str(answer.json)) == (400, True)


def test_unknown_segments_are_counted_not_recited(client: Client) -> None:
    answer = client.post(JOBS, json=[{"segmentId": f"nobody-{number}"} for number in range(1_000)])
    assert answer.status_code == 400
    assert "and 995 more" in answer.json["title"]
    assert len(answer.data) < 2000


def test_the_schema_of_a_job_is_the_profiles(client: Client) -> None:
    body: dict[str, Any] = {"schema": {"name": "zzz"}, "segments": [{"segmentId": "*"}]}
    assert client.post(JOBS, json=body).status_code == 400
    assert client.get(JOBS).json["_page"]["totalCount"] == 0


def test_the_link_to_the_next_page_keeps_the_filters(client: Client) -> None:
    for _ in range(3):
        client.post(JOBS, json=[{"segmentId": SEGMENT}])
    link = client.get(f"{JOBS}?limit=1&start=0&status=NEW&sort=creationTime:asc").json["_links"]["next"]["href"]
    assert link == "@/segment/jobs?start=1&status=NEW&sort=creationTime%3Aasc&limit=1"


def test_two_organisations_are_one_too_many(client: Client) -> None:
    answer = client.post("/_emulator/clock?org=OTHER@AdobeOrg", json={"advance": 1})
    assert (answer.status_code, "name one" in answer.json["error"]["message"]) == (400, True)


def test_a_check_tells_of_expressions_beside_other_faults(tmp_path: Any) -> None:
    (tmp_path / "prod").mkdir()
    broken = {"type": "PQL", "format": "pql/text", "value": "a ="}
    files = {
        "sandboxes.json": [{"name": "prod", "type": "production"}],
        "prod/events.json": [{}],
        "prod/segment-definitions.json": [{"name": "a", "expression": broken}],
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    places = {(fault.file, fault.pointer) for fault in check_folder(tmp_path)}
    assert ("prod/segment-definitions.json", "/0/expression/value") in places
    assert ("prod/events.json", "/0") in places
