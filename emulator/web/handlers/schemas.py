"""The union schema over HTTP, reading only: /data/foundation/schemaregistry/tenant/unions/{schemaId}."""

from __future__ import annotations

from emulator.resources.datasets import UNION_SCHEMA
from emulator.resources.refusals import not_found
from emulator.resources.union_schema import ALTERNATIVE_ID, union_schema
from emulator.web.exchange import Call, Reply


def retrieve_union(call: Call) -> Reply:
    """Answer the union schema of profiles, by its ``$id`` or ``meta:altId``. Raises ``Refusal`` (404)."""
    if call.id not in (UNION_SCHEMA, ALTERNATIVE_ID):
        raise not_found(call.id, "schema")
    return Reply(200, union_schema(call.space))
