"""Long stretches of time: the same answers as evaluating everything anew, and ten years in one call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Emulator
from tests.services.conftest import HEADERS, NIGHTLY, SCHEDULES, UPS, Client


def counts(lengths: list[int], forgetful: bool) -> list[Any]:
    """Run all definitions after each length of hours; a ``forgetful`` emulator evaluates everything anew."""
    emulator = Emulator()
    client = Client(emulator)
    found = []
    for hours in lengths:
        emulator.clock.advance(hours=hours)
        job = client.post(f"{UPS}/segment/jobs", json=[{"segmentId": "*"}]).json
        if forgetful:
            space = emulator.world(HEADERS["x-gw-ims-org-id"]).spaces["prod"]
            space.population = space.population.with_added((), ())  # which keeps nothing that was found out
        emulator.clock.advance(seconds=5)
        found.append(client.get(f"{UPS}/segment/jobs/{job['id']}").json["metrics"])
    return found


@settings(max_examples=4)
@given(st.lists(st.integers(0, 24 * 20), min_size=2, max_size=5))
def test_what_is_not_evaluated_again_would_have_been_the_same(lengths: list[int]) -> None:
    assert counts(lengths, forgetful=False) == counts(lengths, forgetful=True)


def test_a_month_of_a_daily_schedule(client: Client) -> None:
    client.post(SCHEDULES, json={**NIGHTLY, "state": "active"})
    events = client.post("/_emulator/clock", json={"advance": "P30D"}).json["events"]
    fired = [each["at"] for each in events if each["type"] == "schedule"]
    assert fired == [f"2026-01-{day:02}T01:00:00Z" for day in range(16, 32)] + [
        f"2026-02-{day:02}T01:00:00Z" for day in range(1, 15)
    ]
    jobs = client.get(f"{UPS}/segment/jobs").json["children"]
    assert len(jobs) == 30
    assert {(job["source"], job["status"]) for job in jobs} == {("scheduler", "SUCCEEDED")}
    for job in jobs:
        assert job["requestId"] == f"{job['properties']['scheduleId']}-{job['creationTime']}"


@pytest.mark.slow
def test_ten_years_of_a_daily_schedule_in_one_call(client: Client) -> None:
    client.post(SCHEDULES, json={**NIGHTLY, "state": "active"})
    answer = client.post("/_emulator/clock", json={"jump_to": "2036-01-15T09:00:00Z"}).json
    assert answer["now"] == "2036-01-15T09:00:00Z"
    listed = client.get(f"{UPS}/segment/jobs?limit=1&status=SUCCEEDED").json
    assert listed["_page"]["totalCount"] == 3652
    last = listed["children"][0]
    assert last["creationTime"] == 2083971600000
    assert last["metrics"]["segmentedProfileCounter"]["4afe34ae-8c98-4513-8a1d-67ccaa54bc05"] == 66
