"""The control plane takes no word for another, and its looks leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from emulator.web.openapi.document import document
from tests.for_each import for_each
from tests.services.conftest import SEGMENT, Client

PAGES = ("/_emulator/", "/_emulator/ui/{name}", "/_emulator/static/{name}")
PLANE: dict[tuple[str, str], dict[str, Any]] = {
    (path, method): operation
    for path, item in document()["paths"].items()
    for method, operation in item.items()
    if path.startswith("/_emulator/") and path not in PAGES and method != "parameters"
}
QUERY = {"expression": 'homeAddress.country = "SE"', "format": "pql/text"}
QUESTIONS: dict[str, dict[str, Any]] = {
    "pql": QUERY,
    "count": QUERY,
    "convert": QUERY,
    "cron": {"schedule": "0 0 1 * * ?"},
    "explain": {**QUERY, "identity": {"namespace": "CRMID", "id": "CRM-10001"}},
}


def known(operation: dict[str, Any]) -> set[str]:
    named = document()["components"]["parameters"]
    told = [
        named[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation.get("parameters", ())
    ]
    return {each["name"] for each in told if each["in"] == "query"} | {"org"}


@for_each("path, method", list(PLANE))
def test_a_parameter_that_is_none_is_refused_before_anything_is_done(
    emulator: Emulator, client: Client, path: str, method: str
) -> None:
    names = known(PLANE[path, method])
    assert "400" in PLANE[path, method]["responses"]
    for wrong in ("nothing", *(f"{name}x" for name in names)):
        answer = client.request(method.upper(), path.replace("{name}", "kept"), query_string={wrong: "x"}, json={})
        assert answer.status_code == 400
        told = answer.json["error"]["message"]
        assert told.startswith(f"no query parameter `{wrong}` here; ")
        if wrong != "nothing":
            assert f"did you mean `{wrong[:-1]}`?" in told
        else:
            assert set(told.partition("there are ")[2].split(", ")) == names
    assert emulator.known_orgs() == []


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("createSegmentJobs", "no operation `createSegmentJobs`; did you mean `createSegmentJob`?"),
        ("zzz", "no operation `zzz`; they go by Adobe's operationId, such as createSegmentJob"),
    ],
)
def test_an_operation_that_is_none_is_not_found_never_to_have_been_called(
    emulator: Emulator, client: Client, operation: str, told: str
) -> None:
    for path in ("/_emulator/requests", "/_emulator/requests/count"):
        answer = client.get(path, query_string={"operation": operation})
        assert (answer.status_code, answer.json["error"]["message"]) == (400, told)
    for ask in (emulator.requests.matching, emulator.requests.count, emulator.requests.wait_for):
        with pytest.raises(ValueError, match=f"^{told[:20]}"):
            ask(operation=operation)


@pytest.mark.parametrize(
    "path",
    [
        *("health", "clock", "agenda", "overview", "timeline", "requests", "requests/count", "faults", "faults/kept"),
        *("snapshot", "snapshots", "segments/runs", f"segments/{SEGMENT}/runs", "profiles"),
        *("profile?namespace=CRMID&id=CRM-10001", *QUESTIONS),
    ],
)
def test_a_look_at_an_organisation_that_has_not_called_sees_the_template_and_makes_none(
    emulator: Emulator, client: Client, path: str
) -> None:
    emulator.faults.add(id="kept", respond=503, after=10)
    emulator.clock.advance(hours=1)
    method, body = ("POST", QUESTIONS[path]) if path in QUESTIONS else ("GET", None)
    looked = client.request(method, f"/_emulator/{path}", json=body)
    assert looked.status_code == 200
    assert emulator.known_orgs() == []
    client.post("/_emulator/clock", json={"advance": 0})
    assert emulator.known_orgs() == ["TEST@AdobeOrg"]
    assert client.request(method, f"/_emulator/{path}", json=body).json == looked.json


def test_the_journal_of_an_organisation_that_a_restore_forgot_is_read(emulator: Emulator, client: Client) -> None:
    before = emulator.snapshot()
    client.get("/data/core/ups/segment/jobs")
    client.get("/data/core/ups/segment/jobs", headers={"x-gw-ims-org-id": "OTHER@AdobeOrg"})
    emulator.restore(before)
    assert client.get("/_emulator/requests/count").json == {"count": 1}
    assert emulator.known_orgs() == []


def test_python_says_what_would_be_right_too() -> None:
    with pytest.raises(ValueError, match="no setting `rat`; did you mean `rate`"):
        Emulator(rat=1)
    with pytest.raises(ValueError, match=r"query `nope`$"):
        Emulator().clock.run_until("nope")


@pytest.mark.parametrize(("length", "ms"), [(5, 5000), (0.25, 250), (0, 0), ("PT5S", 5000)])
def test_a_clock_takes_seconds_as_over_http(emulator: Emulator, length: Any, ms: int) -> None:
    before = emulator.clock.now
    emulator.clock.advance(length)
    assert (emulator.clock.now - before).total_seconds() * 1000 == ms


@for_each("length", [-1, float("inf"), float("nan"), 1e300, [5], {"seconds": 5}])
def test_a_clock_is_not_moved_by_what_is_no_length(emulator: Emulator, length: Any) -> None:
    before = emulator.clock.now
    with pytest.raises(ValueError, match=r"advance by|20 years"):
        emulator.clock.advance(length)
    assert emulator.clock.now == before
