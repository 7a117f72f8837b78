"""Audiences over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import SEGMENT, UPS, Client

AUDIENCES = f"{UPS}/audiences"
DEFINITIONS = f"{UPS}/segment/definitions"
AAM = "4edc8488-2c35-4f6d-b4c6-9075c68d2df4"
DATASET = "5c8f31a7d20b4e0013aa7e04"

PLATFORM = {
    "name": "People who ordered in the last 30 days",
    "profileInstanceId": "ups",
    "description": "Last 30 days",
    "type": "SegmentDefinition",
    "expression": {"type": "PQL", "format": "pql/text", "value": 'workAddress.country = "US"'},
    "schema": {"name": "_xdm.context.profile"},
    "labels": ["core/C1"],
    "ttlInDays": 60,
}
EXTERNAL = {
    "audienceId": "test-external-audience-id",
    "name": "externalAudience",
    "namespace": "aam",
    "description": "Last 30 days",
    "type": "ExternalSegment",
    "originName": "CUSTOM_UPLOAD",
    "lifecycleState": "published",
    "datasetId": DATASET,
    "labels": ["core/C1"],
    "linkedAudienceRef": {"flowId": "4685ea90-d2b6-11ec-9d64-0242ac120002"},
}


def made(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(AUDIENCES, json=body)
    assert answer.status_code == 201, answer.json
    audience: dict[str, Any] = answer.json
    return audience


@pytest.mark.parametrize("body", [PLATFORM, EXTERNAL], ids=["platform", "external"])
def test_adobes_samples_are_made_and_read_back(client: Client, body: dict[str, Any]) -> None:
    audience = made(client, body)
    assert body.items() <= audience.items()
    assert audience["lifecycleState"] == "published"
    assert audience["createdBy"] == "key@techacct.adobe.com"
    assert audience["imsOrgId"] == "TEST@AdobeOrg"
    assert audience["sandbox"]["sandboxName"] == "prod"
    assert audience["isSystem"] is False
    assert audience["dependents"] == audience["dependencies"] == []
    assert client.get(f"{AUDIENCES}/{audience['id']}").json == audience


def test_a_definition_and_its_audience_are_one(client: Client) -> None:
    audience = made(client, PLATFORM)
    path = f"{DEFINITIONS}/{audience['id']}"
    definition = client.get(path).json
    assert {name: definition[name] for name in ("name", "expression", "ttlInDays")} == {
        name: audience[name] for name in ("name", "expression", "ttlInDays")
    }
    assert client.patch(path, json=definition | {"name": "Renamed"}).status_code == 200
    renamed = client.get(f"{AUDIENCES}/{audience['id']}").json
    assert (renamed["name"], renamed["labels"]) == ("Renamed", ["core/C1"])
    operations = [{"op": "replace", "path": "/name", "value": "Renamed again"}]
    assert client.patch(f"{AUDIENCES}/{audience['id']}", json=operations).status_code == 201
    assert client.get(path).json["name"] == "Renamed again"
    assert client.delete(path).status_code == 200
    assert client.get(f"{AUDIENCES}/{audience['id']}").status_code == 404


def test_a_deactivated_audience_is_evaluated_no_more(client: Client, emulator: Emulator) -> None:
    audience = made(client, PLATFORM)
    operations = [{"op": "replace", "path": "/lifecycleState", "value": "inactive"}]
    client.patch(f"{AUDIENCES}/{audience['id']}", json=operations)
    job = client.post(f"{UPS}/segment/jobs", json=[{"segmentId": "*"}]).json
    segments = {each["segmentId"] for each in job["segments"]}
    assert SEGMENT in segments
    assert audience["id"] not in segments


# -- errors


def test_what_goes_wrong_has_adobes_envelope(client: Client) -> None:
    answer = client.post(AUDIENCES, json={name: PLATFORM[name] for name in PLATFORM if name != "name"})
    text = "There is a problem extracting the user JSON, field(s) missing or invalid.  Correct and try again."
    wanted = "Did not find value which can be converted into java.lang.String"
    assert answer.status_code == 400
    assert answer.json["errors"] == {
        "400": [
            {"code": "400", "message": text},
            {"code": "400", "message": f"No usable value for name\n{wanted}"},
            {"code": "400", "message": wanted},
        ]
    }
    assert answer.json["type"] == "https://ns.adobe.com/aep/errors/UPLIB-101206-500"


@for_each(
    "method, path, body, status, code",
    [
        ("GET", "/none", None, 404, "UPAPI-113430-404"),
        ("DELETE", "/none", None, 404, "UPAPI-113430-404"),
        ("PATCH", "/none", [], 404, "UPAPI-113430-404"),
        ("PUT", "/none", PLATFORM, 404, "UPAPI-113430-404"),
        ("POST", "", {**PLATFORM, "lifecycleState": "deleted"}, 400, "UPAPI-113434-400"),
        ("POST", "", {**EXTERNAL, "datasetId": "62bf31a105e9891b63525c92"}, 400, "UPLIB-101554-503"),
        ("PUT", f"/{SEGMENT}", EXTERNAL, 400, "UPAPI-113434-400"),
        ("PUT", f"/{AAM}", {"name": "New", "namespace": "aam"}, 400, "UPAPI-113434-400"),
        ("PATCH", f"/{SEGMENT}", {"op": "add", "path": "/name", "value": "x"}, 400, "EMULATOR-400001-400"),
        ("DELETE", f"/{AAM}", None, 400, "UPAPI-113631-403"),
        ("POST", "/bulk-get", {"ids": []}, 400, "UPAPI-113015-400"),
        ("POST", "/bulk-get", {"ids": [{"id": "a"}, {"id": "b"}]}, 404, "UPAPI-113000-404"),
        ("POST", "", [], 400, "UPLIB-101206-500"),
    ],
)
def test_refusals_have_their_codes(
    client: Client, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = client.request(method, AUDIENCES + path, json=body)
    assert answer.status_code == status
    assert answer.json["status"] == status
    assert answer.json["type"] == f"https://ns.adobe.com/aep/errors/{code}"
    assert answer.json["title"] == answer.json["errors"][str(status)][0]["message"]


# -- lists


def test_everything_is_listed_without_parameters(client: Client) -> None:
    answer = client.get(AUDIENCES).json
    definitions = client.get(f"{DEFINITIONS}?limit=1000").json["segments"]
    listed = {each["id"] for each in answer["children"]}
    assert {each["id"] for each in definitions} < listed
    assert AAM in listed
    assert answer["_page"] == {"totalCount": len(listed), "pageSize": len(listed)}
    assert answer["_links"] == {"next": {}}
    created = [each["creationTime"] for each in answer["children"]]
    assert created == sorted(created, reverse=True)


def test_pages_are_counted_and_linked_as_in_adobes_sample(client: Client) -> None:
    total = client.get(AUDIENCES).json["_page"]["totalCount"]
    first = client.get(f"{AUDIENCES}?limit=2").json
    assert first["_page"] == {"totalCount": total, "pageSize": 2, "next": 1}
    assert first["_links"] == {"next": {"href": f"@/audiences?start=1&limit=2&totalCount={total}"}}


def test_a_link_to_the_next_page_keeps_the_filters(client: Client) -> None:
    query = "property=type==SegmentDefinition&name=e&sort=name:asc&limit=2"
    href = client.get(f"{AUDIENCES}?{query}").json["_links"]["next"]["href"]
    second = client.get(f"{UPS}{href.removeprefix('@')}").json
    assert second == client.get(f"{AUDIENCES}?{query}&start=1").json
    assert all(each["type"] == "SegmentDefinition" for each in second["children"])


def test_filters_and_order(client: Client) -> None:
    audience = made(client, EXTERNAL)

    def ids(query: str) -> list[str]:
        return [each["id"] for each in client.get(f"{AUDIENCES}?{query}").json["children"]]

    assert ids("property=audienceId==test-external-audience-id") == [audience["id"]]
    assert ids("property=audienceId==test") == []
    assert ids("property=type==ExternalSegment&property=namespace==AAM") == [AAM]
    assert ids("name=EXTERNALaud") == [audience["id"]]
    assert ids("name=externalAudience&description=LAST%2030") == [audience["id"]]
    assert ids("name=externalAudience&description=first") == []
    assert audience["id"] in ids("entityType=_xdm.context.profile&limit=60")
    assert ids("entityType=_xdm.context.account") == []
    names = [each["name"] for each in client.get(f"{AUDIENCES}?sort=name:desc").json["children"]]
    assert names == sorted(names, reverse=True)
    assert client.get(f"{AUDIENCES}?property=name").status_code == 400


def test_an_inactive_audience_is_found_by_its_origins_id(client: Client) -> None:
    audience = made(client, EXTERNAL | {"lifecycleState": "inactive"})
    listed = client.get(f"{AUDIENCES}?property=audienceId==test-external-audience-id").json["children"]
    assert [each["id"] for each in listed] == [audience["id"]]


# -- many at once


def test_bulk_get_shows_members_of_its_own(client: Client) -> None:
    results = client.post(f"{AUDIENCES}/bulk-get", json=[SEGMENT, AAM]).json["results"]
    assert results[SEGMENT]["state"] == "enabled"
    assert results[AAM]["saveSegmentMembership"] is True


def test_adobes_sample_of_metrics_has_trailing_commas(client: Client) -> None:
    audience = made(client, EXTERNAL)
    operations = [{"op": "add", "path": "/metrics/data", "value": {"totalProfiles": 11037}}]
    resources = [{"audienceId": id, "namespace": "aam", "operations": operations} for id in (audience["id"], "none")]
    body = json.dumps({"jobId": "12345", "jobType": "AO", "resources": resources}).replace("}}]", "}},]")
    answer = client.post(f"{AUDIENCES}/bulk-patch-metric", data=body, content_type="application/json")
    text = "The audience entity none is not found. Use a valid entity and try again."
    assert answer.status_code == 207
    assert answer.json["resources"] == [
        {"audienceId": audience["id"], "namespace": "aam", "status": 200},
        {
            "audienceId": "none",
            "namespace": "aam",
            "status": 404,
            "errors": {"404": [{"code": "404", "message": text}]},
        },
    ]
    metrics = client.get(f"{AUDIENCES}/{audience['id']}").json["metrics"]
    assert (metrics["jobId"], metrics["data"]) == ("12345", {"totalProfiles": 11037})
