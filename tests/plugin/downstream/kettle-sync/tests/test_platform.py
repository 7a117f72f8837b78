from __future__ import annotations

from datetime import timedelta

import pytest
from kettle_sync.platform import JobFailed, Platform

from emulator import Emulator

WORKS_IN_US = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"
KETTLE_CLUB = "1rfe8422-334d-12f4-3sd4-12cf6g990g51"
DEFAULT_POLICY = "e161dae9-52f0-4c7f-b264-dc43dd903d56"

BUSY = {"status": 429, "headers": {"Retry-After": "30"}}


def test_segments_are_evaluated(platform: Platform) -> None:
    assert platform.evaluate([WORKS_IN_US, KETTLE_CLUB]) == {WORKS_IN_US: 66, KETTLE_CLUB: 44}


def test_members_are_brought_home(platform: Platform) -> None:
    count = platform.evaluate([KETTLE_CLUB])[KETTLE_CLUB]
    rows = list(platform.export(KETTLE_CLUB, DEFAULT_POLICY))
    assert len(rows) == count
    assert all("@" in row["personalEmail"]["address"] for row in rows if "personalEmail" in row)


@pytest.mark.aep(faults=[{"operation": "createSegmentJob", "first": 2, "respond": BUSY}])
def test_a_busy_service_is_asked_again_when_it_says(platform: Platform, aep: Emulator) -> None:
    begun = aep.clock.now
    assert platform.evaluate([WORKS_IN_US]) == {WORKS_IN_US: 66}
    assert aep.clock.now - begun == timedelta(seconds=30 + 30 + 10)
    assert [each.status for each in aep.requests.matching(operation="createSegmentJob")] == [429, 429, 200]


@pytest.mark.aep(faults=[{"operation": "retrieveSegmentJob", "nth": 1, "respond": BUSY}])
def test_the_adapter_waits_as_well(platform: Platform, aep: Emulator) -> None:
    begun = aep.clock.now
    platform.evaluate([WORKS_IN_US])
    assert aep.clock.now - begun == timedelta(seconds=30)


@pytest.mark.parametrize("lost", [{"drop_after_work": True}, {"stall": True}, {"drop": True}], ids=str)
def test_a_lost_answer_makes_no_second_job(platform: Platform, aep: Emulator, lost: dict[str, bool]) -> None:
    rule = aep.faults.add(operation="createSegmentJob", nth=1, **lost)
    assert platform.evaluate([WORKS_IN_US]) == {WORKS_IN_US: 66}
    aep.faults.expect(rule, times=1)
    (job,) = platform.call("GET", "https://platform.adobe.io/data/core/ups/segment/jobs").json()["children"]
    assert job["status"] == "SUCCEEDED"


@pytest.mark.aep(faults=[{"job": "segment", "nth": 1, "fail_at": "PROCESSING"}])
def test_a_job_that_fails_is_told(platform: Platform) -> None:
    with pytest.raises(JobFailed, match="FAILED"):
        platform.evaluate([WORKS_IN_US])


@pytest.mark.aep(scenario={"durations": {"segment": {"PROCESSING": 3600}}})
def test_a_job_that_takes_too_long_is_given_up(platform: Platform, aep: Emulator) -> None:
    with pytest.raises(JobFailed, match="did not end within 600 s"):
        platform.evaluate([WORKS_IN_US])
    aep.clock.advance(hours=1)


@pytest.mark.aep(strict_auth=True)
def test_a_token_that_has_run_out_is_fetched_anew(platform: Platform, aep: Emulator) -> None:
    platform.evaluate([WORKS_IN_US])
    aep.clock.advance(days=2)
    assert platform.evaluate([WORKS_IN_US])[WORKS_IN_US] > 0
    assert aep.requests.count(operation="imsToken", status=200) == 2
    assert aep.requests.count(status=401) == 1
