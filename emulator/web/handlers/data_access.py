"""Data Access Service over HTTP: the files of batches, and the first rows of a dataset."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from emulator.resources import batches, dataset_content, datasets, files
from emulator.resources.files import StoredFile
from emulator.resources.refusals import Refusal, invalid
from emulator.web.byte_ranges import Unsatisfiable, wanted_range
from emulator.web.exchange import Call, Reply
from emulator.web.problems import reply_to

#: How many entries a list shows, and at most.
PAGE = 100

#: The one file that a failed batch leaves: why it failed, an error a line.
ERRORS_FILE = "errors.json"

#: The directories of a batch's metadata (Adobe's OpenAPI document); batches written here have nothing in them.
_META_DIRECTORIES = ("row_errors", "input_files")

_BASE = "/data/foundation/export"


def list_batch_files(call: Call) -> Reply:
    """Answer the files of a batch: ``start`` and ``limit``."""
    batch = batches.find(call.space, call.id)
    return _page(call, [_file_to_wire(call, file) for file in files.of_batch(call.space, batch.id)])


def _file_to_wire(call: Call, file: StoredFile) -> dict[str, Any]:
    return {
        "dataSetFileId": file.id,
        "dataSetViewId": file.view_id,
        "version": "1.0.0",
        "created": str(file.created),
        "updated": str(file.created),
        "records": str(file.records),
        "size": str(len(file.content)),
        "isValid": True,
        "_links": {"self": {"href": f"{call.origin}{_BASE}/files/{file.id}"}},
    }


def retrieve_file(call: Call) -> Reply:
    """Answer what a file id stands for or, with ``path``, the bytes: all, or the ``Range`` that is asked for."""
    file = files.find(call.space, call.id)
    asked = call.headers.get("Range") or call.query.text("range")
    if call.query.text("path") is None:
        return _page(call, [_entry(call, f"files/{file.id}", file.name, len(file.content))])
    return _content(call, _at_path(call, file), file.media_type, asked)


def retrieve_file_headers(call: Call) -> Reply:
    """Answer the headers that the bytes of a file come with."""
    file = files.find(call.space, call.id)
    if call.query.text("path") is None:
        raise invalid("The query parameter `path` is required: the name of the file.")
    return _content(call, _at_path(call, file), file.media_type, None)


def _at_path(call: Call, file: StoredFile) -> bytes:
    path = call.query.text("path")
    if path != file.name:
        raise Refusal(404, f"The file {file.id} has no part {path!r}; it has {file.name!r}.")
    return file.content


def list_failed(call: Call) -> Reply:
    """Answer what a failed batch left: one file with its errors, and with ``path`` its content."""
    batch = batches.find(call.space, call.id)
    errors = batch.document.get("errors", [])
    content = "".join(f"{json.dumps(error)}\n" for error in errors).encode()
    path = call.query.text("path")
    if path is None:
        listed = [_entry(call, f"batches/{batch.id}/failed", ERRORS_FILE, len(content))] if errors else []
        return _page(call, listed)
    if path != ERRORS_FILE or not errors:
        raise Refusal(404, f"The batch {batch.id} has no failed file {path!r}.")
    return _content(call, content, "application/x-ndjson", call.headers.get("Range"))


def retrieve_meta(call: Call) -> Reply:
    """Answer the metadata of a batch: nothing, since no batch is parsed from input files here."""
    batch = batches.find(call.space, call.id)
    path = call.query.text("path")
    if path is not None and path.strip("/") not in _META_DIRECTORIES:
        raise Refusal(404, f"The batch {batch.id} has no metadata {path!r}.")
    return _page(call, [])


def preview_dataset(call: Call) -> Reply:
    """Answer the first 100 rows of what a dataset holds now."""
    dataset = datasets.find(call.space, call.id)
    return Reply(200, {"data": dataset_content.preview(call.space, dataset.id)})


def _entry(call: Call, where: str, name: str, length: int) -> dict[str, Any]:
    href = f"{call.origin}{_BASE}/{where}?path={quote(name)}"
    return {"name": name, "length": str(length), "_links": {"self": {"href": href}}}


def _page(call: Call, entries: list[dict[str, Any]]) -> Reply:
    start = call.query.number("start", 0)
    limit = call.query.number("limit", PAGE, least=1, most=PAGE)
    shown = entries[start : start + limit]
    body: dict[str, Any] = {"data": shown, "_page": {"limit": limit, "count": len(shown)}}
    if start + limit < len(entries):
        base = call.origin + call.path.format(**call.arguments)
        body["_links"] = {
            "next": {"href": f"{base}?start={start + limit}&limit={limit}"},
            "page": {"href": f"{base}?start={{start}}&limit={{limit}}", "templated": True},
        }
    return Reply(200, body)


def _content(call: Call, content: bytes, media_type: str, asked: str | None) -> Reply:
    headers = {"Accept-Ranges": "bytes"}
    try:
        span = wanted_range(asked, len(content))
    except Unsatisfiable:
        refusal = Refusal(416, f"The range {asked!r} lies outside the content of {len(content)} bytes.")
        reply = reply_to(refusal, call.path, call.request_id)
        reply.headers["Content-Range"] = f"bytes */{len(content)}"
        return reply
    if span is None:
        return Reply(200, headers=headers, content=content, content_type=media_type)
    first, end = span
    headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(content)}"
    return Reply(206, headers=headers, content=content[first:end], content_type=media_type)
