"""Many at once: nothing is lost, no id comes twice, and each organisation's story is the one it has alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from threading import Event

import pytest

from emulator import Emulator
from tests.load.storm import SEGMENT, UPS, Caller, crowd, storm
from tests.services.conftest import Client


@pytest.mark.slow
def test_a_storm_over_eight_organisations() -> None:
    report = storm(5)
    assert report.faults == ()
    assert report.stories >= 8
    assert report.requests > 500


@pytest.mark.slow
def test_a_thousand_organisations_cost_little() -> None:
    found = crowd(1000)
    assert found.bytes_each < 64 * 1024
    assert found.bytes_each_with_a_job < 512 * 1024


def test_one_organisation_more_than_there_may_be_is_refused_and_the_others_go_on() -> None:
    emulator = Emulator(max_orgs=3)
    client = Client(emulator)

    def ask(number: int) -> int:
        return client.get(f"{UPS}/segment/jobs", headers={"x-gw-ims-org-id": f"{number}@AdobeOrg"}).status_code

    assert [ask(number) for number in range(5)] == [200, 200, 200, 503, 503]
    refused = client.get(f"{UPS}/segment/jobs", headers={"x-gw-ims-org-id": "4@AdobeOrg"})
    assert "3 organisations at most (setting max_orgs)" in refused.text
    assert refused.headers["Content-Type"] == "application/json"
    told = client.post("/_emulator/clock", json={"advance": 1}, headers={"x-gw-ims-org-id": "4@AdobeOrg"})
    assert (told.status_code, "max_orgs" in told.json["error"]["message"]) == (503, True)
    assert [ask(number) for number in range(3)] == [200] * 3
    assert emulator.known_orgs() == [f"{number}@AdobeOrg" for number in range(3)]
    emulator.reset()
    assert ask(4) == 200


def test_a_stop_loses_nothing_that_was_answered() -> None:
    """Whoever got an answer finds what was made; whoever got none is told by a closed connection."""
    emulator, over = Emulator(), Event()

    def make(base: str, number: int) -> list[str]:
        answered: list[str] = []
        with Caller(base, f"STOP{number}@AdobeOrg") as caller, suppress(OSError, HTTPException):  # it has stopped
            while not over.is_set():
                status, job = caller.ask("POST", f"{UPS}/segment/jobs", [{"segmentId": SEGMENT}])
                assert status == 200
                answered.append(job["id"])
        return answered

    with ThreadPoolExecutor(4) as pool:
        with emulator.serve() as base:
            makers = [pool.submit(make, base, number) for number in range(4)]
            while any(emulator.org(f"STOP{number}@AdobeOrg").requests.count() < 5 for number in range(4)):
                continue
        over.set()
        made = [id for each in makers for id in each.result()]
    kept = [json.loads(each.response.body)["id"] for each in emulator.requests if each.method == "POST"]
    assert len(made) >= 20
    assert len(set(kept)) == len(kept)
    assert sorted(made) == sorted(kept)
