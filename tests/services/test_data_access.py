from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from emulator import Emulator
from emulator.formats import row_files
from tests.for_each import for_each
from tests.services.conftest import Client

ACCESS = "/data/foundation/export"
DATASETS = "/data/foundation/catalog/dataSets"
TARGET = "5b020a27e7040801dedba61b"
UNION = {"id": "https://ns.adobe.com/xdm/context/profile__union", "contentType": "application/vnd.adobe.xed+json"}


def body(answer: Any) -> Any:
    assert answer.json is not None, answer.text
    return answer.json


def export(client: Client, emulator: Emulator, dataset_id: str = TARGET, **members: Any) -> str:
    """Export everybody, and answer the id of the batch."""
    request = {"destination": {"datasetId": dataset_id}, "schema": {"name": "_xdm.context.profile"}, **members}
    job = body(client.post("/data/core/ups/export/jobs", json=request))
    emulator.clock.advance(seconds=10)
    return str(job["destination"]["batchId"])


def json_dataset(client: Client) -> str:
    sent = {"name": "Lines", "schemaRef": UNION, "fileDescription": {"format": "json"}}
    return str(body(client.post(DATASETS, json=sent))[0]).rpartition("/")[2]


def files_of(client: Client, batch_id: str) -> list[dict[str, Any]]:
    answer = body(client.get(f"{ACCESS}/batches/{batch_id}/files"))
    assert answer["_page"] == {"limit": 100, "count": len(answer["data"])}
    listed: list[dict[str, Any]] = answer["data"]
    return listed


def download(client: Client, batch_id: str) -> Any:
    """Follow the links of a batch's only file to its bytes."""
    (row,) = files_of(client, batch_id)
    (entry,) = body(client.get(row["_links"]["self"]["href"]))["data"]
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
    href = body(answer)["data"][0]["_links"]["self"]["href"]
    assert href == f"https://platform.adobe.io{ACCESS}/files/{batch_id}-1"


def test_json_datasets_hold_a_profile_a_line(client: Client, emulator: Emulator) -> None:
    import pyarrow.parquet

    lines = download(client, export(client, emulator, json_dataset(client)))
    assert lines.headers["Content-Type"] == "application/x-ndjson"
    rows = [json.loads(line) for line in lines.data.splitlines()]
    parquet = download(client, export(client, emulator))
    read = pyarrow.parquet.read_table(BytesIO(parquet.data), use_threads=False).to_pylist(maps_as_pydicts="strict")
    assert [row["identityMap"] for row in read] == [row["identityMap"] for row in rows]
    assert [row["segmentMembership"] for row in read] == [row["segmentMembership"] for row in rows]


def test_pandas_reads_what_is_exported(client: Client, emulator: Emulator) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(BytesIO(download(client, export(client, emulator)).data))
    assert {"identityMap", "identities", "segmentMembership"} <= set(frame.columns)


def test_a_dataset_without_a_file_description_holds_parquet(client: Client, emulator: Emulator) -> None:
    sent = {"name": "Plain", "schemaRef": UNION}
    dataset_id = str(body(client.post(DATASETS, json=sent))[0]).rpartition("/")[2]
    assert download(client, export(client, emulator, dataset_id)).data[:4] == b"PAR1"


@for_each(
    "asked, span",
    [("bytes=0-99", (0, 100)), ("bytes=100-", (100, None)), ("bytes=-7", (-7, None)), ("bytes=5-5", (5, 6))],
)
@for_each("where", ["header", "query"])
def test_a_range_of_a_file(
    client: Client, emulator: Emulator, asked: str, span: tuple[int, int | None], where: str
) -> None:
    batch_id = export(client, emulator)
    whole = download(client, batch_id).data
    href = body(client.get(f"{ACCESS}/files/{batch_id}-1"))["data"][0]["_links"]["self"]["href"]
    if where == "header":
        answer = client.get(href, headers={"Range": asked})
    else:
        answer = client.get(f"{href}&range={asked}")
    assert answer.status_code == 206
    assert answer.data == whole[slice(*span)]
    first = whole.find(answer.data) if span[0] < 0 else span[0]
    last = first + len(answer.data) - 1
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    assert answer.headers["Content-Length"] == str(len(answer.data))


