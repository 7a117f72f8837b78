"""Schedules over HTTP, as Adobe's tutorial walks through them and as real clients rely on them."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.services.conftest import JOBS, NIGHTLY, SCHEDULES, Answer, Client


def operation(path: str, value: Any, op: str = "add") -> list[dict[str, Any]]:
    return [{"op": op, "path": path, "value": value}]


def create(client: Client, **members: Any) -> dict[str, Any]:
    answer = client.post(SCHEDULES, json={**NIGHTLY, **members})
    assert answer.status_code == 200, answer.json
    made: dict[str, Any] = answer.json
    return made


def assert_empty_204(answer: Answer) -> None:
    assert answer.status_code == 204
    assert answer.data == b""
    assert "Content-Type" not in answer.headers


def scheduled_jobs(client: Client) -> list[dict[str, Any]]:
    return [job for job in client.get(JOBS).json["children"] if job["source"] == "scheduler"]


def test_the_tutorial(emulator: Emulator, client: Client) -> None:
    schedule = create(client, state="inactive")
    assert schedule["state"] == "inactive"
    assert schedule["createEpoch"] == schedule["updateEpoch"] == 1768467600
    one = f"{SCHEDULES}/{schedule['id']}"

    assert_empty_204(client.post(one, json=operation("/state", "active")))
    assert_empty_204(client.post(one, json=operation("/schedule", "0 15 10 * * ?")))
    shown = client.get(one).json
    assert (shown["state"], shown["schedule"], shown["frequency"]) == ("active", "0 15 10 * * ?", "daily")

    emulator.clock.advance(days=2)
    newest, oldest = scheduled_jobs(client)
    assert oldest["creationTime"] == 1768472100000  # 2026-01-15T10:15:00Z
    assert newest["creationTime"] - oldest["creationTime"] == 86_400_000
    assert oldest["status"] == "SUCCEEDED"
    assert oldest["requestId"] == f"{schedule['id']}-1768472100000"
    assert oldest["properties"]["scheduleId"] == schedule["id"]
    assert oldest["properties"]["runId"] != newest["properties"]["runId"]

    assert_empty_204(client.delete(one))
    assert client.get(one).status_code == 404
    emulator.clock.advance(days=5)
    assert len(scheduled_jobs(client)) == 2


@pytest.mark.parametrize("method", ["PATCH", "POST"])
@pytest.mark.parametrize("op", ["add", "replace"])
def test_both_methods_and_both_operations_update(client: Client, method: str, op: str) -> None:
    schedule = create(client)
    one = f"{SCHEDULES}/{schedule['id']}"
    assert_empty_204(client.request(method, one, json=operation("/state", "active", op)))
    assert client.get(one).json["state"] == "active"


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_a_refused_update_changes_nothing(client: Client, method: str) -> None:
    schedule = create(client)
    answer = client.request(method, f"{SCHEDULES}/{schedule['id']}", json=operation("/schedule", "0 0 * * * ?"))
    assert answer.status_code == 400
    assert answer.json["errors"]["400"][0]["message"] == answer.json["title"]
    assert client.get(f"{SCHEDULES}/{schedule['id']}").json == schedule
    assert client.get("/_emulator/agenda").json["events"] == []


def test_the_bundled_schedule_lives_in_dev_and_is_inactive(client: Client) -> None:
    assert client.get(SCHEDULES).json == {
        "_page": {"totalCount": 0, "pageSize": 0},
        "children": [],
        "_links": {"next": {}},
    }
    (schedule,) = client.get(SCHEDULES, headers={"x-sandbox-name": "dev"}).json["children"]
    assert schedule["id"] == "cd585edf-962d-420d-94ad-3be03e619ac2"
    assert (schedule["state"], schedule["schedule"]) == ("inactive", "0 0 1 * * ?")
    assert client.get(f"{SCHEDULES}/{schedule['id']}").status_code == 404
