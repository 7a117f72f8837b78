"""Segment definitions over HTTP: /segment/definitions and /segment/conversion."""

from __future__ import annotations

from typing import Any

from emulator import pql
from emulator.resources import segment_definitions
from emulator.resources.refusals import invalid
from emulator.resources.segment_definitions import MODES, SegmentDefinition
from emulator.web import bulk_get as bulk
from emulator.web.exchange import Call, Reply
from emulator.web.listing import in_order

DEFAULT_LIMIT = 100


def list_definitions(call: Call) -> Reply:
    """Answer the definitions: ``page`` counts pages from 0, ``start`` records; newest first unless ``sort`` says."""
    definitions = sorted(call.space.definitions.newest_first(), key=lambda each: each.created, reverse=True)
    for mode in MODES:
        wanted = call.query.flag(f"evaluationInfo.{mode}.enabled")
        if wanted is not None:
            definitions = [each for each in definitions if each.is_enabled(mode) == wanted]
    sort = call.query.text("sort")
    if sort is not None:
        wired = in_order([_wire(call, each) for each in definitions], sort)
        definitions = [segment_definitions.find(call.space, each["id"]) for each in wired]
    limit = call.query.number("limit", DEFAULT_LIMIT, least=1)
    first = call.query.number("page", 0) * limit or call.query.number("start", 0)
    shown = definitions[first : first + limit]
    field, _, direction = (sort or "creationTime:desc").split(",")[0].partition(":")
    total = len(definitions)
    about = {
        "totalCount": total,
        "totalPages": -(-total // limit),
        "sortField": field,
        "sort": direction or "asc",
        "pageSize": len(shown),
        "limit": limit,
    }
    return Reply(200, {"segments": [_wire(call, each) for each in shown], "page": about, "link": {}})


def create_definition(call: Call) -> Reply:
    """Store a definition."""
    definition = segment_definitions.create(call.space, call.object(), call.now, client=call.client)
    return _located(call, definition)


def retrieve_definition(call: Call) -> Reply:
    """Answer one definition."""
    return Reply(200, _wire(call, segment_definitions.find(call.space, call.id)))


def overwrite_definition(call: Call) -> Reply:
    """Replace a definition by the whole object sent; this PATCH is not JSON Patch."""
    segment_definitions.find(call.space, call.id)
    definition = segment_definitions.overwrite(call.space, call.id, call.object(), call.now)
    return _located(call, definition)


def delete_definition(call: Call) -> Reply:
    """Take a definition away; memberships that jobs computed for it stay as they are."""
    segment_definitions.delete(call.space, call.id)
    return Reply(200, {"status": True, "message": f"Segment definition {call.id} has been deleted"})


def bulk_get(call: Call) -> Reply:
    """Answer several definitions by id."""
    return bulk.reply(call, call.space.definitions.get, _wire)


def convert(call: Call) -> Reply:
    """Answer a definition with its expression in the other format; nothing is stored."""
    document = call.object()
    expression = segment_definitions.checked_expression(document)
    try:
        value, format = pql.convert(expression["value"], expression["format"])
    except pql.PQLError as error:
        raise invalid(f"The expression cannot be converted: {error.message}", str(error)) from None
    converted = {name: document[name] for name in document if name != "expression"}
    return Reply(
        200,
        {
            **converted,
            "imsOrgId": call.space.org,
            "sandbox": call.space.sandbox.reference(),
            "expression": {**expression, "format": format, "value": value},
        },
    )


def _located(call: Call, definition: SegmentDefinition) -> Reply:
    href = f"{call.origin}/data/core/ups/segment/definitions/{definition.id}"
    return Reply(200, _wire(call, definition), {"X-Location": href})


def _wire(call: Call, definition: SegmentDefinition) -> dict[str, Any]:
    return segment_definitions.to_wire(definition, call.space)
