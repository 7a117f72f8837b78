"""Query Service over HTTP: /queries and /connection_parameters."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from emulator.resources import courses, queries
from emulator.resources.queries import Query
from emulator.resources.refusals import invalid
from emulator.simulation import randomness
from emulator.simulation.instants import format_instant, parse_instant
from emulator.web.exchange import Call, Reply
from emulator.web.listing import COMPARISONS

DEFAULT_LIMIT = 20
DEFAULT_ORDER = "-created"

#: Members of a request that refer to what is not emulated: templates.
_NOT_EMULATED = ("templateId", "queryParameters")

#: Members that name the dataset a SELECT writes to.
_WRITING = ("ctasParameters", "insertIntoParameters")

_FILTER = re.compile(r"(created|updated|state|id)(==|!=|>=|<=|>|<|~)(.*)", re.DOTALL)


def create_query(call: Call) -> Reply:
    """Make a query; what comes of it shows later."""
    document = call.object()
    for name in ("dbName", "sql"):
        if not isinstance(document.get(name), str) or not document[name].strip():
            raise invalid(f"`{name}` is required: a text that is not empty.")
    for name in ("name", "description"):
        if not isinstance(document.get(name, ""), str):
            raise invalid(f"`{name}` is a text.")
    for name in _NOT_EMULATED:
        if name in document:
            raise invalid(f"`{name}` is not emulated: write the whole statement into `sql`.")
    for name in _WRITING:
        if name in document:
            _check_writing(name, document[name])
    query = queries.create(call.space, document, call.now, call.client)
    return Reply(202, _wire(call, courses.as_made(query)))


def _check_writing(name: str, parameters: Any) -> None:
    dataset_name = parameters.get("datasetName") if isinstance(parameters, dict) else None
    if not isinstance(dataset_name, str) or not dataset_name.strip():
        raise invalid(f"`{name}.datasetName` is required: a text that is not empty.")
    if not isinstance(parameters.get("description", ""), str):
        raise invalid(f"`{name}.description` is a text.")


def list_queries(call: Call) -> Reply:
    """Answer a page of the queries: ``orderby``, ``property``, ``limit``, and ``start`` in records or as an instant."""
    order = call.query.text("orderby") or DEFAULT_ORDER
    field = order.lstrip("+- ")  # a plus may come as the space that it stands for
    if field not in ("created", "updated"):
        raise invalid(f"`orderby` is created or updated, with + or - in front, not {order[:40]!r}.")
    descends = order.startswith("-")
    properties = call.query.all("property")
    filters = [_filter(each) for text in properties for each in text.split(",")]
    with_deleted = call.query.flag("excludeSoftDeleted") is False
    call.query.flag("excludeHidden")  # hidden are the queries of the service itself, and here it makes none
    limit = call.query.number("limit", DEFAULT_LIMIT, least=1)
    listed = call.space.queries.newest_first() if descends else call.space.queries
    found = [
        (compared, query)
        for query in listed
        for compared in [_comparable(call, query)]
        if (with_deleted or not query.is_deleted) and all(satisfies(compared) for satisfies in filters)
    ]
    found.sort(key=lambda pair: pair[0][field], reverse=descends)
    start = _start(call, [compared[field] for compared, _ in found], descends)
    shown = [_wire(call, query) for _, query in found[start : start + limit]]

    def link(position: int) -> dict[str, str]:
        kept = [("property", each) for each in properties]
        query = urlencode([("orderby", order), ("start", position), ("limit", limit), *kept])
        return {"href": f"{call.origin}{call.path}?{query}"}

    page: dict[str, Any] = {"orderby": order, "start": start, "count": len(shown)}
    links: dict[str, Any] = {"next": {}, "prev": {}}
    if start + limit < len(found):
        page["next"] = start + limit
        links["next"] = link(start + limit)
    if start:
        links["prev"] = link(max(0, start - limit))
    return Reply(200, {"queries": shown, "_page": page, "_links": links, "version": 1})


def _start(call: Call, instants: list[int], descends: bool) -> int:
    """Answer the position that ``start`` means among ``instants``: a number, or the first one on from an instant."""
    text = call.query.text("start")
    if text is None or text.isdecimal():
        return call.query.number("start", 0)
    instant = _instant("start", text)
    passed = operator.gt if descends else operator.lt
    return sum(passed(each, instant) for each in instants)


def _comparable(call: Call, query: Query) -> dict[str, Any]:
    phase = query.timeline.phase_at(call.now)
    return {"id": query.id, "state": phase.status, "created": query.created, "updated": phase.begins}


def _filter(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Answer the test that a ``property`` filter means. Raises ``Refusal`` (400)."""
    match = _FILTER.fullmatch(text.strip())
    if match is None:
        raise invalid(
            "A `property` filter is created, updated, state or id, one of == != >= <= > < ~, and a value;"
            f" not {text[:80]!r}."
        )
    field, sign, wanted = match.groups()
    comparison = COMPARISONS[sign]
    if field in ("state", "id"):
        return lambda query: comparison(query[field], wanted)
    if sign == "~":
        return lambda query: wanted in format_instant(query[field])
    instant = _instant("property", wanted)
    return lambda query: comparison(query[field], instant)


def _instant(name: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise invalid(f"`{name}`: {error}") from None


def retrieve_query(call: Call) -> Reply:
    """Answer one query."""
    return Reply(200, _wire(call, call.job(queries.KIND)))


def update_query(call: Call) -> Reply:
    """Cancel a query, or delete it softly: ``{"op": "cancel"}`` or ``{"op": "soft_delete"}``."""
    queries.find(call.space, call.id)
    op = call.object().get("op")
    if op == "cancel":
        queries.cancel(call.space, call.id, call.now)
    elif op == "soft_delete":
        queries.delete(call.space, call.id)
    else:
        raise invalid(f"`op` is cancel or soft_delete, not {op!r}.")
    return Reply(202, {"message": f"Query {op.replace('_', ' ')} request received", "statusCode": 202})


def connection_parameters(call: Call) -> Reply:
    """Answer the coordinates of this server. Nothing listens for PostgreSQL's protocol; the token is no secret."""
    place = urlsplit(call.origin)
    token = randomness.alphanumeric(43, "query service", call.space.org, call.space.sandbox.name)
    return Reply(
        200,
        {
            "username": call.space.org,
            "dbName": f"{call.space.sandbox.name}:all",
            "host": place.hostname,
            "version": 1,
            "port": place.port or (443 if place.scheme == "https" else 80),
            "token": token,
            "compressedToken": token,
            "websocketHost": place.hostname,
        },
    )


def _wire(call: Call, query: Query) -> dict[str, Any]:
    return queries.to_wire(query, call.space, call.now, call.origin)
