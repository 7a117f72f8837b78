"""One request from door to door: gateway, world, sandbox, handler, journal.

Everything between ``settle`` and the journal entry happens under the world's lock and at one instant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import HTTP_STATUS_CODES, http_date
from werkzeug.wrappers import Response

from emulator.faults.effects import ENVIRON_KEY, Malformed, Respond
from emulator.faults.plan import RequestFault
from emulator.journal import SECRET_HEADERS, Exchange, Sent
from emulator.resources.refusals import Refusal
from emulator.simulation import randomness
from emulator.web import gateway, injection
from emulator.web.exchange import Call, Query, Reply
from emulator.web.problems import GatewayRefusal, TokenRefusal, reply_to
from emulator.world import TEMPLATE

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from emulator.universes import Universes
    from emulator.web.operations import Operation
    from emulator.world import World

#: Bodies longer than this are cut in the journal.
JOURNALED_BODY = 64 * 1024

_JSON_TYPES = ("application/json", "application/json-patch+json")

#: What Postman and curl call a body when nobody tells them, and the operations of which Adobe's Postman collections
#: tell them nothing.
_UNTOLD_TYPES = ("text/plain", "application/x-www-form-urlencoded")
_UNTOLD = frozenset(
    (
        "bulkGetSegmentDefinitions",
        "convertSegmentDefinition",
        "bulkGetSegmentJobs",
        "updateSchedule",
        "createMergePolicy",
        "updateMergePolicy",
        "patchMergePolicy",
        "bulkGetMergePolicies",
    )
)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A request at its world's door, at one instant (``now``, epoch ms)."""

    world: World
    request: Request
    operation: Operation | Refusal
    arguments: Mapping[str, str]
    raw: bytes
    now: int
    request_id: str
    sent_request_id: str | None
    warnings: list[str] = field(default_factory=list)

    @property
    def operation_id(self) -> str | None:
        return None if isinstance(self.operation, Refusal) else self.operation.id


def answer(
    emulator: Universes, request: Request, operation: Operation | Refusal, arguments: Mapping[str, str]
) -> Response:
    """Answer an AEP request. ``operation`` is a refusal where path or method are unknown."""
    org = request.headers.get("x-gw-ims-org-id") or None
    try:
        world = emulator.world(org or TEMPLATE)
    except Refusal as refusal:
        return _response(reply_to(refusal, request.path, "none"), emulator.template.clock.now(), "none")
    raw = b""
    try:
        raw = request.get_data(cache=False)
        is_full = len(raw) >= world.settings.max_body_bytes and request.environ.get("wsgi.input_terminated")
        if is_full and request.environ["wsgi.input"].read(1):  # a chunked body was cut without a word
            raise RequestEntityTooLarge
    except RequestEntityTooLarge:
        raw = b""
        operation = Refusal(413, f"The body is larger than {world.settings.max_body_bytes} bytes.")
    sent_request_id = request.headers.get("x-request-id") or None
    with world.lock:
        now = world.now()
        ordinal = world.journal.next_ordinal()
        request_id = sent_request_id or randomness.alphanumeric(32, world.seed, world.org, "answer", ordinal)
        arrival = _Arrival(world, request, operation, arguments, raw, now, request_id, sent_request_id)
        fault, reply = _reply(arrival)
        response = _response(reply, now, request_id)
        world.journal.add(_entry(arrival, ordinal, org, response, fault))
    if fault is not None and fault.connection is not None:
        request.environ[ENVIRON_KEY] = fault.connection
    return response


def _reply(arrival: _Arrival) -> tuple[RequestFault | None, Reply]:
    """Answer the fault that a request meets, if any, and the reply: the service's own, or what became of it."""
    path, request_id = arrival.request.path, arrival.request_id
    try:
        fault = injection.met(arrival.world, arrival.request, arrival.operation_id, arrival.raw, arrival.now)
    except Refusal as refusal:
        return None, reply_to(refusal, path, request_id)
    if fault is not None and isinstance(fault.answer, Respond):
        return fault, injection.instead(fault.answer, fault.rules, path, request_id)
    if fault is not None and fault.without_work:
        return fault, Reply(503)
    try:
        reply = _handle(arrival)
    except Refusal as refusal:
        reply = reply_to(refusal, path, request_id)
    except (GatewayRefusal, TokenRefusal) as refused:
        reply = refused.reply()
    if fault is not None and isinstance(fault.answer, Malformed):
        content = to_json(reply.body) if reply.content is None else reply.content
        reply = injection.spoiled(content, fault.answer)
    return fault, reply


