from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import CATALOG, DATASETS, EXPORT, EXPORTS, TARGET, Client, create_dataset

#: The request of Adobe's tutorial "Evaluate and access segment results".
SEGMENT_EXPORT = {
    "name": "Segment Export",
    "schemaRef": {
        "id": "https://ns.adobe.com/xdm/context/profile__union",
        "contentType": "application/vnd.adobe.xed+json;version=1",
    },
    "fileDescription": {"persisted": True, "containerFormat": "parquet", "format": "parquet"},
}


@pytest.fixture
def made(client: Client) -> str:
    return str(client.post(DATASETS, json=SEGMENT_EXPORT).json[0]).rpartition("/")[2]


def shown(client: Client, dataset_id: str) -> dict[str, Any]:
    (entry,) = client.get(f"{DATASETS}/{dataset_id}").json.items()
    assert entry[0] == dataset_id
    wire: dict[str, Any] = entry[1]
    return wire


def test_a_dataset_is_made(client: Client) -> None:
    answer = client.post(f"{DATASETS}?requestDataSource=true", json=SEGMENT_EXPORT)
    (reference,) = answer.json
    prefix, _, dataset_id = reference.rpartition("/")
    assert (answer.status_code, prefix, len(dataset_id)) == (201, "@/datasets", 24)
    assert answer.headers["Location"] == f"http://localhost{DATASETS}/{dataset_id}"
    wire = shown(client, dataset_id)
    assert {name: wire[name] for name in SEGMENT_EXPORT} == SEGMENT_EXPORT
    assert wire["version"] == "1.0.0"
    assert wire["imsOrg"] == "TEST@AdobeOrg"
    assert wire["files"] == f"@/dataSets/{dataset_id}/views/{wire['viewId']}/files"


def test_every_dataset_of_a_list_has_what_clients_index(client: Client) -> None:
    listed = client.get(DATASETS, query_string={"limit": 100}).json
    assert len(listed) == 7
    for wire in listed.values():
        assert wire["name"]
        assert isinstance(wire["classification"], dict)
        assert isinstance(wire["tags"]["adobe/pqs/table"], list)


def test_an_unknown_dataset(client: Client) -> None:
    answer = client.get(f"{DATASETS}/nowhere")
    assert answer.status_code == 404
    assert answer.json == {
        "type": "/placeholder/type/uri",
        "status": 404,
        "title": "NotFoundError",
        "detail": "DataSet not found.",
    }
    assert client.delete(f"{DATASETS}/nowhere").json == []


def test_a_partial_object_takes_the_place_of_members(client: Client, made: str) -> None:
    answer = client.patch(f"{DATASETS}/{made}", json={"description": "weekly", "tags": {"owner": ["me"]}})
    assert (answer.status_code, answer.json) == (200, [f"@/dataSets/{made}"])
    wire = shown(client, made)
    assert (wire["description"], wire["version"]) == ("weekly", "1.0.1")
    assert wire["tags"] == {"owner": ["me"], "adobe/pqs/table": ["segment_export_1"]}
    assert wire["schemaRef"] == SEGMENT_EXPORT["schemaRef"]


def test_the_second_version_merges_all_the_way_down(client: Client, made: str) -> None:
    client.patch(f"{DATASETS}/{made}", json={"tags": {"owner": ["me"], "team": ["us"]}})
    path = f"{CATALOG}/v2/dataSets/{made}"
    answer = client.patch(path, json={"tags": {"team": None, "unifiedProfile": ["enabled:true"]}})
    assert answer.json == [f"@/dataSets/{made}"]
    assert set(shown(client, made)["tags"]) == {"owner", "unifiedProfile", "adobe/pqs/table"}


@pytest.mark.parametrize("content_type", ["application/json-patch+json", "application/json"])
def test_a_json_patch(client: Client, made: str, content_type: str) -> None:
    patch = [
        {"op": "add", "path": "/tags/unifiedProfile", "value": ["enabled:true"]},
        {"op": "replace", "path": "/name", "value": "Weekly export"},
        {"op": "remove", "path": "/fileDescription/containerFormat"},
    ]
    answer = client.patch(f"{DATASETS}/{made}", json=patch, headers={"Content-Type": content_type})
    assert answer.status_code == 200
    wire = shown(client, made)
    assert wire["tags"]["unifiedProfile"] == ["enabled:true"]
    assert wire["name"] == "Weekly export"
    assert "containerFormat" not in wire["fileDescription"]


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "remove", "path": "/nothing"}],
        [{"op": "remove", "path": "/name"}],
        [{"op": "replace", "path": "/name", "value": 5}],
        [{"op": "add", "path": "/version", "value": "9"}],
        [{"op": "add", "path": "/description", "value": "x"}, {"op": "jump", "path": "/name"}],
    ],
)
def test_a_json_patch_that_does_not_fit_changes_nothing(client: Client, made: str, patch: list[Any]) -> None:
    before = shown(client, made)
    answer = client.patch(f"{DATASETS}/{made}", json=patch)
    assert answer.status_code == 400
    assert answer.json["title"] == "BadRequestError"
    assert shown(client, made) == before


