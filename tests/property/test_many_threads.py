"""Many threads at once: nothing is lost, nothing is made twice, and organisations do not hear of each other."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from tests.property.histories import CLOCK, Call, Said, Stage, stage
from tests.property.people import SCHEMA, TARGET

UPS = "/data/core/ups"
JOBS = f"{UPS}/segment/jobs"
THREADS = 4

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _impatient_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*works: Callable[[], T]) -> list[T]:
    """Do all works in threads of their own that begin together; answers their results, or raises what one raised."""
    barrier = Barrier(len(works))

    def begin(work: Callable[[], T]) -> T:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


def story(theatre: Stage, org: str) -> list[Said]:
    """Live through jobs, exports, a schedule, faults and a month of time, reading all the way."""
    said: list[Said] = []

    def call(method: str, path: str, body: object = None) -> Said:
        said.append(theatre.call(Call(method, path, body), org))
        return said[-1]

    schedule = {
        "name": "nightly",
        "type": "batch_segmentation",
        "properties": {"segments": ["*"]},
        "schedule": "0 0 1 * * ?",
        "state": "active",
    }
    export = {"destination": {"datasetId": TARGET}, "schema": SCHEMA}
    call("POST", "/_emulator/faults", {"job": "segment", "every": 3, "slower": 2})
    call("POST", "/_emulator/faults", {"operation": "createSegmentJob", "probability": 0.3, "respond": 429})
    call("POST", f"{UPS}/config/schedules", schedule)
    for length in (1, 3600, 86_400, 5, 864_000, 2, 1_728_000):
        call("POST", JOBS, [{"segmentId": "*"}])
        call("POST", f"{UPS}/export/jobs", export)
        call("POST", f"{UPS}/preview", {"predicateExpression": 'inSegment("both") or person.age > 30'})
        call("POST", CLOCK, {"advance": length})
        for job in call("GET", JOBS).json["children"][:1]:
            call("DELETE", f"{JOBS}/{job['id']}")
        call("GET", f"{UPS}/export/jobs")
    return said


@pytest.mark.slow
def test_organisations_side_by_side_tell_what_they_tell_alone() -> None:
    orgs = [f"{number}@AdobeOrg" for number in range(THREADS)]
    alone = []
    for org in orgs:
        theatre = stage("second")
        alone.append((story(theatre, org), theatre.requests(org)))
    shared = stage("first")
    told = at_once(*(lambda org=org: story(shared, org) for org in orgs))
    assert [(said, shared.requests(org)) for said, org in zip(told, orgs, strict=True)] == alone


def test_clients_of_one_organisation_lose_nothing_and_share_no_id() -> None:
    """Who is first is not told; that what is done is what the same calls do one after another is."""
    each = 15

    def work(theatre: Stage) -> list[Said]:
        return [theatre.call(Call("POST", JOBS, [{"segmentId": "recent"}])) for _ in range(each)]

    def prepare(name: str) -> Stage:
        theatre = stage(name)
        theatre.call(Call("POST", "/_emulator/faults", {"operation": "createSegmentJob", "every": 2, "respond": 429}))
        return theatre

    one_by_one, shared = prepare("second"), prepare("first")
    expected = [said for _ in range(THREADS) for said in work(one_by_one)]
    told = [said for part in at_once(*[lambda: work(shared)] * THREADS) for said in part]
    assert Counter(said.status for said in told) == {200: THREADS * each / 2, 429: THREADS * each / 2}
    assert sorted(told) == sorted(expected)
    assert [entry["ordinal"] for entry in shared.requests()["requests"]] == list(range(1, THREADS * each + 1))
    assert shared.state() == one_by_one.state()


def test_an_organisation_is_made_once_whoever_comes_first() -> None:
    shared = stage("first")
    for number in range(20):
        org = f"{number}@AdobeOrg"
        at_once(*[lambda org=org: shared.call(Call("GET", JOBS), org)] * THREADS)
        assert sorted(entry["ordinal"] for entry in shared.requests(org)["requests"]) == list(range(1, THREADS + 1))


def test_rules_that_are_added_at_once_have_ids_of_their_own() -> None:
    shared = stage("first")
    rule = Call("POST", "/_emulator/faults", {"operation": "createSegmentJob", "respond": 429})

    def work() -> list[Said]:
        return [shared.call(rule) for _ in range(20)]

    told = [said for part in at_once(*[work] * THREADS) for said in part]
    assert {said.status for said in told} == {200}
    assert len({said.json["id"] for said in told}) == len(told)
    assert len(shared.call(Call("GET", "/_emulator/faults")).json["faults"]) == len(told)


@pytest.mark.parametrize("change", ["clock", "faults"])
def test_what_is_done_to_everybody_leaves_out_nobody_who_is_just_being_made(change: str) -> None:
    shared = stage("first")
    emulator = shared.emulator

    def move() -> None:
        for _ in range(40):
            if change == "clock":
                emulator.clock.advance(seconds=1)
            else:
                emulator.faults.add(operation="createSegmentJob", respond=429)

    def arrive(first: int) -> None:
        for number in range(first, 100, THREADS):
            emulator.world(f"{number}@AdobeOrg")

    at_once(move, *(lambda first=first: arrive(first) for first in range(THREADS)))
    worlds = emulator.worlds()
    assert len(worlds) == 101
    assert {world.clock.now() for world in worlds} == {worlds[0].clock.now()}
    assert all(world.faults.rules == worlds[0].faults.rules for world in worlds)
