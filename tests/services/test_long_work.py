"""What takes long is found out while others look on: time stands just before it, and who changes something waits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import pytest

from emulator import Emulator, world
from emulator.resources import evaluation, export_jobs, segment_jobs
from emulator.simulation.monitor import Monitor
from tests.services.conftest import EXPORT, EXPORTS, HEADERS, JOBS, UPS, Client, create_job

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


def test_who_has_waited_comes_at_the_instant_of_its_turn(
    client: Client, gate: Gate, aside: Callable[..., Future[Any]], monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    waits = Event()
    wait = Monitor.wait

    def seen(self: Monitor, timeout: float | None = None) -> None:
        waits.set()
        wait(self, timeout)

    real = 0.0
    monkeypatch.setattr(Monitor, "wait", seen)
    monkeypatch.setattr(world, "LONG", 0)
    emulator.world(ORG).clock.steady = lambda: real
    job = create_job(client)
    client.post("/_emulator/clock", json={"rate": 1})
    real += 10_000
    assert status(client, job) == "PROCESSING"  # and somebody finds out what came of it
    changing = aside(create_job, Client(emulator))
    assert waits.wait(NEVER)
    real += 10_000
    gate.open()
    second = changing.result(NEVER)
    made = {each["id"]: each["creationTime"] for each in client.get(JOBS).json["children"]}
    assert made[second] - made[job] == 20_000


def test_what_was_told_already_is_whole(
    gate: Gate, aside: Callable[..., Future[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "LONG", 0)
    emulator = Emulator(progression="immediate")
    client = Client(emulator)
    emulator.world(ORG).clock.steady = lambda: 0.0
    client.post("/_emulator/clock", json={"rate": 1})
    job = create_job(client)  # it ends at the instant at which it was made
    reading = [aside(Client(emulator).get, f"{JOBS}/{job}") for _ in range(2)]
    assert gate.reached.wait(NEVER)
    gate.open()
    for each in reading:
        answer = each.result(NEVER).json
        assert (answer["status"], "segmentedProfileCounter" in answer["metrics"]) == ("SUCCEEDED", True)


def test_who_moves_a_job_by_reading_it_waits_too(
    client: Client, gate: Gate, aside: Callable[..., Future[Any]], emulator: Emulator
) -> None:
    job = create_job(client)
    polled = Emulator(progression="polls")
    polled.restore(emulator.snapshot())
    moving = aside(Client(polled).post, "/_emulator/clock", json={"advance": 3600})
    assert gate.reached.wait(NEVER)
    reading = aside(Client(polled).get, f"{JOBS}/{job}")
    gate.open()
    moving.result(NEVER)
    assert reading.result(NEVER).headers["Date"] == "Thu, 15 Jan 2026 10:00:00 GMT"


def test_a_reader_that_gets_no_thread_for_long_work_does_it(
    client: Client, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    class Refused(Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    real = 0.0
    monkeypatch.setattr(world, "LONG", 0)
    monkeypatch.setattr(world, "Thread", Refused)
    emulator.world(ORG).clock.steady = lambda: real
    job = create_job(client)
    client.post("/_emulator/clock", json={"rate": 1})
    real += 10_000
    assert status(client, job) == "SUCCEEDED"


def test_an_organisation_made_meanwhile_has_the_work_to_do_itself(
    client: Client, gate: Gate, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    monkeypatch.setattr(world, "LONG", 0)
    template, real = emulator.template, 0.0
    template.clock.steady = lambda: real
    template.clock.set_rate(1)
    with template.lock:
        now = template.now()
        segment_jobs.create(template.space("prod", now), ["*"], now)
        real += 10_000
        template.glance()
    assert gate.reached.wait(NEVER)
    late = emulator.world("LATE@AdobeOrg")
    gate.open()
    with late.lock:
        (job,) = late.space("prod", late.now()).segment_jobs
    assert job.metrics is not None


def fail(*_: object) -> None:
    raise RuntimeError("out of order")


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What standard error was told of, unless pytest caught it."""
    return [str(each.exc_info[1]) for each in caplog.records if each.exc_info]


@pytest.mark.parametrize("progression", ["time", "immediate", "polls"])
def test_a_segment_job_whose_work_fails_has_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, progression: str
) -> None:
    monkeypatch.setattr(segment_jobs, "evaluate", fail)
    emulator = Emulator(progression=progression)
    client = Client(emulator)
    job = create_job(client)
    moved = client.post("/_emulator/clock", json={"advance": 3600})
    for _ in range(4):
        told = client.get(f"{JOBS}/{job}").json
    (error,) = told["errors"]
    assert (moved.status_code, told["status"], error["code"]) == (200, "FAILED", "0080000018")
    assert error["msg"].startswith("The emulator itself failed (RuntimeError)")
    assert "segmentedProfileCounter" not in told["metrics"]
    assert [each["id"] for each in client.get(f"{JOBS}?status=FAILED").json["children"]] == [job]
    (lane, *_) = client.get("/_emulator/timeline").json["lanes"]
    assert ["faults" in each for each in lane["jobs"]] == [False]
    assert failures(caplog) == ["out of order"]
    happened = [each.event.status for each in emulator.world(ORG).history if each.event.type == "segmentJob"]
    assert (happened[-1:], "SUCCEEDED" in happened) == (["FAILED"], False)
    monkeypatch.undo()
    after = create_job(client)
    client.post("/_emulator/clock", json={"advance": 3600})
    for _ in range(4):
        last = status(client, after)
    assert last == "SUCCEEDED"


def test_an_export_job_whose_work_fails_has_failed_and_so_has_its_batch(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(export_jobs, "profiles_with_rows", fail)
    job = client.post(EXPORTS, json=EXPORT).json
    moved = client.post("/_emulator/clock", json={"advance": 3600}).json
    told = client.get(f"{UPS}/export/jobs/{job['id']}").json
    first, _ = told["errors"]
    assert told["status"] == "FAILED"
    assert first["msg"].startswith("Error writing profiles to dataset: The emulator itself failed (RuntimeError)")
    (batch,) = client.get("/data/foundation/catalog/batches").json.values()
    assert (batch["status"], batch["errors"][0]["code"]) == ("failed", "0090000009")
    assert [each["status"] for each in moved["events"]] == ["PROCESSING", "FAILED"]
    assert failures(caplog) == ["out of order"]


def test_work_that_fails_in_a_thread_of_its_own_has_failed(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, emulator: Emulator
) -> None:
    monkeypatch.setattr(world, "LONG", 0)
    monkeypatch.setattr(segment_jobs, "evaluate", fail)
    real = 0.0
    emulator.world(ORG).clock.steady = lambda: real
    job = create_job(client)
    client.post("/_emulator/clock", json={"rate": 1})
    real += 10_000
    client.get(JOBS)  # leaves the work to a thread
    client.post("/_emulator/clock", json={"rate": 0})  # comes after the work
    assert status(client, job) == "FAILED"
    assert failures(caplog) == ["out of order"]


def test_standard_error_is_told_once_of_work_that_fails() -> None:
    script = """
from emulator import Emulator
from emulator.resources import segment_jobs

segment_jobs.evaluate = lambda *_: 1 / 0
emulator = Emulator()
with emulator.template.lock:
    segment_jobs.create(emulator.template.space("prod", 0), ["*"], emulator.template.now())
emulator.clock.advance(hours=1)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("ZeroDivisionError: division by zero")) == (0, 1)
