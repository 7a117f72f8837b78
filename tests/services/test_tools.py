"""The control plane's tools: PQL, why (not) in a segment, cron."""

from __future__ import annotations

from typing import Any

from tests.for_each import for_each
from tests.services.conftest import SEGMENT, Client


def test_pql_is_evaluated(client: Client) -> None:
    body = {
        "expression": 'homeAddress.country = "SE" and xEvent.exists(timestamp occurs <= 2 days before now)',
        "profile": {"homeAddress": {"country": "SE"}},
        "events": [{"timestamp": "2026-03-01T00:00:00Z"}],
        "now": "2026-03-02T00:00:00Z",
    }
    assert client.post("/_emulator/pql", json=body).json == {"value": True, "matches": True}
    assert client.post("/_emulator/pql", json={**body, "now": "2026-04-02T00:00:00Z"}).json["matches"] is False
    assert client.post("/_emulator/pql", json={**body, "expression": "xEvent.count()"}).json == {
        "value": 1,
        "matches": True,
    }


def test_without_now_it_is_the_clocks(client: Client) -> None:
    assert client.post("/_emulator/pql", json={"expression": "now"}).json["value"] == "2026-01-15T09:00:00Z"


def test_a_fault_is_told_with_its_place(client: Client) -> None:
    answer = client.post("/_emulator/pql", json={"expression": "a = 1 and\nb.startWith(2)"})
    assert answer.status_code == 400
    error = answer.json["error"]
    assert (error["line"], error["column"]) == (2, 3)
    assert "startsWith" in error["message"]


@for_each(
    "path, body, words",
    [
        ("pql", {}, "`expression`"),
        ("pql", {"expression": "a", "format": "sql"}, "`format`"),
        ("pql", {"expression": "a", "profile": []}, "`profile`"),
        ("pql", {"expression": "a", "events": {}}, "`events`"),
        ("pql", {"expression": "a", "now": "soon"}, "`now`"),
        ("explain", {"expression": "a", "identity": "x"}, "`identity`"),
        ("cron", {}, "`schedule`"),
        ("cron", {"schedule": "0 0 1 * * ?", "count": -1}, "`count`"),
        ("cron", {"schedule": "0 0 1 * * ?", "from": "soon"}, "`from`"),
        ("cron", {"schedule": "0 0 1 * * ?", "form": "x"}, "did you mean `from`?"),
        ("pql", {"expression": "a", "event": []}, "did you mean `events`?"),
        ("explain", {"segmentId": SEGMENT}, "one of `profile` and `identity`"),
        ("explain", {"segmentId": SEGMENT, "expression": "a", "profile": {}}, "one of `segmentId` and `expression`"),
    ],
)
def test_bad_questions_are_refused(client: Client, path: str, body: Any, words: str) -> None:
    answer = client.post(f"/_emulator/{path}", json=body)
    assert answer.status_code == 400
    assert words in answer.json["error"]["message"]


def test_why_a_profile_is_in_a_segment(client: Client) -> None:
    job = client.post("/data/core/ups/segment/jobs", json=[{"segmentId": SEGMENT}]).json
    client.post("/_emulator/clock", json={"advance": 10})
    assert client.get(f"/data/core/ups/segment/jobs/{job['id']}").json["status"] == "SUCCEEDED"
    query = "schema.name=_xdm.context.profile&entityIdNS=CRMID&entityId=CRM-10001"
    (profile,) = client.get(f"/data/core/ups/access/entities?{query}").json.values()
    identity = {"namespace": "crmid", "id": "CRM-10001"}
    answer = client.post("/_emulator/explain", json={"segmentId": SEGMENT, "identity": identity}).json
    member = SEGMENT in profile["entity"].get("segmentMembership", {}).get("ups", {})
    assert answer["matches"] is member
    assert answer["tree"]
    assert {"namespace": "CRMID", "id": "CRM-10001"} in answer["identities"]


def test_why_for_a_profile_of_ones_own(client: Client) -> None:
    body = {"segmentId": SEGMENT, "profile": {"workAddress": {"country": "US"}}}
    assert client.post("/_emulator/explain", json=body).json["matches"] is True
    assert client.post("/_emulator/explain", json={**body, "profile": {}}).json["matches"] is False


def test_nobody_and_nothing_are_404(client: Client) -> None:
    nobody = {"segmentId": SEGMENT, "identity": {"namespace": "Email", "id": "nobody"}}
    assert client.post("/_emulator/explain", json=nobody).status_code == 404
    assert client.post("/_emulator/explain", json={"segmentId": "nothing", "profile": {}}).status_code == 404


def test_cron(client: Client) -> None:
    body = {"schedule": "0 0 1 ? * 1", "from": "2026-11-22T00:00:00Z", "count": 2}
    answer = client.post("/_emulator/cron", json=body).json
    assert (answer["valid"], answer["accepted"], answer["reason"]) == (True, True, None)
    assert answer["next"] == ["2026-11-22T01:00:00Z", "2026-11-29T01:00:00Z"]
    dense = client.post("/_emulator/cron", json={"schedule": "0 0 * * * ?"}).json
    assert (dense["valid"], dense["accepted"]) == (True, False)
    never = client.post("/_emulator/cron", json={"schedule": "0 0 1 30 2 ?"}).json
    assert (never["valid"], never["next"], bool(never["reason"])) == (True, [], True)
    broken = client.post("/_emulator/cron", json={"schedule": "0 0 1 * * MON"}).json
    assert (broken["valid"], broken["accepted"], broken["next"]) == (False, False, [])
