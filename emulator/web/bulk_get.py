"""Bulk-get: several things of one kind by id, in one call; of definitions, jobs, audiences and merge policies.

Source: the OpenAPI document of Segmentation Service, POST /audiences/bulk-get, for limits and misses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.resources.refusals import Refusal, missing_field, not_found, unreadable
from emulator.web.exchange import Call, Reply
from emulator.web.problems import errors

#: The most ids that one call may ask for.
MAX_IDS = 100


def reply(call: Call, find: Callable[[str], Any], to_wire: Callable[[Call, Any], dict[str, Any]]) -> Reply:
    """Answer 207 with the wire form of what ``find`` has under each id asked for; it answers None for an unknown id.

    Raises ``Refusal``: 400 for a body of another form, or one without an id or with too many; 404 when all are unknown.
    """
    ids = _ids(call.body())
    if not 1 <= len(ids) <= MAX_IDS:
        text = f"The number of requested IDs is invalid. Cannot be 0 or exceed {MAX_IDS}."
        raise Refusal(400, text, code="UPAPI-113015-400")
    found = {id: find(id) for id in ids}
    if all(record is None for record in found.values()):
        raise not_found(",".join(found))
    missing = {"requestId": call.request_id, "errors": errors(Refusal(404, "Not found."))}
    wired = {id: missing if record is None else to_wire(call, record) for id, record in found.items()}
    return Reply(207, {"results": wired})


def _ids(body: object) -> list[str]:
    """Answer the ids of ``{"ids": [{"id": ...}]}``, which clients also send as the bare list or as plain texts."""
    listed = body.get("ids") if isinstance(body, Mapping) else body
    if not isinstance(listed, list):
        raise unreadable('The body has to be {"ids": [{"id": "..."}]}.')
    ids = []
    for each in listed:
        id = each.get("id") if isinstance(each, Mapping) else each
        if not isinstance(id, str) or not id:
            raise missing_field("id")
        ids.append(id)
    return ids