def test_a_range_outside_the_file_is_refused(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    size = len(download(client, batch_id).data)
    href = body(client.get(f"{ACCESS}/files/{batch_id}-1"))["data"][0]["_links"]["self"]["href"]
    answer = client.get(href, headers={"Range": f"bytes={size}-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert (body(answer)["status"], body(answer)["title"]) == (416, "RangeNotSatisfiableError")


def test_head_answers_what_the_bytes_come_with(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    (entry,) = body(client.get(f"{ACCESS}/files/{batch_id}-1"))["data"]
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
    href: str | None = f"{ACCESS}/batches/{batch_id}/files?limit=2"
    followed = []
    while href:
        page = body(client.get(href))
        assert page["_page"]["count"] == len(page["data"]) <= page["_page"]["limit"] == 2
        followed.extend(page["data"])
        href = page.get("_links", {}).get("next", {}).get("href")
    assert followed == everything
    assert sum(int(each["records"]) for each in everything) > 100
    names = [body(client.get(each["_links"]["self"]["href"]))["data"][0]["name"] for each in everything]
    assert names == sorted(names)
    assert body(client.get(f"{ACCESS}/batches/{batch_id}/files?limit=5000"))["_page"]["limit"] == 100
    assert body(client.get(f"{ACCESS}/batches/{batch_id}/files?start=1&limit=1"))["data"] == everything[1:2]


@pytest.mark.parametrize(
    "path",
    [
        "batches/nowhere/files",
        "batches/nowhere/failed",
        "batches/nowhere/meta",
        "files/nowhere",
        "datasets/nowhere/preview",
    ],
)
def test_what_is_not_there(client: Client, path: str) -> None:
    answer = client.get(f"{ACCESS}/{path}")
    assert (answer.status_code, body(answer)["title"]) == (404, "NotFoundError")


def test_a_file_has_no_other_parts(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    assert client.get(f"{ACCESS}/files/{batch_id}-1?path=other.parquet").status_code == 404


def test_a_batch_that_is_not_ready_has_no_files(client: Client) -> None:
    request = {"destination": {"datasetId": TARGET}, "schema": {"name": "_xdm.context.profile"}}
    job = body(client.post("/data/core/ups/export/jobs", json=request))
    assert files_of(client, job["destination"]["batchId"]) == []


def test_a_failed_batch_tells_why(client: Client, emulator: Emulator) -> None:
    sent = {"name": "Wrong", "schemaRef": {"id": "https://ns.adobe.com/xdm/context/profile"}}
    dataset_id = str(body(client.post(DATASETS, json=sent))[0]).rpartition("/")[2]
    batch_id = export(client, emulator, dataset_id)
    (entry,) = body(client.get(f"{ACCESS}/batches/{batch_id}/failed"))["data"]
    lines = client.get(entry["_links"]["self"]["href"]).data.splitlines()
    assert entry["name"] == "errors.json"
    assert json.loads(lines[0])["code"] == "0090000009"
    assert client.get(f"{ACCESS}/batches/{batch_id}/failed?path=other").status_code == 404
    assert files_of(client, batch_id) == []
    good = export(client, emulator)
    assert body(client.get(f"{ACCESS}/batches/{good}/failed"))["data"] == []


def test_batches_written_here_have_empty_metadata(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    for path in ("", "?path=row_errors", "?path=input_files"):
        assert body(client.get(f"{ACCESS}/batches/{batch_id}/meta{path}"))["data"] == []
    assert client.get(f"{ACCESS}/batches/{batch_id}/meta?path=nothing").status_code == 404


def test_the_preview_of_a_dataset(client: Client, emulator: Emulator) -> None:
    assert body(client.get(f"{ACCESS}/datasets/{TARGET}/preview")) == {"data": []}
    export(client, emulator)
    rows = body(client.get(f"{ACCESS}/datasets/{TARGET}/preview"))["data"]
    assert len(rows) == 100
    assert rows[0]["identityMap"]


def test_replaced_files_stay_readable_by_batch(client: Client, emulator: Emulator) -> None:
    first = export(client, emulator)
    export(client, emulator)
    assert download(client, first).status_code == 200


def test_files_belong_to_their_sandbox(client: Client, emulator: Emulator) -> None:
    batch_id = export(client, emulator)
    dev = {"x-sandbox-name": "dev"}
    assert client.get(f"{ACCESS}/files/{batch_id}-1", headers=dev).status_code == 404
    assert client.get(f"{ACCESS}/batches/{batch_id}/files", headers=dev).status_code == 404
