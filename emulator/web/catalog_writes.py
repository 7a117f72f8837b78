"""How Catalog Service is written to: whether for real, and patches in both of their forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.resources.batches import Batch
from emulator.resources.catalog import json_patched, shallow_merge
from emulator.resources.datasets import Dataset
from emulator.resources.refusals import Refusal, invalid
from emulator.web.exchange import Call


def validates_only(call: Call) -> bool:
    """Answer whether the request is only to be checked, not carried out: ``Pragma: validate-only``."""
    return "validate-only" in call.headers.get("Pragma", "").lower()


def patched(call: Call, record: Batch | Dataset, wire: Mapping[str, Any], read_only: frozenset[str]) -> dict[str, Any]:
    """Answer a document changed by the body: a JSON Patch, or an object whose members take the old ones' place.

    ``wire`` is what the client was shown of the record. Raises ``Refusal`` (400), also for a change of a member that
    the service keeps; an object may bring such members as they are.
    """
    body = call.body()
    if call.request.mimetype != "application/json-patch+json" and not isinstance(body, list):
        return shallow_merge(record.document, changes(call, record, wire, read_only))
    for operation in body if isinstance(body, list) else ():
        path = operation.get("path") if isinstance(operation, dict) else None
        if isinstance(path, str) and path.removeprefix("/").split("/")[0] in read_only:
            raise _kept(path)
    return json_patched(record.document, body)


def changes(call: Call, record: Batch | Dataset, wire: Mapping[str, Any], read_only: frozenset[str]) -> dict[str, Any]:
    """Answer the object of new members that the body is. Raises ``Refusal`` (400) where the service keeps one."""
    sent, shown = call.object(), {"id": record.id, **wire}
    for name, value in sent.items():
        if name in read_only and value != shown.get(name):
            raise _kept(f"/{name}")
    return sent


def _kept(pointer: str) -> Refusal:
    return invalid(f"The service keeps {pointer} itself; it cannot be patched.")
