"""The control plane: every route answers as our document says, also when what it is asked is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.web.openapi.document import document
from tests.contract.stage import PERSON, SEGMENT, ContractClient, Stage, everything
from tests.contract.test_refusals import NOT_JSON, OTHERS, variations

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
    ],
    ("POST", "/_emulator/reset"): [lambda ids: {}],
    ("POST", "/_emulator/fixtures"): [lambda ids: {"sandbox": "prod", "profiles": [RECORD]}],
    ("POST", "/_emulator/faults"): [lambda ids: RULE],
    ("POST", "/_emulator/pql"): [lambda ids: EVALUATED],
    ("POST", "/_emulator/explain"): [
        lambda ids: {"segmentId": SEGMENT, "identity": {"namespace": "Email", "id": PERSON}},
        lambda ids: EVALUATED,
    ],
    ("POST", "/_emulator/cron"): [
        lambda ids: {"schedule": "0 15 10 * * ?", "from": "2026-01-15T00:00:00Z", "count": 2}
    ],
    ("DELETE", "/_emulator/requests"): [],
    ("DELETE", "/_emulator/faults"): [],
    ("DELETE", "/_emulator/faults/{id}"): [],
}
READINGS = [
    path for path, item in document()["paths"].items() if path.startswith("/_emulator/") and "get" in item
]
WITH_BODY = [(method, path, sent) for (method, path), calls in CALLS.items() for sent in calls]


def test_every_call_that_changes_something_is_here() -> None:
    told = {
        (method.upper(), path)
        for path, item in document()["paths"].items()
        for method in item
        if path.startswith("/_emulator/") and method not in ("get", "parameters")
    }
    assert set(CALLS) == told


@pytest.mark.parametrize("path", READINGS)
def test_reading_changes_nothing(client: ContractClient, stage: Stage, path: str) -> None:
    client.json("POST", "/_emulator/faults", json={"operation": "getMany", "respond": 503, "id": "x", "nth": 99})
    before = everything(client)
    id = stage.ids["query"] if "queries" in path else "x"
    client.json("GET", path.replace("{id}", id))
    assert everything(client) == before


@pytest.mark.parametrize("name", ["operation", "method", "path", "status", "sandbox", "since"])
def test_the_journal_is_filtered(client: ContractClient, name: str) -> None:
    client.json("GET", "/data/core/ups/segment/jobs")
    value = {"status": "200", "since": "2026-01-01T00:00:00Z", "operation": "listSegmentJobs"}.get(name, "nothing")
    found = len(client.json("GET", "/_emulator/requests", query_string={name: value})["requests"])
    assert client.json("GET", "/_emulator/requests/count", query_string={name: value}) == {"count": found}
    assert found == (0 if value == "nothing" else 1)


@pytest.mark.parametrize(("method", "path", "sent"), WITH_BODY)
def test_calls_succeed(
    client: ContractClient, stage: Stage, method: str, path: str, sent: Callable[[Ids], Any]
) -> None:
    client.json(method, path, json=sent(dict(stage.ids)))


@pytest.mark.parametrize("path", [path for method, path in CALLS if method == "DELETE"])
def test_deletions_succeed(client: ContractClient, path: str) -> None:
    client.json("POST", "/_emulator/faults", json={**RULE, "id": "gone"})
    client.json("DELETE", path.replace("{id}", "gone"))


@pytest.mark.parametrize("path", [path for path in document()["paths"] if path.startswith("/_emulator/") and "{" in path])
def test_what_is_not_there_is_404(client: ContractClient, path: str) -> None:
    for method in document()["paths"][path].keys() - {"parameters"}:
        assert client.request(method.upper(), path.replace("{id}", "nothing")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "sent"), [each for each in WITH_BODY if each[1] != "/_emulator/reset"]
)
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
