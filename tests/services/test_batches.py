from __future__ import annotations

from typing import Any

from emulator import Emulator
from tests.services.conftest import CATALOG, TARGET, Client

BATCHES = f"{CATALOG}/batches"


def make(client: Client, **members: Any) -> str:
    answer = client.post(BATCHES, json={"status": "loading", **members})
    assert answer.status_code == 201, answer.text
    prefix, _, batch_id = str(answer.json[0]).rpartition("/")
    assert prefix == "@/batches"
    assert answer.headers["Location"] == f"http://localhost{BATCHES}/{batch_id}"
    return batch_id


def test_a_batch_is_made_shown_changed_and_taken_away(client: Client) -> None:
    batch_id = make(client, relatedObjects=[{"type": "dataSet", "id": TARGET}])
    (wire,) = client.get(f"{BATCHES}/{batch_id}").json.values()
    assert (wire["status"], wire["imsOrg"], wire["version"]) == ("loading", "TEST@AdobeOrg", "1.0.0")
    changed = client.patch(f"{BATCHES}/{batch_id}", json={"status": "success", "recordCount": 7})
    assert (changed.status_code, changed.json) == (200, [f"@/batches/{batch_id}"])
    patch = [{"op": "add", "path": "/tags", "value": {"a": ["b"]}}]
    assert client.patch(f"{BATCHES}/{batch_id}", json=patch).status_code == 200
    (wire,) = client.get(f"{BATCHES}/{batch_id}").json.values()
    assert (wire["status"], wire["recordCount"], wire["tags"], wire["version"]) == ("success", 7, {"a": ["b"]}, "1.0.2")
    assert client.put(f"{BATCHES}/{batch_id}", json={"status": "failed"}).json == [f"@/batches/{batch_id}"]
    (wire,) = client.get(f"{BATCHES}/{batch_id}").json.values()
    assert "recordCount" not in wire
    assert client.delete(f"{BATCHES}/{batch_id}").json == [f"@/batches/{batch_id}"]
    missing = client.get(f"{BATCHES}/{batch_id}")
    assert (missing.status_code, missing.json["detail"]) == (404, "Batch not found.")


def test_a_batch_may_bring_its_id(client: Client) -> None:
    answer = client.post(f"{BATCHES}/mine", json={"status": "queued"})
    assert (answer.status_code, answer.json) == (201, ["@/batches/mine"])
    assert client.post(f"{BATCHES}/mine", json={"status": "queued"}).status_code == 400


def test_stale_changes_are_refused(client: Client) -> None:
    batch_id = make(client)
    path = f"{BATCHES}/{batch_id}"
    etag = client.get(path).headers["ETag"]
    assert client.patch(path, json={"status": "staged"}, headers={"If-Match": etag}).status_code == 200
    assert client.patch(path, json={"status": "loaded"}, headers={"If-Match": etag}).status_code == 412
    assert client.get(path).json[batch_id]["status"] == "staged"


def test_the_list_filters_by_what_batches_are_about(client: Client, emulator: Emulator) -> None:
    first = make(client, relatedObjects=[{"type": "dataSet", "id": "d1"}], externalId="x-1")
    emulator.clock.advance(seconds=10)
    second = make(client, relatedObjects=[{"type": "dataSet", "id": "d2"}, {"type": "batch", "id": first}])
    (wire,) = client.get(f"{BATCHES}/{first}").json.values()

    def found(**query: Any) -> list[str]:
        return list(client.get(f"{BATCHES}/", query_string=query).json)

    assert found() == [second, first]
    assert found(dataSet="d1") == [first]
    assert found(dataSet="d1,d2") == [second, first]
    assert found(batch=first) == [second, first]
    assert found(externalId="x-1") == [first]
    assert found(status="loading", limit=1) == [second]
    assert found(status="success") == []
    assert found(createdAfter=wire["created"]) == [second]
    assert found(createdBefore=wire["created"] + 1) == [first]
    assert found(orderBy="asc:created") == [first, second]
    assert client.get(BATCHES, query_string={"createdAfter": "monday"}).status_code == 400


def test_filters_by_start_and_end(client: Client) -> None:
    early = make(client, started=100, completed=200)
    late = make(client, started=300, completed=400)

    def found(**query: Any) -> list[str]:
        return list(client.get(BATCHES, query_string=query).json)

    assert found(startAfter=100) == [late]
    assert found(startBefore=300) == [early]
    assert found(endAfter=200) == [late]
    assert found(endBefore=400) == [early]
    assert found(started=100) == [early]


def test_the_values_of_a_property(client: Client) -> None:
    make(client, relatedObjects=[{"type": "dataSet", "id": "d2"}], recordCount=5)
    make(client, relatedObjects=[{"type": "dataSet", "id": "d1"}])
    client.patch(f"{BATCHES}/{make(client)}", json={"status": "success"})
    assert client.get(f"{BATCHES}/uniques/status").json == ["loading", "success"]
    assert client.get(f"{BATCHES}/uniques/status?status=success").json == ["success"]
    assert client.get(f"{BATCHES}/uniques/dataSet").json == ["d1", "d2"]
    assert client.get(f"{BATCHES}/uniques/recordCount").json == ["5"]
    assert client.get(f"{BATCHES}/uniques/nothing").json == []


def test_the_newest_batches_of_each_dataset(client: Client) -> None:
    first = make(client, status="success", relatedObjects=[{"type": "dataSet", "id": TARGET}])
    second = make(client, status="failed", relatedObjects=[{"type": "dataSet", "id": TARGET}])
    make(client, relatedObjects=[{"type": "dataSet", "id": "other"}])
    shown = client.get(f"{CATALOG}/lastBatches", query_string={"dataSetId": TARGET}).json
    assert set(shown) == {TARGET}
    assert shown[TARGET]["lastBatchId"] == shown[TARGET]["lastFailedBatchId"] == second
    assert shown[TARGET]["lastSuccessfulBatchId"] == first
    assert set(client.get(f"{CATALOG}/lastBatches").json) == {TARGET, "other"}
    assert set(client.get(f"{CATALOG}/lastBatches?lastBatchStatus=loading").json) == {"other"}