def _entry(
    arrival: _Arrival, ordinal: int, org: str | None, response: Response, fault: RequestFault | None
) -> Exchange:
    request = arrival.request
    return Exchange(
        ordinal=ordinal,
        at=arrival.now,
        method=request.method,
        path=request.path,
        query=request.query_string.decode("latin-1"),
        operation=arrival.operation_id,
        status=response.status_code,
        org=org,
        sandbox=request.headers.get("x-sandbox-name"),
        request=_sent(request.headers, arrival.raw),
        response=_sent(response.headers, response.get_data()),
        warnings=tuple(arrival.warnings),
        faults=() if fault is None else fault.rules,
    )


def _handle(arrival: _Arrival) -> Reply:
    operation, request, world, now = arrival.operation, arrival.request, arrival.world, arrival.now
    if isinstance(operation, Refusal):
        raise operation
    if operation.is_guarded:
        gateway.check(request.headers, world, now)
    if operation.handler is None:
        raise Refusal(501, f"{operation.id} ({operation.method} {operation.path}) is not emulated: {operation.reason}")
    if arrival.raw and request.method in ("POST", "PUT", "PATCH") and operation.is_guarded:
        _check_content_type(operation, request.mimetype)
        encoding = request.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise Refusal(415, f"Bodies are read as they are, not decoded: {encoding}.")
    sandbox = None
    if operation.needs_sandbox:
        sandbox = world.space(gateway.sandbox_name(request.headers, world), now)
    call = Call(
        operation=operation,
        world=world,
        arguments=arrival.arguments,
        query=Query(request.args),
        headers=request.headers,
        raw=arrival.raw,
        content_type=request.mimetype,
        origin_of=lambda: request.host_url.rstrip("/"),
        now=now,
        request_id=arrival.request_id,
        sent_request_id=arrival.sent_request_id,
        sandbox=sandbox,
        warnings=arrival.warnings,
    )
    reply = operation.handler(call)
    ignored = call.query.ignored()
    arrival.warnings.extend(f"the query parameter `{name}` is unknown here and was ignored" for name in ignored)
    return reply


def _check_content_type(operation: Operation, mimetype: str) -> None:
    if mimetype in _UNTOLD_TYPES and operation.id in _UNTOLD:
        return
    if mimetype and mimetype not in _JSON_TYPES:
        raise Refusal(415, f"The content type is application/json, not {mimetype}.")


def _response(reply: Reply, now: int, request_id: str) -> Response:
    if reply.content is not None:
        response = Response(reply.content, reply.status, content_type=reply.content_type)
    elif reply.body is None:
        response = Response(b"", reply.status)
        del response.headers["Content-Type"]
    else:
        response = Response(to_json(reply.body), reply.status, content_type="application/json")
    # Adobe's Node SDK puts the phrase into its errors, and its own tests match on "403 - Forbidden"; werkzeug shouts.
    response.status = f"{reply.status} {HTTP_STATUS_CODES.get(reply.status, 'Unknown')}"
    response.headers["Date"] = http_date(now / 1000)
    response.headers["x-request-id"] = quote(request_id, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~")
    for name, value in reply.headers.items():
        response.headers[name] = value
    return response


def to_json(body: Any) -> bytes:
    """Write a body as UTF-8 JSON; text that UTF-8 cannot carry (lone surrogates) is escaped."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()


def _sent(headers: Any, body: bytes) -> Sent:
    shown = {name: "***" if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}
    return Sent(shown, body[:JOURNALED_BODY].decode("utf-8", "replace"))
