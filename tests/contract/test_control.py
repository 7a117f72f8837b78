"""The control plane: every route answers as our document says, also when what it is asked is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.web.openapi.document import document
from tests.contract.documents import OURS, faults
from tests.contract.stage import PERSON, SEGMENT, ContractClient, Stage, everything
from tests.contract.test_refusals import NOT_JSON, OTHERS, variations
from tests.for_each import for_each

Ids = dict[str, str]

RULE = {"id": "slow", "operation": "createSegmentJob", "nth": 2, "respond": {"status": 429, "headers": {"a": "b"}}}
RECORD = {"identityMap": {"Email": [{"id": "new@example.com", "primary": True}]}, "record": {"person": {"name": {}}}}
EVALUATED = {
    "expression": 'homeAddress.city = "Portland"',
    "format": "pql/text",
    "profile": {"homeAddress": {"city": "Portland"}},
    "events": [{"timestamp": "2026-01-01T00:00:00Z"}],
    "now": "2026-01-15T00:00:00Z",
}

#: Calls that change something or have a body: by method and path, with what is sent.
CALLS: dict[tuple[str, str], list[Callable[[Ids], Any]]] = {
    ("POST", "/_emulator/clock"): [
        lambda ids: {"advance": "PT1M"},
        lambda ids: {"advance": 1.5},
        lambda ids: {"jump_to": "2026-01-16T00:00:00Z"},
        lambda ids: {"rate": 60},
        lambda ids: {"to_next_event": True},
        lambda ids: {"until": ids["new job"]},
    ],
    ("POST", "/_emulator/reset"): [lambda ids: {}],
    ("POST", "/_emulator/fixtures"): [lambda ids: {"sandbox": "prod", "profiles": [RECORD]}],
    ("POST", "/_emulator/faults"): [lambda ids: RULE],
    ("POST", "/_emulator/pql"): [lambda ids: EVALUATED],
    ("POST", "/_emulator/explain"): [
        lambda ids: {"segmentId": SEGMENT, "identity": {"namespace": "Email", "id": PERSON}},
        lambda ids: EVALUATED,
    ],
    ("POST", "/_emulator/convert"): [lambda ids: {"expression": 'city = "Portland"', "format": "pql/text"}],
    ("POST", "/_emulator/count"): [
        lambda ids: {"expression": 'homeAddress.city = "Portland"', "format": "pql/text", "mergePolicyId": "mpid1"},
    ],
    ("POST", "/_emulator/cron"): [
        lambda ids: {"schedule": "0 15 10 * * ?", "from": "2026-01-15T00:00:00Z", "count": 2}
    ],
    ("PUT", "/_emulator/snapshot"): [],  # what is put is what was read: a test of its own
    ("POST", "/_emulator/snapshots/{name}"): [],
    ("POST", "/_emulator/snapshots/{name}/restore"): [],
    ("DELETE", "/_emulator/snapshots/{name}"): [],
    ("DELETE", "/_emulator/requests"): [],
    ("DELETE", "/_emulator/faults"): [],
    ("DELETE", "/_emulator/faults/{id}"): [],
}
READINGS = [path for path, item in document()["paths"].items() if path.startswith("/_emulator/") and "get" in item]
WITH_BODY = [(method, path, sent) for (method, path), calls in CALLS.items() for sent in calls]


def test_every_call_that_changes_something_is_here() -> None:
    told = {
        (method.upper(), path)
        for path, item in document()["paths"].items()
        for method in item
        if path.startswith("/_emulator/") and method not in ("get", "parameters")
    }
    assert set(CALLS) == told


@for_each("path", READINGS)
def test_reading_changes_nothing(keeping: ContractClient, all_that_is_kept: list[Any], stage: Stage, path: str) -> None:
    keeping.json("GET", filled(path, stage))
    assert everything(keeping) == all_that_is_kept


@pytest.fixture
def keeping(client: ContractClient) -> ContractClient:
    """A client of an organisation with one of each thing that the control plane keeps."""
    client.json("POST", "/_emulator/faults", json={**RULE, "id": "kept"})
    client.json("POST", "/_emulator/snapshots/kept")
    return client


@pytest.fixture
def all_that_is_kept(keeping: ContractClient) -> list[Any]:
    return everything(keeping)


def filled(path: str, stage: Stage) -> str:
    """Answer a path with the names of what there is in place of its variables."""
    kinds = {"/queries/": "query", "/segments/{id}": "segment", "/files/": "file"}
    id = next((stage.ids[kind] for place, kind in kinds.items() if place in path), "kept")
    query = f"?namespace=Email&id={PERSON}" if path == "/_emulator/profile" else ""
    name = {"/_emulator/ui/{name}": "jobs", "/_emulator/static/{name}": "page.css"}.get(path, "kept")
    return path.replace("{id}", id).replace("{name}", name) + query


def test_a_state_is_read_changed_and_put_back(client: ContractClient) -> None:
    before = everything(client)
    state = client.json("GET", "/_emulator/snapshot")
    client.json("POST", "/_emulator/snapshots/before")
    client.json("POST", "/data/core/ups/segment/jobs", json=[{"segmentId": SEGMENT}])
    differences = client.json("GET", "/_emulator/snapshots/before/diff")
    assert [each["kind"] for each in differences["created"]] == ["segmentJob"]
    client.json("PUT", "/_emulator/snapshot", json=state)
    assert everything(client) == before
    assert client.request("PUT", "/_emulator/snapshot", json={"format": 2}).status_code == 400


@pytest.mark.parametrize(("method", "path", "sent"), WITH_BODY)
def test_calls_succeed(
    client: ContractClient, stage: Stage, method: str, path: str, sent: Callable[[Ids], Any]
) -> None:
    client.json(method, path, json=sent(dict(stage.ids)))


@pytest.mark.parametrize(
    ("method", "path"), [call for call, bodies in CALLS.items() if not bodies and call[0] != "PUT"]
)
def test_calls_without_a_body_succeed(keeping: ContractClient, stage: Stage, method: str, path: str) -> None:
    keeping.json(method, filled(path, stage))


@for_each("path", [path for path in document()["paths"] if path.startswith("/_emulator/")])
def test_what_is_not_there_is_404(client: ContractClient, path: str) -> None:
    for method in document()["paths"][path].keys() - {"parameters"}:
        if "{" in path and (method, path) != ("post", "/_emulator/snapshots/{name}"):
            url = path.replace("{id}", "nothing").replace("{name}", "nothing")
            assert client.request(method.upper(), url).status_code == 404


@for_each("path", [path for path in document()["paths"] if path.startswith("/_emulator/")])
def test_another_method_is_405(client: ContractClient, path: str) -> None:
    allowed = {method.upper() for method in document()["paths"][path] if method != "parameters"}
    allowed |= {"HEAD"} if "GET" in allowed else set()
    answer = client.request("PATCH", path.replace("{", "").replace("}", ""))
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, allowed)
    assert not faults(OURS, ("components", "schemas", "ControlError"), answer.json)


NUMBERS = [
    (path, parameter["name"], parameter["schema"].get("minimum", 0), parameter["schema"].get("maximum"))
    for path in READINGS
    for parameter in document()["paths"][path]["get"].get("parameters", ())
    if parameter.get("schema", {}).get("type") == "integer"
]


@for_each("path, name, least, most", NUMBERS)
def test_numbers_are_refused_in_the_same_words(
    keeping: ContractClient, stage: Stage, path: str, name: str, least: int, most: int | None
) -> None:
    url = filled(path, stage)
    bounds = f", {least} or more" if most is None else f" from {least} to {most}"
    wrong = ["x", "-1", "1.5", "\u0661", "9" * 19] + [str(least - 1)] * (least > 0) + ([str(most + 1)] if most else [])
    for text in wrong:
        answer = keeping.request("GET", url, query_string={name: text})
        assert answer.status_code == 400
        assert answer.json["error"]["message"] == f"`{name}` is a whole number{bounds}, not '{text[:40]}'"
    for text in ["", str(least), str(most or least)]:
        keeping.json("GET", url, query_string={name: text})


@for_each(
    "path, hint",
    [
        ("clok", "; did you mean /_emulator/clock?"),
        ("snapshots/x/restor", "; did you mean /_emulator/snapshots/{name}/restore?"),
        ("clock/now", "; did you mean /_emulator/clock?"),
        ("fault", "; did you mean /_emulator/faults?"),
        ("faults/a/b", "; did you mean /_emulator/faults/{id}?"),
        ("nothing", "."),
    ],
)
def test_a_path_that_is_none_is_told_the_nearest(client: ContractClient, path: str, hint: str) -> None:
    answer = client.request("GET", f"/_emulator/{path}")
    assert answer.status_code == 404
    assert answer.json["error"]["message"] == f"No operation at /_emulator/{path}{hint}"


@pytest.mark.parametrize(("method", "path", "sent"), [each for each in WITH_BODY if each[1] != "/_emulator/reset"])
def test_wrong_bodies_are_refused_with_a_reason(
    client: ContractClient, stage: Stage, method: str, path: str, sent: Callable[[Ids], Any]
) -> None:
    """Each body is tried in an organisation of its own; that a status is documented is the client's to check."""
    body = sent(dict(stage.ids))
    org = client.headers["x-gw-ims-org-id"]
    for number, varied in enumerate((*OTHERS, *variations(body))):
        client.within(org=f"{number} {org}").request(method, path, json=varied)
    for raw in NOT_JSON:
        answer = client.request(method, path, data=raw, content_type="application/json")
        assert (answer.status_code, answer.json["error"]["message"] != "") == (400, True)
    assert client.request(method, path, data="{}", content_type="text/plain").status_code == 415
