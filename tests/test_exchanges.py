"""The journal from Python: filtered, counted, waited for; and over the control plane with the same words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest

from emulator import Emulator
from emulator.exchanges import Requests
from tests.for_each import for_each
from tests.services.conftest import JOBS, Client


@pytest.fixture
def client(emulator: Emulator) -> Client:
    """A client that has asked for five things already, over an hour."""
    client = Client(emulator)
    client.get(JOBS)
    client.get(f"{JOBS}/x")
    client.get(f"{JOBS}/y", headers={"x-sandbox-name": "dev"})
    emulator.clock.advance(hours=1)
    client.post(JOBS, json=[])
    client.get(JOBS, headers={"x-gw-ims-org-id": "OTHER@AdobeOrg"})
    return client


CASES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3, 4]),
    ({"operation": "listSegmentJobs"}, [0, 4]),
    ({"operation": "retrieveSegmentJob", "sandbox": "prod"}, [1]),
    ({"method": "post"}, [3]),
    ({"path": f"{JOBS}/*"}, [1, 2]),
    ({"path": JOBS}, [0, 3, 4]),
    ({"status": 404}, [1, 2]),
    ({"org": "OTHER@AdobeOrg"}, [4]),
    ({"since": "2026-01-15T10:00:00Z"}, [3, 4]),
    ({"status": 500}, []),
]


@for_each("wanted, expected", CASES)
def test_requests_are_filtered_and_counted(
    emulator: Emulator, client: Client, wanted: dict[str, Any], expected: list[int]
) -> None:
    requests = emulator.requests
    assert requests.matching(**wanted) == [requests[each] for each in expected]
    assert requests.count(**wanted) == len(expected)


@for_each("wanted, expected", CASES)
def test_the_control_plane_filters_alike(
    emulator: Emulator, client: Client, wanted: dict[str, Any], expected: list[int]
) -> None:
    requests = emulator.requests
    plane = Client(emulator, {"x-nothing": "."})
    answer = plane.get("/_emulator/requests", query_string=wanted)
    assert answer.json["requests"] == [requests[each].to_wire() for each in expected]
    assert plane.get("/_emulator/requests/count", query_string=wanted).json == {"count": len(expected)}


def test_the_control_plane_tells_near_misses_when_asked(client: Client) -> None:
    shown = client.get("/_emulator/requests", query_string={"near_misses": "true"}).json["requests"]
    assert [each["near_miss"] for each in shown[:2]] == [
        None,
        "no segment job `x` in sandbox `prod`, which has none",
    ]
    assert all("near_miss" not in each for each in client.get("/_emulator/requests").json["requests"])


@pytest.mark.parametrize("query", [{"status": "many"}, {"since": "yesterday"}])
def test_the_control_plane_refuses_a_filter_that_is_none(client: Client, query: dict[str, str]) -> None:
    answer = client.get("/_emulator/requests", query_string=query)
    assert answer.status_code == 400
    assert f"`{next(iter(query))}`" in answer.json["error"]["message"]


def test_filters_add_up(emulator: Emulator, client: Client) -> None:
    found = emulator.requests.matching(path=f"{JOBS}*").matching(status=200).matching(method="GET")
    assert [each.operation for each in found] == ["listSegmentJobs", "listSegmentJobs"]


def test_since_takes_every_form_of_an_instant(emulator: Emulator, client: Client) -> None:
    forms = ("2026-01-15T11:00:00+01:00", datetime(2026, 1, 15, 10, tzinfo=UTC), 1_768_471_200_000)
    assert [emulator.requests.count(since=each) for each in forms] == [2, 2, 2]


def test_a_word_that_is_none_is_refused(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match="operatoin"):
        emulator.requests.matching(operatoin="x")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="RFC 3339"):
        emulator.requests.matching(since="yesterday")


def test_it_is_as_good_as_a_list(emulator: Emulator, client: Client) -> None:
    requests = emulator.requests
    as_list = list(requests)
    assert len(requests) == 5
    assert requests == as_list == requests
    assert as_list == requests
    assert requests == emulator.requests
    assert requests != as_list[1:]
    assert requests[-1] is as_list[-1]
    assert requests[1:3] == as_list[1:3]
    assert as_list[2] in requests
    assert list(reversed(requests)) == as_list[::-1]
    assert not emulator.requests.matching(status=500)
    assert "5 requests" in repr(requests)


def test_what_was_answered_does_not_grow(emulator: Emulator, client: Client) -> None:
    before = emulator.requests
    client.get(JOBS)
    assert (len(before), len(emulator.requests)) == (5, 6)


def test_requests_of_all_organisations_stand_in_their_order(emulator: Emulator) -> None:
    client = Client(emulator)
    orgs = ["B", "A", None, "B", "C", "A"]
    for org in orgs:
        client.get(JOBS, headers={"x-gw-ims-org-id": org})
    assert [each.org for each in emulator.requests] == orgs
    assert [each.ordinal for each in emulator.org("A").requests] == [1, 2]


# -- waiting


@pytest.fixture
def asking(emulator: Emulator) -> Iterator[list[Thread]]:
    """Threads that a test has started, joined at its end."""
    threads: list[Thread] = []
    yield threads
    for thread in threads:
        thread.join()


def test_what_is_here_is_not_waited_for(emulator: Emulator, client: Client) -> None:
    assert emulator.requests.wait_for(operation="retrieveSegmentJob", nth=2, timeout=0).sandbox == "dev"


def test_a_request_of_another_thread_is_waited_for(emulator: Emulator, client: Client, asking: list[Thread]) -> None:
    asking.append(Thread(target=lambda: [client.get(JOBS) for _ in range(20)]))
    asking[0].start()
    waited = emulator.requests.wait_for(operation="listSegmentJobs", org="TEST@AdobeOrg", nth=21, timeout=30)
    assert waited.ordinal == 24


def test_an_organisation_that_is_not_there_yet_is_waited_for(emulator: Emulator, asking: list[Thread]) -> None:
    asking.append(Thread(target=lambda: Client(emulator).get(JOBS, headers={"x-gw-ims-org-id": "LATE"})))
    asking[0].start()
    assert emulator.requests.matching(org="LATE").wait_for(timeout=30).operation == "listSegmentJobs"


def test_a_reset_does_not_lose_who_waits(emulator: Emulator, client: Client, asking: list[Thread]) -> None:
    def later() -> None:
        emulator.reset()
        client.get(f"{JOBS}/after")

    asking.append(Thread(target=later))
    asking[0].start()
    assert emulator.org("TEST@AdobeOrg").requests.wait_for(path="*/after", timeout=30).ordinal == 1


def test_waiting_in_vain_says_what_came_instead(emulator: Emulator, client: Client) -> None:
    with pytest.raises(TimeoutError) as raised:
        emulator.requests.matching(sandbox="prod").wait_for(operation="createSchedule", timeout=0)
    assert str(raised.value) == (
        "waited 0 s for 1 requests with sandbox='prod' and operation='createSchedule': 0 came; the journal has "
        f"GET {JOBS} (200), GET {JOBS}/x (404), GET {JOBS}/y (404), POST {JOBS} (400), GET {JOBS} (200)"
    )


def test_an_empty_journal_is_told_as_such() -> None:
    with pytest.raises(TimeoutError, match="the journal has none"):
        Requests(list).wait_for(timeout=0)
