"""Profile access over HTTP: /access/entities. One person by identity, several at once, their events, and erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from emulator.resources import entities, entity_events
from emulator.resources.entities import Sought, View
from emulator.resources.entity_events import MAX_FILTERS, PropertyFilter
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.population import Profile
from emulator.resources.refusals import Refusal, invalid, not_found
from emulator.web.exchange import Call, Reply
from emulator.web.problems import profile_access_error

EVENT_SCHEMA = "_xdm.context.experienceevent"

#: Schemas that profile access knows, and of which this emulator holds no entities.
_EMPTY_SCHEMAS = ("_xdm.context.account", "_xdm.context.opportunity")

#: Events on a page, unless the call says otherwise.
DEFAULT_LIMIT = 1000

#: The parameters that the link to a next page carries on.
_CARRIED = (
    "schema.name",
    "relatedSchema.name",
    "relatedEntityId",
    "relatedEntityIdNS",
    "entityId",
    "entityIdNS",
    "fields",
    "mergePolicyId",
    "startTime",
    "endTime",
    "property",
    "limit",
)


def retrieve(call: Call) -> Reply:
    """Answer one profile by ``entityId``, or what it did, by ``schema.name``. Raises ``Refusal`` (400, 404, 422)."""
    schema = _schema(call.query.text("schema.name"))
    if schema == EVENT_SCHEMA:
        return _retrieve_events(call)
    sought = _sought(call, "entityId", "entityIdNS")
    view, profile = _found(call, schema, sought)
    wire = entities.to_wire(call.space, view, sought, profile, _fields(call), call.now)
    return Reply(200, {sought.xid: wire})


def retrieve_many(call: Call) -> Reply:
    """Answer the profiles, or the events, of several identities; if some cannot be answered, 207 with their errors."""
    body = call.object()
    schema = _schema(_member(body, "schema", "name"))
    fields = _texts(body.get("fields", []), "fields")
    identities = body.get("identities")
    if not isinstance(identities, list) or not identities:
        raise invalid("`identities` is a list of at least one {entityId, entityIdNS: {code}}.")
    view = entities.view(call.space, _optional_text(body, "mergePolicyId"))
    window = _window_of(body) if schema == EVENT_SCHEMA else None
    answers: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for identity in identities:
        sought = _sought_in(identity)
        try:
            profile = None if schema in _EMPTY_SCHEMAS else entities.find(view, sought)
        except Refusal as refusal:
            errors.append({"xid": sought.xid, "error": profile_access_error(refusal)})
            continue
        if window is not None:
            wire = _events_to_wire(window, sought, profile, _optional_text(identity, "start"), fields)
            if following := wire["_page"]["next"]:
                payload = {**body, "identities": [{**identity, "start": following}]}
                wire["_links"]["next"] = {"href": "/entities", "payload": payload}
            answers[sought.xid] = wire
        elif profile is None:
            answers[sought.xid] = entities.nobody(sought)
        else:
            answers[sought.xid] = entities.to_wire(call.space, view, sought, profile, fields, call.now)
    return Reply(207, errors) if errors else Reply(200, answers)


def erase(call: Call) -> Reply:
    """Erase one profile with its events and memberships, in every merge view. Raises ``Refusal`` (400, 404, 422)."""
    schema = _schema(call.query.text("schema.name"))
    if schema == EVENT_SCHEMA:
        raise invalid(f"`schema.name` is {PROFILE_SCHEMA}: events are erased with their profile.")
    view, profile = _found(call, schema, _sought(call, "entityId", "entityIdNS"))
    entities.erase(call.space, view, profile)
    return Reply(202)


def _found(call: Call, schema: str, sought: Sought) -> tuple[View, Profile]:
    view = entities.view(call.space, call.query.text("mergePolicyId"))
    profile = None if schema in _EMPTY_SCHEMAS else entities.find(view, sought)
    if profile is None:
        raise not_found(sought.id)
    return view, profile


# -- events


class _Window(Struct, frozen=True):
    """Which events are asked for: from ``begins`` on and before ``ends`` (epoch ms), how many, and in which order."""

    begins: int | None
    ends: int | None
    limit: int
    newest_first: bool
    filters: Sequence[PropertyFilter] = ()


def _retrieve_events(call: Call) -> Reply:
    _check_related_schema(call.query.text("relatedSchema.name"))
    by_relation = call.query.text("relatedEntityId") is not None
    sought = _sought(call, *(("relatedEntityId", "relatedEntityIdNS") if by_relation else ("entityId", "entityIdNS")))
    begins = _time(call.query.text("startTime"), "startTime")
    ends = _time(call.query.text("endTime"), "endTime")
    limit = call.query.number("limit", DEFAULT_LIMIT, least=1)
    newest_first = _is_newest_first(call.query.text("orderby") or call.query.text("orderBy"))
    filters = [entity_events.parse_filter(each) for each in call.query.all("property")]
    if len(filters) > MAX_FILTERS:
        raise invalid(f"At most {MAX_FILTERS} `property` filters are supported, not {len(filters)}.")
    fields = _fields(call)
    start = call.query.text("start") or call.query.text("offsets")
    _, profile = _found(call, EVENT_SCHEMA, sought)
    window = _Window(begins, ends, limit, newest_first, filters)
    wire = _events_to_wire(window, sought, profile, start, fields)
    following, order = wire["_page"]["next"], wire["_page"]["orderby"]
    if following:
        carried = [(name, value) for name in _CARRIED for value in call.query.all(name)]
        # Adobe's guide goes on with `start`; the most used Python client reads `offsets`.
        query = [("start", following), ("offsets", following), ("orderby", order), *carried]
        wire["_links"]["next"] = {"href": f"/entities?{urlencode(query)}"}
    return Reply(200, wire)


def _events_to_wire(
    window: _Window, sought: Sought, profile: Profile | None, start: str | None, fields: Sequence[str]
) -> dict[str, Any]:
    events, begin = [], 0
    if profile is not None:
        events = entity_events.of_profile(
            profile, begins=window.begins, ends=window.ends, filters=window.filters, newest_first=window.newest_first
        )
        if start is not None:
            begin = next((at for at, event in enumerate(events) if event.id == start), -1)
    if begin < 0:
        raise invalid(f"`start` is the id of an event to go on with, as a page before named it, not {start!r}.")
    end = begin + window.limit
    shown = events[begin:end]
    return {
        "_page": {
            "orderby": "-timestamp" if window.newest_first else "timestamp",
            "start": shown[0].id if shown else "",
            "count": len(shown),
            "next": events[end].id if end < len(events) else "",
        },
        "children": [entity_events.to_wire(event, sought, fields) for event in shown],
        "_links": {"next": {"href": ""}},
    }


def _window_of(body: Mapping[str, Any]) -> _Window:
    if body.get("relatedSchema") is not None:
        _check_related_schema(_member(body, "relatedSchema", "name"))
    times = body.get("timeFilter", {})
    if not isinstance(times, Mapping):
        raise invalid("`timeFilter` is an object of startTime and endTime.")
    limit = body.get("limit", DEFAULT_LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise invalid("`limit` is a whole number from 1.")
    order = _optional_text(body, "orderby") or _optional_text(body, "orderBy")
    return _Window(
        _time(times.get("startTime"), "timeFilter.startTime"),
        _time(times.get("endTime"), "timeFilter.endTime"),
        limit,
        _is_newest_first(order),
    )


# -- reading what was asked


def _schema(name: str | None) -> str:
    known = (PROFILE_SCHEMA, EVENT_SCHEMA, *_EMPTY_SCHEMAS)
    if f"_{name}" in known:  # as Adobe's Node SDK spells it
        return f"_{name}"
    if name not in known:
        given = "it is missing" if name is None else f"not {name[:80]!r}"
        raise invalid(f"`schema.name` is one of {', '.join(known)}; {given}.")
    return str(name)


def _check_related_schema(name: str | None) -> None:
    if name not in (None, PROFILE_SCHEMA):
        raise invalid(f"`relatedSchema.name` is {PROFILE_SCHEMA}, not {str(name)[:80]!r}.")


def _sought(call: Call, id_name: str, namespace_name: str) -> Sought:
    id = call.query.text(id_name)
    if id is None:
        raise invalid(f"`{id_name}` is required: an XID, or an id with its namespace in `{namespace_name}`.")
    return Sought(id, call.query.text(namespace_name))


def _sought_in(identity: object) -> Sought:
    """Answer whom an element of ``identities`` means; for events its members may be named ``relatedEntity...``."""
    if isinstance(identity, Mapping):
        for id_name in ("entityId", "relatedEntityId"):
            id = identity.get(id_name)
            if isinstance(id, str) and id:
                namespace = identity.get(f"{id_name}NS")
                return Sought(id, None if namespace is None else _member(identity, f"{id_name}NS", "code"))
    raise invalid("An element of `identities` is {entityId, entityIdNS: {code}}, or {entityId} alone with an XID.")


def _fields(call: Call) -> list[str]:
    return [field for part in call.query.all("fields") for field in part.split(",") if field]


def _member(document: Mapping[str, Any], outer: str, inner: str) -> str:
    value = document.get(outer)
    if not isinstance(value, Mapping) or not isinstance(value.get(inner), str) or not value[inner]:
        raise invalid(f"`{outer}.{inner}` is required and a text.")
    return str(value[inner])


def _optional_text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"`{name}` is a text.")
    return value or None


def _texts(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise invalid(f"`{name}` is a list of texts.")
    return value


def _time(value: object, name: str) -> int | None:
    if value is None:
        return None
    text = str(value).removesuffix(".0")
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 18:
        raise invalid(f"`{name}` is a time in epoch milliseconds, not {text[:40]!r}.")
    return int(text)


def _is_newest_first(order: str | None) -> bool:
    sign, attribute = (order[0], order[1:]) if order and order[0] in "+- " else ("+", order or "timestamp")
    if attribute != "timestamp":
        raise invalid(f"`orderby` is +timestamp or -timestamp, not {str(order)[:40]!r}.")
    return sign == "-"