def test_only_who_knows_the_state_may_change_it_when_asked(client: Client, made: str) -> None:
    path = f"{DATASETS}/{made}"
    etag = client.get(path).headers["ETag"]
    assert client.get(path).headers["ETag"] == etag
    assert client.patch(path, json={"name": "y"}, headers={"If-Match": '"stale"'}).status_code == 412
    assert client.put(path, json={"name": "y"}, headers={"If-None-Match": "*"}).status_code == 412
    assert client.delete(path, headers={"If-Match": '"stale"'}).status_code == 412
    changed = client.patch(path, json={"name": "y"}, headers={"If-Match": f'"other", {etag}'})
    assert changed.status_code == 200
    assert client.get(path).headers["ETag"] == changed.headers["ETag"] != etag
    refused = client.patch(path, json={"name": "z"}, headers={"If-Match": etag})
    assert refused.json["title"] == "PreconditionFailedError"
    assert shown(client, made)["name"] == "y"


def test_a_request_can_be_checked_only(client: Client, made: str) -> None:
    only = {"Pragma": "validate-only"}
    count = len(client.get(DATASETS).json)
    assert client.post(DATASETS, json=SEGMENT_EXPORT, headers=only).status_code == 200
    assert client.post(DATASETS, json={"name": 5}, headers=only).status_code == 400
    assert client.patch(f"{DATASETS}/{made}", json={"name": "y"}, headers=only).status_code == 200
    assert len(client.get(DATASETS).json) == count
    assert shown(client, made)["name"] == "Segment Export"


def test_the_files_of_a_view_are_what_the_dataset_holds_now(client: Client, emulator: Emulator) -> None:
    wire = shown(client, TARGET)
    path = f"{DATASETS}/{TARGET}/views/{wire['viewId']}/files"
    assert client.get(path).json == {}
    for _ in range(2):
        job = client.post(EXPORTS, json=EXPORT).json
        emulator.clock.advance(seconds=10)
    (file,) = client.get(path).json.values()
    assert file["batchId"] == job["destination"]["batchId"]
    assert (file["id"], file["dataSetViewId"]) == (f"{file['batchId']}-1", wire["viewId"])
    assert client.get(f"{DATASETS}/{TARGET}/views/other/files").status_code == 404
    wire = shown(client, TARGET)
    assert (wire["lastBatchId"], wire["lastBatchStatus"]) == (file["batchId"], "success")
    assert wire["lastSuccessfulBatch"] == file["batchId"]


@for_each("name", ["id", "created", "imsOrg", "viewId", "sandboxId", "version"])
def test_what_the_service_keeps_is_patched_in_no_form(client: Client, name: str) -> None:
    """As it is it may come along: clients send back what they were shown."""
    id = create_dataset(client)
    (batch,) = client.post(
        "/data/foundation/catalog/batches",
        json={"status": "loading", "relatedObjects": [{"type": "dataSet", "id": id}]},
    ).json
    paths = [f"dataSets/{id}", f"v2/dataSets/{id}", f"batches/{batch.rpartition('/')[2]}"]
    for path in paths if name != "viewId" else paths[:2]:
        url = f"/data/foundation/catalog/{path}"
        bodies: list[Any] = [{name: "another"}]
        if not path.startswith("v2"):
            bodies.append([{"op": "replace", "path": f"/{name}", "value": "another"}])
        for body in bodies:
            answer = client.patch(url, json=body)
            assert (answer.status_code, f"keeps /{name} itself" in answer.json["detail"]) == (400, True), (url, body)
        (shown,) = client.get(url.replace("/v2", "")).json.values()
        own = {"id": url.rpartition("/")[2], **shown}[name]
        assert client.patch(url, json={name: own}).status_code == 200
