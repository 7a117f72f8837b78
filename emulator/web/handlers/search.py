"""Segment search over HTTP: /search. The version header may be left out."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from typing import Any

from emulator.formats import lucene
from emulator.formats.lucene import LuceneError, Query
from emulator.resources import search
from emulator.resources.refusals import invalid
from emulator.resources.search import Entity
from emulator.web.exchange import Call, Reply

#: The page size, which is also the largest.
LIMIT = 50

VERSION = "1.0"


def list_namespaces(call: Call) -> Reply:
    """Answer how much ``s`` finds in each namespace; those where it finds nothing are left out."""
    _check(call)
    found = search.matching(search.entities(call.space), _query(call))
    counts = Counter(each.namespace for each in found)
    namespaces = [
        {"namespace": namespace, "displayName": namespace, "count": count}
        for namespace, count in sorted(counts.items())
    ]
    return Reply(200, {"namespaces": namespaces, "totalCount": len(namespaces), "status": {"message": "Success"}})


def list_entities(call: Call) -> Reply:
    """Answer what ``s`` finds in a namespace, or in its folder ``entityId``: ``limit``, and ``page`` from 0."""
    _check(call)
    query = _query(call)
    found = search.in_namespace(call.space, _required(call, "namespace"))
    folder_id = call.query.text("entityId")
    inside = found if folder_id is None else search.in_folder(found, folder_id)
    message = "Success" if inside is not None else f"Cannot find entityId {folder_id}."
    hits = search.matching(inside or [], query)
    limit = call.query.number("limit", LIMIT, least=1, most=LIMIT)
    page = call.query.number("page", 0)
    shown = hits[page * limit : (page + 1) * limit]
    # aepp asks for ever once `pageOffset` has come to `totalPages`: nothing is one page, and no page follows the last.
    pages = max(1, -(-len(hits) // limit))
    about = {
        "totalCount": len(hits),
        "totalPages": pages,
        "pageOffset": min(page, pages - 1),
        "pageSize": len(shown),
    }
    return Reply(200, {"entities": [_entity(each) for each in shown], "page": about, "status": {"message": message}})


def retrieve_taxonomy(call: Call) -> Reply:
    """Answer the way to an entity: the folders that it lies in, outermost first, and the entity itself."""
    _check(call)
    found = search.in_namespace(call.space, _required(call, "namespace"))
    entity_id = _required(call, "entityId")
    way = search.way_to(found, entity_id)
    message = "Success" if way else f"Cannot find entityId {entity_id}."
    taxonomy = [
        {
            "id": each.id,
            "base64EncodedSourceId": _base64(each.source_id),
            "name": each.name,
            "parentFolderId": each.parent_id,
        }
        for each in way
    ]
    return Reply(200, {"taxonomy": taxonomy, "status": {"message": message}})


def _check(call: Call) -> None:
    """Raise ``Refusal`` (400) for another version than there is, or for another schema: its parameter has two names."""
    version = call.headers.get("x-ups-search-version", VERSION)
    if version != VERSION:
        raise invalid(f"The header x-ups-search-version is {VERSION}, not {version!r}.")
    names = [name for name in ("schema.name", "schemaClass") if call.query.text(name) is not None]
    schema = call.query.text(names[0]) if names else _required(call, "schema.name")
    if schema != search.SCHEMA:
        raise invalid(f"The query parameter `{names[0]}` is {search.SCHEMA}, not {schema!r}.")


def _required(call: Call, name: str) -> str:
    value = call.query.text(name)
    if value is None:
        raise invalid(f"The query parameter `{name}` is required.")
    return value


def _query(call: Call) -> Query | None:
    text = call.query.text("s") or ""
    if not text.strip():
        return None
    try:
        return lucene.parse(text)
    except LuceneError as error:
        raise invalid(f"The query parameter `s` cannot be read: {error}.") from None


def _entity(entity: Entity) -> dict[str, Any]:
    wire = {
        "id": entity.id,
        "base64EncodedSourceId": _base64(entity.source_id),
        "sourceId": entity.source_id,
        "isFolder": entity.is_folder,
        "parentFolderId": entity.parent_id,
        "name": entity.name,
    }
    return wire if entity.description is None else {**wire, "description": entity.description}


def _base64(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogatepass")).decode()
