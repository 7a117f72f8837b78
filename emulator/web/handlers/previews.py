"""Previews and estimates over HTTP: /preview and /estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.resources import previews
from emulator.resources.merge_policies import GRAPHS, PROFILE_SCHEMA
from emulator.resources.refusals import invalid, missing_field, required_text
from emulator.resources.segment_definitions import FORMATS, checked_expression
from emulator.web.exchange import Call, Reply

DEFAULT_LIMIT = 1000

#: The name of the profile model in Adobe's current documents, and the older one that they still call the default.
MODELS = (PROFILE_SCHEMA, "xdm.model.profile")

_UPS = "/data/core/ups"


def create_preview(call: Call) -> Reply:
    """Make a preview, and the estimate of the same id."""
    document = call.object()
    value = required_text(document, "predicateExpression")
    format = _text(document, "predicateType") or "pql/text"
    if format not in FORMATS:
        raise invalid(f"`predicateType` is one of {', '.join(FORMATS)}, not {format[:40]!r}")
    model = _text(document, "predicateModel")
    if model is not None and model not in MODELS:
        raise invalid(f"`predicateModel` is {PROFILE_SCHEMA}, not {model!r}: profiles are what is previewed.")
    graph = _text(document, "graphType")
    if graph is not None and graph not in GRAPHS:
        raise invalid(f"`graphType` is one of {', '.join(GRAPHS)}, not {graph!r}.")
    expression = checked_expression({"expression": {"format": format, "value": value}})
    preview = previews.create(call.space, expression, graph, call.now)
    return Reply(201, previews.to_wire(preview), {"X-Location": f"{call.origin}{_UPS}/preview/{preview.id}"})


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise missing_field(name)
    return value


def retrieve_preview(call: Call) -> Reply:
    """Answer a page of the profiles that qualify: ``limit`` of them from the record ``offset`` on."""
    preview = call.job(previews.KIND)
    offset = call.query.number("offset", 0)
    limit = call.query.number("limit", DEFAULT_LIMIT, least=1)
    found = previews.found_at(preview, call.now)
    base = f"{call.origin}{_UPS}"

    def link(start: int) -> str:
        return f"{base}/preview/{preview.id}?offset={start}&limit={limit}"

    results = [previews.found_to_wire(identities, base) for identities in found[offset : offset + limit]]
    links = {
        "_self": link(offset),
        "next": link(offset + limit) if offset + limit < len(found) else "",
        "prev": link(max(0, offset - limit)) if offset else "",
    }
    page = {"offset": offset, "size": len(results)}
    return Reply(200, {"results": results, "page": page, "links": links, "state": preview.timeline.status_at(call.now)})


def delete_preview(call: Call) -> Reply:
    """End a preview and its estimate."""
    previews.delete(call.space, call.id)
    return Reply(200, {"status": True, "message": f"Preview {call.id} has been deleted"})


def retrieve_estimate(call: Call) -> Reply:
    """Answer the estimate of a preview, as far as it has been read by now."""
    preview = call.job(previews.KIND)
    return Reply(200, previews.estimate_to_wire(preview, call.now, f"{call.origin}{_UPS}"))
