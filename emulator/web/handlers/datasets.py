"""Datasets over HTTP: /dataSets of Catalog Service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.resources import batches, dataset_content, datasets
from emulator.resources.catalog import deep_merge
from emulator.resources.datasets import Dataset
from emulator.resources.files import StoredFile
from emulator.resources.refusals import Refusal
from emulator.web import catalog_lists
from emulator.web.catalog_writes import changes, patched, validates_only
from emulator.web.exchange import Call, Reply
from emulator.web.preconditions import check_unchanged, etag_of, is_known


def list_datasets(call: Call) -> Reply:
    """Answer the datasets of the sandbox by id, newest first."""
    last = batches.last_batches(call.space)

    def wire_of(id: str) -> dict[str, Any]:
        return datasets.to_wire(datasets.find(call.space, id), call.space, last.get(id))

    return catalog_lists.reply(call, call.space.datasets.newest_keys(), wire_of)


def create_dataset(call: Call) -> Reply:
    """Make a dataset; answers a list with the reference to it, in the spelling of Adobe's tutorial."""
    call.query.text("requestDataSource")
    sent = call.object()
    if validates_only(call):
        datasets.checked_document(call.space, sent)
        return Reply(200, [])
    dataset = datasets.create(call.space, sent, call.now, call.client)
    location = f"{call.origin}/data/foundation/catalog/dataSets/{dataset.id}"
    return Reply(201, [f"@/datasets/{dataset.id}"], {"Location": location})


def retrieve_dataset(call: Call) -> Reply:
    """Answer one dataset under its id."""
    dataset = _asked_for(call)
    wire = _wire(call, dataset)
    headers = {"ETag": etag_of(wire)}
    if is_known(call, headers["ETag"]):
        return Reply(304, None, headers)
    return Reply(200, {dataset.id: catalog_lists.projected(call, wire)}, headers)


def put_dataset(call: Call) -> Reply:
    """Replace what a client controls of a dataset."""
    return _overwrite(call, _asked_for(call), call.object())


def patch_dataset(call: Call) -> Reply:
    """Change some members of a dataset: a JSON Patch (RFC 6902), or an object of the new members."""
    dataset = _asked_for(call)
    return _overwrite(call, dataset, patched(call, dataset, _wire(call, dataset), datasets.READ_ONLY))


def patch_dataset_v2(call: Call) -> Reply:
    """Merge an object into a dataset, member by member all the way down."""
    dataset = _asked_for(call)
    sent = changes(call, dataset, _wire(call, dataset), datasets.READ_ONLY)
    return _overwrite(call, dataset, deep_merge(dataset.document, sent))


def delete_dataset(call: Call) -> Reply:
    """Take a dataset away; of one that is not there the answer is an empty list."""
    dataset = call.space.datasets.get(call.id)
    if dataset is not None:
        check_unchanged(call, _wire(call, dataset))
        datasets.delete(call.space, call.id, call.now, call.client)
    return Reply(200, [f"@/dataSets/{call.id}"] if dataset else [])


def list_view_files(call: Call) -> Reply:
    """Answer the files that a dataset holds now, by id."""
    dataset = _asked_for(call)
    if call.arguments["VIEW_ID"] != dataset.view_id:
        raise Refusal(404, f"DataSetView not found. The view of dataset {dataset.id} is {dataset.view_id}.")
    wired = {file.id: _file_to_wire(file, call.space.org) for file in dataset_content.content(call.space, dataset.id)}
    return catalog_lists.reply(call, wired, wired.__getitem__)


def _file_to_wire(file: StoredFile, org: str) -> dict[str, Any]:
    return {
        "id": file.id,
        "batchId": file.batch_id,
        "dataSetId": file.dataset_id,
        "dataSetViewId": file.view_id,
        "imsOrg": org,
        "created": file.created,
        "updated": file.created,
        "version": "1.0.0",
        "isValid": True,
        "name": file.name,
        "sizeInBytes": len(file.content),
        "records": file.records,
    }


def _overwrite(call: Call, dataset: Dataset, document: Mapping[str, Any]) -> Reply:
    check_unchanged(call, _wire(call, dataset))
    if validates_only(call):
        datasets.checked_document(call.space, document, dataset.id)
        return Reply(200, [f"@/dataSets/{dataset.id}"])
    changed = datasets.overwrite(call.space, dataset.id, document, call.now, call.client)
    return Reply(200, [f"@/dataSets/{dataset.id}"], {"ETag": etag_of(_wire(call, changed))})


def _asked_for(call: Call) -> Dataset:
    return datasets.find(call.space, call.id)


def _wire(call: Call, dataset: Dataset) -> dict[str, Any]:
    return datasets.to_wire(dataset, call.space, batches.last_batches(call.space).get(dataset.id))
