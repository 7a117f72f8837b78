"""Previews and estimates over HTTP."""

from __future__ import annotations

from typing import Any

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import UPS, Client, create_definition

ORIGIN = "http://localhost/data/core/ups"


def make(client: Client, expression: str = 'homeAddress.country = "US"', **members: Any) -> Any:
    body = {"predicateExpression": expression, "predicateModel": "_xdm.context.profile", **members}
    answer = client.post(f"{UPS}/preview", json=body)
    assert answer.status_code == 201, answer.json
    return answer.json


def estimated(
    client: Client, emulator: Emulator, expression: str = 'homeAddress.country = "US"', **members: Any
) -> int:
    preview = make(client, expression, **members)
    emulator.clock.advance(seconds=2)
    return int(client.get(f"{UPS}/estimate/{preview['previewId']}").json["estimatedSize"])


def test_a_preview_is_created_new(client: Client) -> None:
    answer = client.post(
        f"{UPS}/preview",
        json={
            "predicateExpression": "xEvent.metrics.commerce.abandons.value > 0",
            "predicateType": "pql/text",
            "predicateModel": "_xdm.context.profile",
            "graphType": "pdg",
        },
    )
    assert answer.status_code == 201
    assert answer.json["state"] == answer.json["previewQueryStatus"] == "NEW"
    assert answer.json["previewExecutionId"] == 0
    assert set(answer.json) == {"state", "previewQueryId", "previewQueryStatus", "previewId", "previewExecutionId"}
    assert answer.headers["X-Location"] == f"{ORIGIN}/preview/{answer.json['previewId']}"


def test_an_estimate_agrees_with_the_job_that_follows(client: Client, emulator: Emulator) -> None:
    segment_id = create_definition(client, 'homeAddress.country = "US"')
    job = client.post(f"{UPS}/segment/jobs", json=[{"segmentId": segment_id}]).json
    preview = make(client)
    emulator.clock.advance(seconds=5)
    metrics = client.get(f"{UPS}/segment/jobs/{job['id']}").json["metrics"]
    estimate = client.get(f"{UPS}/estimate/{preview['previewId']}").json
    assert estimate["estimatedSize"] == metrics["segmentedProfileCounter"][segment_id] > 0
    assert estimate["totalRows"] == metrics["totalProfiles"]
    by_code = metrics["segmentedProfileByNamespaceCounter"][segment_id]
    by_id = {each["namespaceId"]: each["profilesMatchedSoFar"] for each in estimate["estimatedNamespaceDistribution"]}
    assert by_id["6"] == by_code["Email"]
    assert sorted(by_id.values()) == sorted(by_code.values())


def test_the_estimate_links_to_its_preview_at_the_origin_called(client: Client) -> None:
    preview = make(client)
    link = client.get(f"{UPS}/estimate/{preview['previewId']}", base_url="http://emulator.test:8080").json["_links"]
    start, _, query = link["preview"].partition("?")
    assert start.startswith("http://emulator.test:8080/data/core/ups/preview/app-")
    assert start.endswith("/execution/0")
    assert query == f"previewQueryId={preview['previewQueryId']}"


def test_a_result_names_a_profile_that_can_be_looked_up(client: Client, emulator: Emulator) -> None:
    id = make(client)["previewId"]
    emulator.clock.advance(seconds=2)
    result = client.get(f"{UPS}/preview/{id}").json["results"][0]
    assert result["_href"] == f"{ORIGIN}/models/profile/{result['objectId']}"
    looked_up = client.get(f"{UPS}/access/entities?schema.name=_xdm.context.profile&entityId={result['objectId']}")
    profile = looked_up.json[result["objectId"]]
    assert profile["entity"]["homeAddress"]["country"] == "US"
    related = [each["objectId"] for each in result["relatedObjects"]]
    assert {result["objectId"], *related} == set(profile["identityGraph"])


def test_bad_pql_is_refused_with_its_place(client: Client) -> None:
    answer = client.post(
        f"{UPS}/preview", json={"predicateExpression": "homeAddress.country =", "predicateType": "pql/text"}
    )
    assert answer.status_code == 400
    assert "line 1, column" in answer.json["title"]


def test_pql_may_come_as_json(client: Client, emulator: Emulator) -> None:
    text = {"type": "PQL", "format": "pql/text", "value": 'homeAddress.country = "US"'}
    sent = {"name": "x", "schema": {"name": "_xdm.context.profile"}, "expression": text}
    converted = client.post(f"{UPS}/segment/conversion", json=sent).json["expression"]
    assert converted["format"] == "pql/json"
    assert estimated(client, emulator, converted["value"], predicateType="pql/json") == estimated(client, emulator) > 0


@for_each(
    "members, wanted",
    [
        ({"predicateType": "sql"}, "pql/text, pql/json"),
        ({"predicateType": 7}, "predicateType"),
        ({"predicateModel": "_xdm.context.account"}, "_xdm.context.profile"),
        ({"graphType": "all"}, "none, pdg"),
        ({"predicateExpression": None}, "predicateExpression"),
        ({"predicateExpression": 5}, "predicateExpression"),
    ],
)
def test_a_wrong_member_is_refused_and_named(client: Client, members: dict[str, Any], wanted: str) -> None:
    body = {"predicateExpression": 'homeAddress.country = "US"', **members}
    answer = client.post(f"{UPS}/preview", json=body)
    assert answer.status_code == 400
    texts = [each["message"] for each in answer.json["errors"]["400"]]
    assert wanted in " ".join(texts)


def test_graph_none_counts_fragments_of_one_person_apart(client: Client, emulator: Emulator) -> None:
    stitched = estimated(client, emulator, "true")
    assert estimated(client, emulator, "true", graphType="none") > stitched
    assert estimated(client, emulator, "true", graphType="pdg") == stitched
