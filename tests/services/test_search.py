"""Segment search over HTTP."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from typing import Any

import pytest

from tests.for_each import for_each
from tests.services.conftest import UPS, Client

SEARCH = f"{UPS}/search"
SCHEMA = "schema.name=_xdm.context.segmentdefinition"
AAM = "4edc8488-2c35-4f6d-b4c6-9075c68d2df4"


@pytest.fixture
def stocked(client: Client) -> Client:
    for number in range(7):
        body = {
            "audienceId": str(1000 + number),
            "name": f"Car {number}",
            "description": "red" if number % 2 else "blue",
            "namespace": "AAMTraits",
            "type": "ExternalSegment",
            "linkedAudienceRef": {"audienceFolderId": "fast-cars"} if number < 3 else {},
        }
        assert client.post(f"{UPS}/audiences", json=body).status_code == 201
    return client


def entities(client: Client, query: str, namespace: str = "AAMTraits") -> dict[str, Any]:
    answer = client.get(f"{SEARCH}/entities?{SCHEMA}&namespace={namespace}&{query}")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def test_namespaces_are_counted(stocked: Client) -> None:
    answer = stocked.get(f"{SEARCH}/namespaces?{SCHEMA}", headers={"x-ups-search-version": "1.0"}).json
    counts = {each["namespace"]: each["count"] for each in answer["namespaces"]}
    listed = Counter(each["namespace"] for each in stocked.get(f"{UPS}/audiences").json["children"])
    assert counts == {**listed, "AAMTraits": 7 + 1}, "the audiences, and the folder of some"
    assert all(each["displayName"] == each["namespace"] for each in answer["namespaces"])
    assert (answer["totalCount"], answer["status"]) == (len(listed), {"message": "Success"})


@for_each("query", ["", "car", "name:car AND description:red", "fast*", "parentFolderId:fast-cars", "zzz"])
def test_the_counts_are_what_the_namespaces_hold(stocked: Client, query: str) -> None:
    parameters = {"schema.name": "_xdm.context.segmentdefinition", "s": query}
    answer = stocked.get(f"{SEARCH}/namespaces", query_string=parameters).json
    counts = {each["namespace"]: each["count"] for each in answer["namespaces"]}
    for namespace in ("AAM", "AAMTraits", "AEPSegments", "Email", "ECID"):
        found = stocked.get(f"{SEARCH}/entities", query_string=parameters | {"namespace": namespace}).json
        assert found["page"]["totalCount"] == len(found["entities"]) == counts.get(namespace, 0)


def test_entities_have_adobes_members(stocked: Client) -> None:
    folder, car, *_ = entities(stocked, "")["entities"]
    assert folder == {
        "id": "fast-cars",
        "base64EncodedSourceId": "ZmFzdC1jYXJz",
        "sourceId": "fast-cars",
        "isFolder": True,
        "parentFolderId": "root",
        "name": "fast-cars",
    }
    assert (car["id"], car["name"], car["description"], car["parentFolderId"]) == ("1000", "Car 0", "blue", "fast-cars")
    assert b64decode(car["base64EncodedSourceId"]).decode() == car["sourceId"]
    assert stocked.get(f"{UPS}/audiences/{car['sourceId']}").json["audienceId"] == "1000"


@for_each("query", ["", "limit=50&page=0", "page=1", "page=2", "limit=4&page=2", "s=zzz", "s=zzz&page=5"])
def test_the_page_never_comes_to_the_number_of_pages(stocked: Client, query: str) -> None:
    page = entities(stocked, query)["page"]
    assert 0 <= page["pageOffset"] < page["totalPages"]


def test_a_page_holds_50_at_most(client: Client) -> None:
    for number in range(60):
        client.post(f"{UPS}/audiences", json={"audienceId": str(number), "name": "n", "namespace": "Many"})
    for query in ("", "limit=50", "limit=1000"):
        answer = entities(client, query, "Many")
        assert answer["page"] == {"totalCount": 60, "totalPages": 2, "pageOffset": 0, "pageSize": 50}


def test_the_schema_has_two_names(stocked: Client) -> None:
    query = "schemaClass=_xdm.context.segmentdefinition&namespace=AAMTraits&s=car&limit=50&page=0"
    answer = stocked.get(f"{SEARCH}/entities?{query}")
    assert answer.json == entities(stocked, "s=car")


def test_a_folder_narrows_the_search(stocked: Client) -> None:
    answer = entities(stocked, "entityId=fast-cars&s=blue")
    assert [each["name"] for each in answer["entities"]] == ["Car 0", "Car 2"]
    missed = entities(stocked, "entityId=slow-cars")
    assert (missed["entities"], missed["status"]) == ([], {"message": "Cannot find entityId slow-cars."})


def test_taxonomy_is_the_way_from_the_root(stocked: Client) -> None:
    answer = stocked.get(f"{SEARCH}/taxonomy?{SCHEMA}&namespace=AAMTraits&entityId=1000").json
    assert [(each["id"], each["parentFolderId"]) for each in answer["taxonomy"]] == [
        ("fast-cars", "root"),
        ("1000", "fast-cars"),
    ]
    assert set(answer["taxonomy"][0]) == {"id", "base64EncodedSourceId", "name", "parentFolderId"}
    assert answer["status"] == {"message": "Success"}
    missed = stocked.get(f"{SEARCH}/taxonomy?{SCHEMA}&namespace=AAMTraits&entityId=1000000")
    assert missed.status_code == 200
    assert missed.json == {"taxonomy": [], "status": {"message": "Cannot find entityId 1000000."}}


def test_a_renamed_audience_is_found_by_its_new_name(client: Client) -> None:
    operations = [{"op": "replace", "path": "/name", "value": "Zebra watchers"}]
    client.patch(f"{UPS}/audiences/{AAM}", json=operations)
    assert [each["id"] for each in entities(client, "s=zebra", "AAM")["entities"]] == [AAM]
    assert entities(client, "s=almanac%20NOT%20partner", "AAM")["entities"] == []


@for_each(
    "path, named",
    [
        ("namespaces", "`schema.name` is required"),
        ("namespaces?schema.name=_xdm.context.profile", "`schema.name` is _xdm.context.segmentdefinition"),
        ("entities?schemaClass=x&namespace=AAM", "`schemaClass` is _xdm.context.segmentdefinition"),
        (f"entities?{SCHEMA}", "`namespace` is required"),
        (f"entities?{SCHEMA}&namespace=AAM&limit=0", "`limit`"),
        (f"entities?{SCHEMA}&namespace=AAM&page=-1", "`page`"),
        (f"entities?{SCHEMA}&namespace=AAM&s=blue~", "a fuzzy term (~) is not supported"),
        (f"entities?{SCHEMA}&namespace=AAM&s=%22a%20b%22~5", "a proximity search (~) is not supported"),
        (f"namespaces?{SCHEMA}&s=/[mh]otel/", "a regular expression (/.../) is not supported"),
        (f"taxonomy?{SCHEMA}&namespace=AAM", "`entityId` is required"),
        (f"taxonomy?{SCHEMA}&entityId=x", "`namespace` is required"),
    ],
)
def test_what_is_missing_or_not_supported_is_named(client: Client, path: str, named: str) -> None:
    answer = client.get(f"{SEARCH}/{path}")
    assert answer.status_code == 400
    assert named in answer.json["title"]


def test_another_version_is_refused(client: Client) -> None:
    answer = client.get(f"{SEARCH}/namespaces?{SCHEMA}", headers={"x-ups-search-version": "2.0"})
    assert answer.status_code == 400
    assert "x-ups-search-version is 1.0" in answer.json["title"]
