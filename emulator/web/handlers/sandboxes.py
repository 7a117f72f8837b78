"""Sandboxes over HTTP, reading only: /data/foundation/sandbox-management."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from emulator.resources.space import Sandbox
from emulator.web.exchange import Call, Reply
from emulator.web.listing import Filter, by_sign, in_order, matching

#: The default page size (Adobe's documentation of Sandbox API).
DEFAULT_LIMIT = 50

#: Who made the sandboxes.
_MAKER = "emulator@AdobeID"


def list_available(call: Call) -> Reply:
    """Answer the sandboxes that can be used: the active ones."""
    return _listing(call, [each for each in _sandboxes(call) if each.state == "active"])


def list_sandboxes(call: Call) -> Reply:
    """Answer all sandboxes of the organisation: ``property``, ``orderBy``, ``limit`` and ``offset``."""
    return _listing(call, _sandboxes(call))


def list_types(call: Call) -> Reply:
    """Answer the types that a sandbox may be of."""
    types = ("development", "production")
    return Reply(200, {"sandboxTypes": [{"id": each, "title": each.capitalize()} for each in types]})


def retrieve_sandbox(call: Call) -> Reply:
    """Answer one sandbox by its name; with the setting ``sandboxes: auto`` an unknown one is made, as everywhere."""
    name = call.arguments["sandboxName"]
    space = call.world.spaces.get(name) or call.world.space(name, call.now)
    return Reply(200, _to_wire(space.sandbox))


def _sandboxes(call: Call) -> list[Sandbox]:
    return [space.sandbox for space in call.world.spaces.values()]


def _listing(call: Call, sandboxes: Sequence[Sandbox]) -> Reply:
    properties = call.query.all("property")
    order = call.query.text("orderBy")
    limit = call.query.number("limit", DEFAULT_LIMIT, least=1)
    offset = call.query.number("offset", 0)
    found = matching(map(_to_wire, sandboxes), [Filter.read(each) for each in properties])
    found = in_order(found, by_sign(order) if order else None)
    shown = found[offset : offset + limit]
    kept = [*(("property", each) for each in properties), *([("orderBy", order)] if order else [])]

    def link(offset: int, templated: bool | None) -> dict[str, Any]:
        query = urlencode([("limit", limit), ("offset", offset), *kept])
        return {"href": f"{call.origin}{call.path}?{query}", "templated": templated}

    links = {"page": link(offset, None)}
    if offset + limit < len(found):
        links["next"] = link(offset + limit, True)
    if offset:
        links["prev"] = link(max(0, offset - limit), None)
    return Reply(200, {"sandboxes": shown, "_page": {"limit": limit, "count": len(shown)}, "_links": links})


def _to_wire(sandbox: Sandbox) -> dict[str, Any]:
    made = datetime.fromtimestamp(sandbox.created / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "id": sandbox.id,
        "name": sandbox.name,
        "title": sandbox.title,
        "state": sandbox.state,
        "type": sandbox.type,
        "region": sandbox.region,
        "isDefault": sandbox.is_default,
        "eTag": 1,
        "createdDate": made,
        "lastModifiedDate": made,
        "createdBy": _MAKER,
        "modifiedBy": _MAKER,
    }
