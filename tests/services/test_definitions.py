"""Segment definitions over HTTP."""

from __future__ import annotations

from typing import Any

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import Client

DEFINITIONS = "/data/core/ups/segment/definitions"
BODY = {
    "name": "People in Chile",
    "description": "for the test",
    "expression": {"type": "PQL", "format": "pql/text", "value": 'homeAddress.country = "CL"'},
    "schema": {"name": "_xdm.context.profile"},
    "ttlInDays": 60,
}


def test_a_definition_is_made_with_its_defaults(client: Client) -> None:
    answer = client.post(DEFINITIONS, json=BODY)
    made = answer.json
    assert answer.status_code == 200
    assert answer.headers["X-Location"].endswith(f"{DEFINITIONS}/{made['id']}")
    assert made["expression"] == BODY["expression"]
    assert made["mergePolicyId"] == "e161dae9-52f0-4c7f-b264-dc43dd903d56"
    assert made["evaluationInfo"] == {
        mode: {"enabled": mode == "batch"} for mode in ("batch", "continuous", "synchronous")
    }
    assert made["dataGovernancePolicy"] == {"excludeOptOut": True}
    assert made["imsOrgId"] == "TEST@AdobeOrg"
    assert made["sandbox"]["sandboxName"] == "prod"
    assert (made["creationTime"], made["updateEpoch"], made["updateTime"]) == (1768467600000, 1768467600, 1768467600000)
    assert client.get(f"{DEFINITIONS}/{made['id']}").json == made


def test_unknown_members_travel_along(client: Client) -> None:
    made = client.post(DEFINITIONS, json={**BODY, "colour": {"of": "choice"}}).json
    assert client.get(f"{DEFINITIONS}/{made['id']}").json["colour"] == {"of": "choice"}


def test_patch_overwrites_the_whole(emulator: Emulator, client: Client) -> None:
    made = client.post(DEFINITIONS, json=BODY).json
    emulator.clock.advance(hours=1)
    changed = client.patch(f"{DEFINITIONS}/{made['id']}", json={**BODY, "name": "Chile", "id": "ignored"})
    assert changed.status_code == 200
    assert changed.headers["X-Location"].endswith(made["id"])
    assert (changed.json["id"], changed.json["name"]) == (made["id"], "Chile")
    assert changed.json["creationTime"] == made["creationTime"] < changed.json["updateTime"]


def test_delete_takes_it_away(client: Client) -> None:
    made = client.post(DEFINITIONS, json=BODY).json
    answer = client.delete(f"{DEFINITIONS}/{made['id']}")
    assert (answer.status_code, answer.json["status"]) == (200, True)
    assert client.get(f"{DEFINITIONS}/{made['id']}").status_code == 404
    assert client.delete(f"{DEFINITIONS}/{made['id']}").status_code == 404


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in BODY.items() if key != name}


@for_each(
    "body, words",
    [
        (without("name"), "No usable value for name"),
        ({**BODY, "name": 5}, "No usable value for name"),
        ({**BODY, "name": ""}, "No usable value for name"),
        (without("expression"), "No usable value for expression"),
        (without("schema"), "No usable value for schema"),
        ({**BODY, "schema": {"name": "_xdm.context.account"}}, "segments profiles only"),
        ({**BODY, "expression": {"format": "pql/text", "value": "a ="}}, "column"),
        ({**BODY, "expression": {"format": "pql/xml", "value": "a"}}, "pql/text, pql/json"),
        ({**BODY, "expression": {"format": "pql/json", "value": "{"}}, "does not compile"),
        ({**BODY, "expression": {"format": "pql/text"}}, "expression.value"),
        ({**BODY, "mergePolicyId": "none"}, "names no merge policy"),
        ({**BODY, "evaluationInfo": {"batch": True}}, "evaluationInfo.batch.enabled"),
        ([], "JSON object"),
    ],
)
def test_a_definition_that_is_wrong_is_refused(client: Client, body: Any, words: str) -> None:
    answer = client.post(DEFINITIONS, json=body)
    assert answer.status_code == 400
    assert words in str(answer.json)


def test_the_position_of_a_fault_is_told(client: Client) -> None:
    expression = {"type": "PQL", "format": "pql/text", "value": 'city = "Oslo" and\ncountry startWith "N"'}
    answer = client.post(DEFINITIONS, json={**BODY, "expression": expression})
    assert "(line 2, column 9)" in answer.json["title"]
    assert "^" in answer.json["errors"]["400"][1]["message"]


def test_listing(emulator: Emulator, client: Client) -> None:
    total = client.get(DEFINITIONS).json["page"]["totalCount"]
    for number in range(3):
        emulator.clock.advance(seconds=1)
        client.post(DEFINITIONS, json={**BODY, "name": f"Chile {number}"})
    listed = client.get(f"{DEFINITIONS}?limit=2").json
    assert [each["name"] for each in listed["segments"]] == ["Chile 2", "Chile 1"]
    assert listed["page"] == {
        "totalCount": total + 3,
        "totalPages": -(-(total + 3) // 2),
        "sortField": "creationTime",
        "sort": "desc",
        "pageSize": 2,
        "limit": 2,
    }
    assert listed["link"] == {}
    assert client.get(f"{DEFINITIONS}?limit=2&page=1").json["segments"][0]["name"] == "Chile 0"
    assert client.get(f"{DEFINITIONS}?limit=2&start=1").json["segments"][0]["name"] == "Chile 1"
    streaming = client.get(f"{DEFINITIONS}?evaluationInfo.continuous.enabled=true").json["segments"]
    assert streaming
    assert all(each["evaluationInfo"]["continuous"]["enabled"] for each in streaming)
    names = [each["name"] for each in client.get(f"{DEFINITIONS}?sort=name:asc").json["segments"]]
    assert names == sorted(names)


def test_conversion_goes_both_ways(client: Client) -> None:
    there = client.post("/data/core/ups/segment/conversion", json=BODY).json
    assert there["expression"]["format"] == "pql/json"
    assert there["description"] == "for the test"
    back = client.post("/data/core/ups/segment/conversion", json={**BODY, "expression": there["expression"]}).json
    assert back["expression"] == BODY["expression"]
    assert client.get(DEFINITIONS).json["page"]["totalCount"] == 21
