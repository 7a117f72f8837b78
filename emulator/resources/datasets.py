"""Datasets of Catalog Service: what they are called, which schema they follow, in which format their files are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, count
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.resources import batches, files
from emulator.resources.batches import LastBatches
from emulator.resources.catalog import FLAG, OBJECT, SERVICE, TAGS, TEXT, Member, Provenance, check_members
from emulator.resources.refusals import Refusal, invalid
from emulator.resources.space import Space
from emulator.simulation import randomness

#: The schema of export targets: the union of all schemas of the class XDM Individual Profile.
UNION_SCHEMA = "https://ns.adobe.com/xdm/context/profile__union"

#: The tag that names a dataset's table in Query Service; every dataset has it.
TABLE_TAG = "adobe/pqs/table"

FORMATS = ("", "csv", "text", "parquet", "json", "sequencefile", "avro")

#: Kept by the service. What a client sends for them is ignored, and a patch that would change one is refused.
READ_ONLY = batches.READ_ONLY | {
    "viewId",
    "files",
    "basePath",
    "state",
    "lastBatchId",
    "lastBatchStatus",
    "lastSuccessfulBatch",
    "lastFailedBatch",
}

_MEMBERS: Mapping[str, Member] = {
    "name": Member(lambda value: isinstance(value, str) and value.strip() != "", "a text that is not empty"),
    "description": TEXT,
    "schemaRef": OBJECT,
    "fileDescription": OBJECT,
    "tags": TAGS,
    "classification": OBJECT,
    "observableSchema": OBJECT,
    "enableErrorDiagnostics": FLAG,
}
_SCHEMA_REF: Mapping[str, Member] = {"id": TEXT, "contentType": TEXT}
_FILE_DESCRIPTION: Mapping[str, Member] = {
    "persisted": FLAG,
    "containerFormat": TEXT,
    "format": Member(lambda value: value in FORMATS, f"one of {', '.join(map(repr, FORMATS))}"),
}


class Dataset(Struct, frozen=True):
    """A dataset. ``document`` holds the members that the client controls, unknown ones included."""

    id: str
    document: Mapping[str, Any]
    view_id: str
    provenance: Provenance

    @property
    def name(self) -> str:
        """The name, which need not be unique."""
        return str(self.document["name"])

    @property
    def schema_id(self) -> str:
        """The URI of the schema; empty when the dataset names none."""
        return str(self.document.get("schemaRef", {}).get("id", ""))

    @property
    def is_json(self) -> bool:
        """Whether the files hold JSON, a row a line; otherwise, and when nothing is said, they are Parquet."""
        return bool(self.document.get("fileDescription", {}).get("format") == "json")

    @property
    def table(self) -> str:
        """The name of its table in Query Service."""
        return str(self.document["tags"][TABLE_TAG][0])


def create(space: Space, sent: Mapping[str, Any], at: int, client: str = SERVICE) -> Dataset:
    """Make a dataset. Raises ``Refusal`` (400)."""
    document = checked_document(space, sent)
    return _keep_new(space, space.mint.hexadecimal(24, "dataset"), document, at, client)


def from_fixture(space: Space, document: Mapping[str, Any], created: int) -> None:
    """Make a dataset whose id is given, or put it in the place of the one with that id.

    ``document`` has ``id`` and ``name`` and may have the other members of a dataset; ``created`` is epoch ms. Raises
    ``Refusal`` (400).
    """
    id = document["id"]
    _keep_new(space, id, checked_document(space, document, id), created, SERVICE)


def _keep_new(space: Space, id: str, document: Mapping[str, Any], at: int, client: str) -> Dataset:
    dataset = Dataset(id, document, randomness.hexadecimal(24, id, "view"), Provenance.begun(at, client))
    space.datasets.put(id, dataset)
    return dataset


def checked_document(space: Space, sent: Mapping[str, Any], own_id: str | None = None) -> dict[str, Any]:
    """Answer the members of a dataset as they are stored: checked, with the tags and classification all of them have.

    ``own_id`` is the dataset that they are for, when it exists. Raises ``Refusal`` (400).
    """
    document = {name: value for name, value in sent.items() if name not in READ_ONLY}
    if "name" not in document:
        raise invalid("`name` is required: a text that is not empty.")
    check_members(document, _MEMBERS)
    check_members(document.get("schemaRef", {}), _SCHEMA_REF, "schemaRef.")
    check_members(document.get("fileDescription", {}), _FILE_DESCRIPTION, "fileDescription.")
    tags = dict(document.get("tags", {}))
    if not tags.get(TABLE_TAG):
        tags[TABLE_TAG] = [_table_name(space, document["name"], own_id)]
    document["tags"] = tags
    if "classification" not in document:
        schema_id = str(document.get("schemaRef", {}).get("id", ""))
        behaviour = "time-series" if "experienceevent" in schema_id.lower() else "record"
        document["classification"] = {"dataBehavior": behaviour, "managedBy": "CUSTOMER"}
    return document


def _table_name(space: Space, name: str, own_id: str | None) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "dataset"
    taken = {each.table for each in space.datasets if each.id != own_id}
    numbered = (f"{plain}_{number}" for number in count(1))
    return next(name for name in chain([plain], numbered) if name not in taken)


def overwrite(space: Space, dataset_id: str, sent: Mapping[str, Any], at: int, client: str = SERVICE) -> Dataset:
    """Replace what a client controls of a dataset. Raises ``Refusal`` (400, 404)."""
    known = find(space, dataset_id)
    document = checked_document(space, sent, dataset_id)
    dataset = replace(known, document=document, provenance=known.provenance.changed(at, client))
    space.datasets.put(dataset_id, dataset)
    return dataset


def delete(space: Space, dataset_id: str, at: int, client: str = SERVICE) -> bool:
    """Take a dataset away: its files go, its batches stay as ``deleted``. Answers whether there was one."""
    if space.datasets.remove(dataset_id) is None:
        return False
    for batch in batches.of_dataset(space, dataset_id):
        files.remove_of_batch(space, batch.id)
        batches.change(space, batch.id, {"status": batches.DELETED}, at, client)
    return True


def find(space: Space, dataset_id: str) -> Dataset:
    """Answer a dataset. Raises ``Refusal`` (404) in Adobe's words."""
    return space.datasets.find(dataset_id, lambda id: Refusal(404, "DataSet not found."))


