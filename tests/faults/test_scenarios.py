"""Scenarios: how an emulator starts, and the three ways in which its jobs move on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from emulator.fixtures import BUNDLED, FixtureError
from emulator.scenarios import read_scenario
from tests.services.conftest import Client

JOBS = "/data/core/ups/segment/jobs"
BODY = [{"segmentId": "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"}]


def test_the_realistic_one_has_the_samples_figures() -> None:
    emulator = Emulator(scenario="realistic")
    client = Client(emulator)
    job = client.post(JOBS, json=BODY).json
    events = emulator.clock.advance(minutes=5)
    begun, ended = (each.at - job["creationTime"] for each in events)
    assert (begun, ended) == (17_000, 146_000)


@pytest.mark.parametrize("path", sorted((BUNDLED / "scenarios").glob("*.json")), ids=lambda path: path.stem)
def test_every_bundled_scenario_starts(path: Path) -> None:
    assert Emulator(scenario=path).template.durations == Emulator(scenario=path.stem).template.durations


@pytest.mark.parametrize("name", ["realistik", "scenarios/realistik.json"])
def test_one_that_is_not_there_is_told_with_those_that_are_bundled(name: str) -> None:
    with pytest.raises(FixtureError, match="bundled scenarios are flaky, realistic"):
        read_scenario(name)


def test_what_a_scenario_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    rule = {"id": "mine", "respond": 503}
    told = {
        "start": "2030-01-01T00:00:00Z",
        "rate": 0,
        "seed": 7,
        "speed": 2,
        "settings": {"strict_json": True},
        "faults": [rule],
    }
    file.write_text(json.dumps(told), encoding="utf-8")
    emulator = Emulator(scenario=file)
    assert emulator.clock.now.isoformat() == "2030-01-01T00:00:00+00:00"
    assert (emulator.seed, emulator.settings.strict_json) == (7, True)
    assert [each["id"] for each in emulator.faults.rules()] == ["mine"]
    assert Emulator(scenario=file, seed=8, strict_json=False).seed == 8
    client = Client(emulator)
    assert client.get(JOBS).status_code == 503
    client.post("/_emulator/reset", headers={"x-gw-ims-org-id": None})
    assert emulator.faults.rules() == [{**rule, "matched": 0, "fired": 0}]


def test_speed_divides_all_durations() -> None:
    emulator = Emulator(scenario={"speed": 10})
    client = Client(emulator)
    client.post(JOBS, json=BODY)
    emulator.clock.advance(seconds=0.5)
    assert client.get(JOBS).json["children"][0]["status"] == "SUCCEEDED"


def test_durations_may_be_drawn_or_counted() -> None:
    lengths = {"NEW": {"uniform": [1, 9]}, "QUEUED": 3, "PROCESSING": {"base": 1, "per_profile": 0.1}}

    def instants() -> list[int]:
        emulator = Emulator(scenario={"durations": {"segment": lengths}})
        client = Client(emulator)
        for _ in range(3):
            client.post(JOBS, json=BODY)
        return [each.at for each in emulator.clock.advance(minutes=2)]

    found = instants()
    assert found == instants()
    assert len(set(found)) == 9
    emulator = Emulator(scenario={"durations": {"segment": lengths}})
    Client(emulator).post(JOBS, json=BODY)
    queued, begun, ended = emulator.clock.advance(minutes=2)
    assert (begun.at - queued.at, ended.at - begun.at) == (3000, 1000 + 16_600)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"fault": []}, ""),
        ({"speed": 0}, "/speed"),
        ({"start": "soon"}, "/start"),
        ({"rate": 1e300}, "/rate"),
        ({"settings": {"sandbox": "x"}}, "/settings"),
        ({"faults": [{"respond": 503}, {"respnd": 1}]}, "/faults/1/respnd"),
        ({"faults": [{"id": "a", "respond": 503}, {"id": "a", "respond": 503}]}, "/faults/1/id"),
        ({"durations": {"tea": {}}}, "/durations"),
        ({"durations": {"segment": {"NEW": "1"}}}, "/durations/segment/NEW"),
        ([], ""),
    ],
)
def test_a_fault_in_a_scenario_is_told_with_its_place(tmp_path: Path, document: Any, pointer: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(FixtureError) as raised:
        read_scenario(file)
    assert [(fault.file, fault.pointer) for fault in raised.value.faults] == [("wrong.json", pointer)]


def test_a_scenario_that_is_not_there_is_told() -> None:
    with pytest.raises(FixtureError, match="realistic"):
        Emulator(scenario="nowhere.json")


def test_polls_move_a_job_one_phase_each() -> None:
    emulator = Emulator(progression="polls")
    client = Client(emulator)
    job = client.post(JOBS, json=BODY).json
    emulator.clock.advance(hours=1)
    assert client.get(JOBS).json["children"][0]["status"] == "NEW"
    seen = [client.get(f"{JOBS}/{job['id']}").json["status"] for _ in range(3)]
    assert seen == ["PROCESSING", "SUCCEEDED", "SUCCEEDED"]
    done = client.get(f"{JOBS}/{job['id']}").json
    assert done["metrics"]["segmentedProfileCounter"] == {BODY[0]["segmentId"]: 66}
    other = client.post(JOBS, json=BODY).json
    client.delete(f"{JOBS}/{other['id']}")
    assert client.get(JOBS).json["children"][0]["status"] == "CANCELLING"
    assert client.get(f"{JOBS}/{other['id']}").json["status"] == "CANCELLED"


def test_immediate_jobs_have_ended_when_asked_for() -> None:
    client = Client(Emulator(progression="immediate"))
    job = client.post(JOBS, json=BODY).json
    assert job["status"] == "NEW"
    done = client.get(f"{JOBS}/{job['id']}").json
    assert done["status"] == "SUCCEEDED"
    assert done["metrics"]["segmentedProfileCounter"] == {BODY[0]["segmentId"]: 66}
    export = {"destination": {"datasetId": "5b020a27e7040801dedba61b"}, "schema": {"name": "_xdm.context.profile"}}
    made = client.post("/data/core/ups/export/jobs", json=export).json
    assert made["status"] == "NEW"
    assert client.get(f"/data/core/ups/export/jobs/{made['id']}").json["status"] == "SUCCEEDED"
    preview = client.post("/data/core/ups/preview", json={"predicateExpression": 'homeAddress.country = "US"'}).json
    assert client.get(f"/data/core/ups/estimate/{preview['previewId']}").json["state"] == "RESULT_READY"
