"""Batches over HTTP: /batches and /lastBatches of Catalog Service."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import partial
from typing import Any

from emulator.resources import batches
from emulator.resources.batches import Batch
from emulator.web import catalog_lists
from emulator.web.catalog_lists import Filter, Maker, Wire, as_text, by_instant, values_at
from emulator.web.catalog_writes import patched, validates_only
from emulator.web.exchange import Call, Reply
from emulator.web.preconditions import check_unchanged, etag_of


def _related_to(type: str, value: str) -> Filter:
    wanted = value.split(",")
    return lambda id, wire: any(
        each.get("type") == type and each.get("id") in wanted for each in wire.get("relatedObjects", ())
    )


def _itself_or_related(value: str) -> Filter:
    related = _related_to("batch", value)
    return lambda id, wire: id in value.split(",") or related(id, wire)


#: Parameters of the list of batches that are not properties of a batch.
_SPECIAL: Mapping[str, Maker] = {
    "dataSet": partial(_related_to, "dataSet"),
    "transform": partial(_related_to, "transform"),
    "batch": _itself_or_related,
    "createdAfter": partial(by_instant, "created", operator.gt),
    "createdBefore": partial(by_instant, "created", operator.lt),
    "startAfter": partial(by_instant, "started", operator.gt),
    "startBefore": partial(by_instant, "started", operator.lt),
    "endAfter": partial(by_instant, "completed", operator.gt),
    "endBefore": partial(by_instant, "completed", operator.lt),
}


def list_batches(call: Call) -> Reply:
    """Answer the batches of the sandbox by id, newest first."""
    return catalog_lists.reply(call, call.space.batches.newest_keys(), partial(_wire, call), _SPECIAL)


def create_batch(call: Call) -> Reply:
    """Make a batch; answers a list with the reference to it."""
    return _create(call, None)


def create_batch_with_id(call: Call) -> Reply:
    """Make a batch under the id of the path."""
    return _create(call, call.id)


def _create(call: Call, batch_id: str | None) -> Reply:
    sent = call.object()
    if validates_only(call):
        batches.checked_document(sent)
        return Reply(200, [])
    batch = batches.create(call.space, sent, call.now, call.client, batch_id)
    location = f"{call.origin}/data/foundation/catalog/batches/{batch.id}"
    return Reply(201, [f"@/batches/{batch.id}"], {"Location": location})


def retrieve_batch(call: Call) -> Reply:
    """Answer one batch under its id."""
    call.query.text("aggregate")
    batch = _asked_for(call)
    wire = batches.to_wire(batch, call.space)
    return Reply(200, {batch.id: catalog_lists.projected(call, wire)}, {"ETag": etag_of(wire)})


def update_batch(call: Call) -> Reply:
    """Replace what a client controls of a batch."""
    return _overwrite(call, _asked_for(call), call.object())


def patch_batch(call: Call) -> Reply:
    """Change some members of a batch: a JSON Patch (RFC 6902), or an object of the new members."""
    batch = _asked_for(call)
    return _overwrite(call, batch, patched(call, batch, batches.to_wire(batch, call.space), batches.READ_ONLY))


def _overwrite(call: Call, batch: Batch, document: Mapping[str, Any]) -> Reply:
    check_unchanged(call, batches.to_wire(batch, call.space))
    if validates_only(call):
        batches.checked_document(document)
    else:
        batches.overwrite(call.space, batch.id, document, call.now, call.client)
    return Reply(200, [f"@/batches/{batch.id}"])


def delete_batch(call: Call) -> Reply:
    """Take a batch and its files away."""
    batch = _asked_for(call)
    check_unchanged(call, batches.to_wire(batch, call.space))
    batches.delete(call.space, batch.id)
    return Reply(200, [f"@/batches/{batch.id}"])


def unique_values(call: Call) -> Reply:
    """Answer the values that a property has among the batches, as texts, each once, in order."""
    field = call.arguments["FIELD"]
    start, limit = catalog_lists.bounds(call)
    found = catalog_lists.chosen(call, call.space.batches.newest_keys(), partial(_wire, call), _SPECIAL)
    if field == "dataSet":
        values = {dataset_id for batch_id in found for dataset_id in batches.find(call.space, batch_id).related(field)}
    else:
        values = {as_text(value) for batch_id in found for value in values_at(_wire(call, batch_id), field)}
    return Reply(200, sorted(values)[start : start + limit])


def list_last_batches(call: Call) -> Reply:
    """Answer, by dataset id, what became of the newest batches of each dataset."""
    last = batches.last_batches(call.space)
    return catalog_lists.reply(
        call, last, lambda dataset_id: batches.last_to_wire(last[dataset_id], call.space), {"dataSetId": _by_id}
    )


def _by_id(value: str) -> Filter:
    return lambda id, wire: id in value.split(",")


def _wire(call: Call, batch_id: str) -> Wire:
    return batches.to_wire(batches.find(call.space, batch_id), call.space)


def _asked_for(call: Call) -> Batch:
    return batches.find(call.space, call.id)