def unknown_target(dataset_id: str) -> Refusal:
    """Answer the refusal of a request of another service that names an unknown dataset; the texts are Adobe's.

    Source: the OpenAPI document of Segmentation Service, POST /audiences.
    """
    path = f"/data/foundation/catalog/dataSets/{dataset_id}"
    answered = '{"type":"/placeholder/type/uri","status":404,"title":"NotFoundError","detail":"DataSet not found."}'
    return Refusal(
        400,
        f"Dataset {dataset_id} cannot be retrieved from Catalog https://platform.adobe.io{path}.",
        f"uri:PlatformUrl{path} -> Status Code - 404 : message\n{answered}",
        code="UPLIB-101554-503",
    )


def to_wire(dataset: Dataset, space: Space, last: LastBatches | None) -> dict[str, Any]:
    """Answer the wire form; ``last`` is what became of the dataset's newest batches, None when it has none."""
    wire = {
        **dataset.provenance.to_wire(space),
        **dataset.document,
        "state": "DRAFT",
        "viewId": dataset.view_id,
        "basePath": f"/datasets/{dataset.id}",
        "files": f"@/dataSets/{dataset.id}/views/{dataset.view_id}/files",
    }
    if last is not None:
        wire["lastBatchId"] = last.batch_id
        wire["lastBatchStatus"] = last.status
        if last.successful_id is not None:
            wire["lastSuccessfulBatch"] = last.successful_id
        if last.failed_id is not None:
            wire["lastFailedBatch"] = last.failed_id
    return wire
