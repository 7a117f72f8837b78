"""What takes long is found out while others look on: time stands just before it, and who changes something waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from emulator import Emulator, world
from emulator.resources import evaluation, segment_jobs
from tests.services.conftest import HEADERS, Client

UPS = "/data/core/ups"
JOBS = f"{UPS}/segment/jobs"
ORG = HEADERS["x-gw-ims-org-id"]

#: Far longer than anything here takes, in s: what does not come by then never does.
NEVER = 30


class Gate:
    """Holds whoever evaluates until it is opened."""

    def __init__(self) -> None:
        self.reached = Event()
        self._open = Event()

    def pass_through(self, *arguments: Any) -> Any:
        self.reached.set()
        assert self._open.wait(NEVER)
        return evaluation.evaluate(*arguments)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(segment_jobs, "evaluate", gate.pass_through)
    yield gate
    gate.open()


@pytest.fixture
def aside() -> Iterator[Callable[..., Future[Any]]]:
    with ThreadPoolExecutor() as pool:
        yield pool.submit


def create_job(client: Client) -> str:
    return str(client.post(JOBS, json=[{"segmentId": "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"}]).json["id"])


def status(client: Client, job: str) -> str:
    return str(client.get(f"{JOBS}/{job}").json["status"])


def test_readers_look_on_and_time_stands_until_it_is_written_down(
    client: Client, emulator: Emulator, gate: Gate, aside: Callable[..., Future[Any]]
) -> None:
    job = create_job(client)
    moving = aside(Client(emulator).post, "/_emulator/clock", json={"advance": 3600})
    assert gate.reached.wait(NEVER)
    answer = client.get(f"{JOBS}/{job}")
    assert answer.json["status"] == "PROCESSING"
    assert answer.headers["Date"] == "Thu, 15 Jan 2026 09:00:04 GMT"  # the job ends at 09:00:05
    assert "metrics" in answer.json
    assert "segmentedProfileCounter" not in answer.json["metrics"]
    assert client.get(JOBS, headers={**HEADERS, "x-gw-ims-org-id": "OTHER@AdobeOrg"}).status_code == 200
    gate.open()
    assert moving.result(NEVER).json["now"] == "2026-01-15T10:00:00Z"
    assert status(client, job) == "SUCCEEDED"
    assert client.get(JOBS).headers["Date"] == "Thu, 15 Jan 2026 10:00:00 GMT"


def test_who_changes_something_comes_after_it(
    client: Client, gate: Gate, aside: Callable[..., Future[Any]], emulator: Emulator
) -> None:
    job = create_job(client)
    moving = aside(Client(emulator).post, "/_emulator/clock", json={"advance": 3600})
    assert gate.reached.wait(NEVER)
    changing = aside(create_job, Client(emulator))
    assert [each["id"] for each in client.get(JOBS).json["children"]] == [job]
    gate.open()
    moving.result(NEVER)
    second = changing.result(NEVER)
    made = {each["id"]: each["creationTime"] for each in client.get(JOBS).json["children"]}
    assert made[second] - made[job] == 3600 * 1000


def test_on_a_clock_that_runs_a_reader_leaves_long_work_to_others(
    client: Client, gate: Gate, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    monkeypatch.setattr(world, "LONG", 0)
    job = create_job(client)
    client.post("/_emulator/clock", json={"rate": 1e6})
    while not gate.reached.is_set():
        assert status(client, job) != "SUCCEEDED"
    assert status(client, job) == "PROCESSING"
    assert [event["id"] for event in client.get("/_emulator/agenda").json["events"]][:1] == [job]
    gate.open()
    client.post("/_emulator/clock", json={"rate": 0})  # comes after the work
    assert status(client, job) == "SUCCEEDED"
    assert client.get(f"{JOBS}/{job}").json["metrics"]["segmentedProfileCounter"]
    assert [each.event.id for each in emulator.world(ORG).history if each.event.status == "SUCCEEDED"] == [job]


def test_work_that_fails_lets_go(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    create_job(client)
    monkeypatch.setattr(segment_jobs, "evaluate", fail)
    answer = client.post("/_emulator/clock", json={"advance": 3600})
    assert answer.status_code == 500
    assert client.get(JOBS).status_code == 200
    create_job(client)
