"""Batches of Catalog Service: units of data that arrive in a dataset, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.resources import files
from emulator.resources.catalog import (
    LIST_OF_OBJECTS,
    OBJECT,
    SERVICE,
    TAGS,
    TEXT,
    WHOLE,
    Member,
    Provenance,
    check_members,
)
from emulator.resources.refusals import Refusal, invalid
from emulator.resources.space import Space

LOADING, PROCESSING = "loading", "processing"
SUCCESS, FAILED, ABORTED = "success", "failed", "aborted"
INACTIVE, DELETED = "inactive", "deleted"

#: Every status that Catalog knows (Adobe's OpenAPI document of Catalog Service).
STATUSES = (
    PROCESSING,
    SUCCESS,
    "failure",
    "queued",
    "retrying",
    "stalled",
    ABORTED,
    "abandoned",
    INACTIVE,
    FAILED,
    LOADING,
    "loaded",
    "staged",
    "active",
    "staging",
    DELETED,
)

#: What a batch may be related to.
RELATED = ("batch", "dataSet", "dataSetFile", "dataSetView", "transform")

_CURRENT = (SUCCESS, "active")
_FAILED = (FAILED, "failure")

#: Kept by the service. What a client sends for them is ignored, and a patch that would change one is refused.
READ_ONLY = frozenset(
    ("id", "version", "imsOrg", "sandboxId", "created", "updated", "createdClient", "createdUser", "updatedUser")
)

_MEMBERS: Mapping[str, Member] = {
    "status": Member(lambda value: value in STATUSES, f"one of {', '.join(STATUSES)}"),
    "externalId": TEXT,
    "started": WHOLE,
    "completed": WHOLE,
    "recordCount": WHOLE,
    "failedRecordCount": WHOLE,
    "size": WHOLE,
    "replay": OBJECT,
    "metrics": OBJECT,
    "availableDates": OBJECT,
    "inputFormat": OBJECT,
    "errors": LIST_OF_OBJECTS,
    "relatedObjects": LIST_OF_OBJECTS,
    "tags": TAGS,
}
_RELATED_OBJECT: Mapping[str, Member] = {
    "type": Member(lambda value: value in RELATED, f"one of {', '.join(RELATED)}"),
    "id": TEXT,
}


class Batch(Struct, frozen=True):
    """A batch. ``document`` holds the members that clients and services write, ``status`` among them."""

    id: str
    document: Mapping[str, Any]
    provenance: Provenance

    @property
    def status(self) -> str:
        """What became of it so far."""
        return str(self.document["status"])

    @property
    def is_current(self) -> bool:
        """Whether its files are part of what the dataset holds now."""
        return self.status in _CURRENT

    def related(self, type: str) -> list[str]:
        """Answer the ids of the objects of one type that it is related to."""
        return [str(each.get("id")) for each in self.document.get("relatedObjects", ()) if each.get("type") == type]


class LastBatches(Struct, frozen=True):
    """What became of a dataset's newest batches: the newest of all, the newest that succeeded, the newest that failed.

    Times are epoch ms: when the first of the dataset's batches was made, and when one of them last changed.
    """

    batch_id: str
    status: str
    successful_id: str | None
    failed_id: str | None
    created: int
    updated: int


def checked_document(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the members of a batch as they are stored. Raises ``Refusal`` (400)."""
    document = {name: value for name, value in sent.items() if name not in READ_ONLY}
    if "status" not in document:
        raise invalid(f"`status` is required: {_MEMBERS['status'].wanted}.")
    check_members(document, _MEMBERS)
    for position, each in enumerate(document.get("relatedObjects", ())):
        check_members(each, _RELATED_OBJECT, f"relatedObjects[{position}].")
    return document


def create(space: Space, sent: Mapping[str, Any], at: int, client: str = SERVICE, batch_id: str | None = None) -> Batch:
    """Make a batch, under ``batch_id`` if given. Raises ``Refusal`` (400), also when that id is taken."""
    document = checked_document(sent)
    if batch_id is not None and batch_id in space.batches:
        raise invalid(f"A batch {batch_id} already exists.")
    batch = Batch(batch_id or space.mint.hexadecimal(32, "batch"), document, Provenance.begun(at, client))
    space.batches.put(batch.id, batch)
    return batch


def overwrite(space: Space, batch_id: str, sent: Mapping[str, Any], at: int, client: str = SERVICE) -> Batch:
    """Replace what a client controls of a batch. Raises ``Refusal`` (400, 404)."""
    known = find(space, batch_id)
    batch = replace(known, document=checked_document(sent), provenance=known.provenance.changed(at, client))
    space.batches.put(batch_id, batch)
    return batch


def change(space: Space, batch_id: str, members: Mapping[str, Any], at: int, client: str = SERVICE) -> Batch:
    """Set some members of a batch. Raises ``Refusal`` (400, 404)."""
    return overwrite(space, batch_id, {**find(space, batch_id).document, **members}, at, client)


def delete(space: Space, batch_id: str) -> None:
    """Take a batch and its files away. Raises ``Refusal`` (404)."""
    find(space, batch_id)
    space.batches.remove(batch_id)
    files.remove_of_batch(space, batch_id)


def find(space: Space, batch_id: str) -> Batch:
    """Answer a batch. Raises ``Refusal`` (404)."""
    return space.batches.find(batch_id, lambda id: Refusal(404, "Batch not found."))


def of_dataset(space: Space, dataset_id: str) -> list[Batch]:
    """Answer the batches of a dataset, oldest first."""
    return [batch for batch in space.batches if dataset_id in batch.related("dataSet")]


def last_batches(space: Space) -> dict[str, LastBatches]:
    """Answer, by dataset id, what became of the newest batches of every dataset that has any."""
    by_dataset: dict[str, list[Batch]] = {}
    for batch in space.batches:
        for dataset_id in batch.related("dataSet"):
            by_dataset.setdefault(dataset_id, []).append(batch)
    return {dataset_id: _last(found) for dataset_id, found in by_dataset.items()}


def _last(oldest_first: list[Batch]) -> LastBatches:
    newest_first = oldest_first[::-1]
    newest = newest_first[0]
    return LastBatches(
        batch_id=newest.id,
        status=newest.status,
        successful_id=next((batch.id for batch in newest_first if batch.is_current), None),
        failed_id=next((batch.id for batch in newest_first if batch.status in _FAILED), None),
        created=oldest_first[0].provenance.created,
        updated=max(batch.provenance.updated for batch in oldest_first),
    )


def to_wire(batch: Batch, space: Space) -> dict[str, Any]:
    """Answer the wire form."""
    return {**batch.provenance.to_wire(space), "errors": [], "relatedObjects": [], "tags": {}, **batch.document}


def last_to_wire(last: LastBatches, space: Space) -> dict[str, Any]:
    """Answer the wire form of a dataset's newest batches."""
    wire: dict[str, Any] = {
        "imsOrg": space.org,
        "sandboxId": space.sandbox.id,
        "lastBatchId": last.batch_id,
        "lastBatchStatus": last.status,
        "created": last.created,
        "updated": last.updated,
    }
    if last.successful_id is not None:
        wire["lastSuccessfulBatchId"] = last.successful_id
    if last.failed_id is not None:
        wire["lastFailedBatchId"] = last.failed_id
    return wire
