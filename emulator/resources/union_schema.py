"""The union schema of profiles: which fields the records of a sandbox have, as one JSON Schema.

The real one adds up the schemas of all profile-enabled datasets. Here no schema is declared: the fields are those that
the fragments and events in fact hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.resources.datasets import UNION_SCHEMA
from emulator.resources.space import Space

CLASS = "https://ns.adobe.com/xdm/context/profile"
ALTERNATIVE_ID = "_xdm.context.profile__union"

_IDENTITY_MAP = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {"type": "object", "properties": {"id": {"type": "string"}, "primary": {"type": "boolean"}}},
    },
}
_SEGMENT_MEMBERSHIP = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {
                "lastQualificationTime": {"type": "string", "format": "date-time"},
                "status": {"type": "string", "enum": ["realized", "existing", "exited"]},
            },
        },
    },
}
_MAPS = {"identityMap": _IDENTITY_MAP, "segmentMembership": _SEGMENT_MEMBERSHIP}

_SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string"}


def union_schema(space: Space) -> dict[str, Any]:
    """Answer the union schema of the sandbox's profiles, in the form of Schema Registry with references resolved."""
    population = space.population
    events = {"type": "object", "properties": _properties(event.document for event in population.events)}
    return {
        "$id": UNION_SCHEMA,
        "meta:altId": ALTERNATIVE_ID,
        "meta:resourceType": "unions",
        "meta:class": CLASS,
        "meta:containerId": "tenant",
        "meta:extends": [CLASS],
        "meta:registryMetadata": {},
        "version": "1.0",
        "title": f"Union object for {CLASS}",
        "description": f"Union view of all schemas that extend {CLASS}",
        "type": "object",
        "properties": {
            **_properties(fragment.record for fragment in population.fragments),
            **_MAPS,
            "timeSeriesEvents": {"type": "array", "items": events},
        },
    }


def _properties(objects: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Answer the properties of ``objects`` by name; XDM's open maps, whose keys are data, in their known form."""
    values: dict[str, list[Any]] = {}
    for each in objects:
        for name, value in each.items():
            values.setdefault(name, []).append(value)
    return {name: _MAPS.get(name) or _schema(found) for name, found in sorted(values.items())}


def _schema(values: list[Any]) -> dict[str, Any]:
    """Answer what all of ``values``, found in one place, satisfy."""
    types = sorted({_type(value) for value in values if value is not None})
    if "number" in types and "integer" in types:
        types.remove("integer")
    if not types:
        return {}
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    if "object" in types:
        schema["properties"] = _properties(value for value in values if isinstance(value, Mapping))
    if "array" in types:
        schema["items"] = _schema([element for value in values if isinstance(value, list) for element in value])
    return schema


def _type(value: Any) -> str:
    if isinstance(value, Mapping):
        return "object"
    return _SCALARS.get(type(value), "array")
