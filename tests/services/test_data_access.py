from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from emulator import Emulator
from emulator.formats import row_files
from tests.services.conftest import DATASETS, EXPORT, EXPORTS, TARGET, UNION, Client, create_dataset

ACCESS = "/data/foundation/export"


def export(client: Client, emulator: Emulator, dataset_id: str = TARGET) -> str:
    """Export everybody, and answer the id of the batch."""
    job = client.post(EXPORTS, json={**EXPORT, "destination": {"datasetId": dataset_id}}).json
    emulator.clock.advance(seconds=10)
    return str(job["destination"]["batchId"])


def files_of(client: Client, batch_id: str) -> list[dict[str, Any]]:
    answer = client.get(f"{ACCESS}/batches/{batch_id}/files").json
    assert answer["_page"] == {"limit": 100, "count": len(answer["data"])}
    listed: list[dict[str, Any]] = answer["data"]
    return listed


def download(client: Client, batch_id: str) -> Any:
    """Follow the links of a batch's only file to its bytes."""
    (row,) = files_of(client, batch_id)
    (entry,) = client.get(row["_links"]["self"]["href"]).json["data"]
    return client.get(entry["_links"]["self"]["href"])


def test_links_lead_from_a_batch_to_the_bytes_of_a_parquet_file(client: Client, emulator: Emulator) -> None:
    import pyarrow.parquet

    batch_id = export(client, emulator)
    (row,) = files_of(client, batch_id)
    assert row["dataSetFileId"] == f"{batch_id}-1"
    assert row["isValid"] is True
    assert row["created"] == row["updated"] == "1768467606000"
    assert row["_links"]["self"]["href"] == f"http://localhost{ACCESS}/files/{batch_id}-1"
    answer = download(client, batch_id)
    assert answer.headers["Content-Type"] == "application/parquet"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert row["size"] == str(len(answer.data))
    table = pyarrow.parquet.read_table(BytesIO(answer.data), use_threads=False)
    assert row["records"] == str(table.num_rows)
    assert table.num_rows > 100


def test_links_name_the_host_that_was_called(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    answer = client.get(f"{ACCESS}/batches/{batch_id}/files", base_url="https://platform.adobe.io")
    href = answer.json["data"][0]["_links"]["self"]["href"]
    assert href == f"https://platform.adobe.io{ACCESS}/files/{batch_id}-1"


def test_a_dataset_without_a_file_description_holds_parquet(client: Client, emulator: Emulator) -> None:
    dataset_id = client.post(DATASETS, json={"name": "Plain", "schemaRef": UNION}).json[0].rpartition("/")[2]
    assert download(client, export(client, emulator, dataset_id)).data[:4] == b"PAR1"


def test_a_range_of_a_file(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    whole = download(client, batch_id).data
    size = len(whole)
    href = client.get(f"{ACCESS}/files/{batch_id}-1").json["data"][0]["_links"]["self"]["href"]
    for answer in (client.get(href, headers={"Range": "bytes=-7"}), client.get(f"{href}&range=bytes=-7")):
        assert (answer.status_code, answer.data) == (206, whole[-7:])
        assert answer.headers["Content-Range"] == f"bytes {size - 7}-{size - 1}/{size}"
        assert answer.headers["Content-Length"] == "7"
    answer = client.get(href, headers={"Range": f"bytes={size}-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert (answer.json["status"], answer.json["title"]) == (416, "RangeNotSatisfiableError")


def test_head_answers_what_the_bytes_come_with(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    (entry,) = client.get(f"{ACCESS}/files/{batch_id}-1").json["data"]
    answer = client.head(entry["_links"]["self"]["href"])
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == entry["length"]
    assert answer.headers["Content-Type"] == "application/parquet"
    assert answer.headers["Accept-Ranges"] == "bytes"
    partial = client.head(entry["_links"]["self"]["href"], headers={"Range": "bytes=0-9"})
    assert (partial.status_code, partial.headers["Content-Length"]) == (200, entry["length"])
    assert client.head(f"{ACCESS}/files/{batch_id}-1").status_code == 400
    assert client.head(f"{ACCESS}/files/nowhere?path=x").status_code == 404


def test_the_files_of_a_batch_come_in_pages(
    client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_files, "ROWS_PER_GROUP", 10)
    batch_id = export(client, emulator)
    everything = files_of(client, batch_id)
    assert len(everything) > 5
    assert sum(int(each["records"]) for each in everything) > 100
    names = [client.get(each["_links"]["self"]["href"]).json["data"][0]["name"] for each in everything]
    assert names == sorted(names)
    assert client.get(f"{ACCESS}/batches/{batch_id}/files?limit=5000").json["_page"]["limit"] == 100
    assert client.get(f"{ACCESS}/batches/{batch_id}/files?start=1&limit=1").json["data"] == everything[1:2]


def test_a_batch_that_is_not_ready_has_no_files(client: Client) -> None:
    job = client.post(EXPORTS, json=EXPORT).json
    assert files_of(client, job["destination"]["batchId"]) == []


def test_a_failed_batch_tells_why(client: Client, emulator: Emulator) -> None:
    dataset_id = create_dataset(client, {"id": "https://ns.adobe.com/xdm/context/profile"})
    batch_id = export(client, emulator, dataset_id)
    (entry,) = client.get(f"{ACCESS}/batches/{batch_id}/failed").json["data"]
    lines = client.get(entry["_links"]["self"]["href"]).data.splitlines()
    assert entry["name"] == "errors.json"
    assert json.loads(lines[0])["code"] == "0090000009"
    assert client.get(f"{ACCESS}/batches/{batch_id}/failed?path=other").status_code == 404
    assert files_of(client, batch_id) == []
    good = export(client, emulator)
    assert client.get(f"{ACCESS}/batches/{good}/failed").json["data"] == []


def test_batches_written_here_have_empty_metadata(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    for path in ("", "?path=row_errors", "?path=input_files"):
        assert client.get(f"{ACCESS}/batches/{batch_id}/meta{path}").json["data"] == []
    assert client.get(f"{ACCESS}/batches/{batch_id}/meta?path=nothing").status_code == 404
