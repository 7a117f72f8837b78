"""One request from door to door: gateway, world, sandbox, handler, journal.

Everything between ``settle`` and the journal entry happens under the world's lock and at one instant. A look from
outside (header ``x-emulator-observe``) goes the same way and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from emulator.faults.effects import ENVIRON_KEY, Malformed, Respond
from emulator.faults.plan import RequestFault
from emulator.journal import Exchange, Sent, masked
from emulator.resources.refusals import Refusal, UnknownSandbox
from emulator.simulation import randomness
from emulator.web import gateway, injection
from emulator.web.exchange import Call, Headers, Query, Reply
from emulator.web.json_body import read_body
from emulator.web.problems import GatewayRefusal, TokenRefusal, reply_to
from emulator.web.writing import Written, to_json, write
from emulator.world import TEMPLATE

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from emulator.universes import Universes
    from emulator.web.operations import Operation
    from emulator.world import World

#: A GET with this header, ``true``, changes nothing: no entry in the journal, no ordinal, no fault, no job moved.
OBSERVE = "x-emulator-observe"

#: Bodies longer than this are cut in the journal.
JOURNALED_BODY = 64 * 1024

_NOTHING: MultiDict[str, str] = MultiDict()

#: Methods that bring no body as a rule; one that they do bring is read all the same.
_BODILESS = ("GET", "HEAD", "DELETE")

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


class _Arrival(Struct):
    """A request at its world's door, at one instant (``now``, epoch ms)."""

    world: World
    request: Request
    headers: Headers
    operation: Operation | Refusal
    arguments: Mapping[str, str]
    raw: bytes
    now: int
    request_id: str
    sent_request_id: str | None
    warnings: list[str] = field(default_factory=list)
    observes: bool = False

    @property
    def operation_id(self) -> str | None:
        return None if isinstance(self.operation, Refusal) else self.operation.id


def answer(
    emulator: Universes, operation: Operation | Refusal, request: Request, arguments: Mapping[str, str]
) -> Written:
    """Answer an AEP request. ``operation`` is a refusal where path or method are unknown."""
    headers = Headers(request.environ)
    org = headers.get("x-gw-ims-org-id") or None
    try:
        world = emulator.world(org or TEMPLATE)
    except Refusal as refusal:
        return write(reply_to(refusal, request.path, "none"), emulator.now(), "none")
    raw = b""
    try:
        if request.method not in _BODILESS or "Content-Length" in headers or "Transfer-Encoding" in headers:
            raw = read_body(request, world.settings.max_body_bytes)
    except RequestEntityTooLarge:
        operation = Refusal(413, f"The body is larger than {world.settings.max_body_bytes} bytes.")
    sent_request_id = headers.get("x-request-id") or None
    try:
        observes = _observes(request, headers)
    except Refusal as refusal:
        observes, operation = False, refusal
    if observes:
        request_id = sent_request_id or randomness.alphanumeric(32, world.seed, world.org, "look")
        with world.lock:
            now = world.glance()
            arrival = _Arrival(world, request, headers, operation, arguments, raw, now, request_id, None, observes=True)
            return write(_own_reply(arrival), now, request_id)
    with world.lock:
        now = world.glance() if _only_looks(request, world) else world.now()
        ordinal = world.journal.next_ordinal()
        request_id = sent_request_id or randomness.alphanumeric(32, world.seed, world.org, "answer", ordinal)
        arrival = _Arrival(world, request, headers, operation, arguments, raw, now, request_id, sent_request_id)
        fault, reply = _reply(arrival)
        response = write(reply, now, request_id)
        world.journal.add(_entry(arrival, ordinal, org, response, fault))
    if fault is not None and fault.connection is not None:
        request.environ[ENVIRON_KEY] = fault.connection
    return response


def _only_looks(request: Request, world: World) -> bool:
    """Answer whether a request changes nothing: with progression ``polls``, reading moves jobs."""
    return request.method in ("GET", "HEAD") and world.settings.progression != "polls"


def _observes(request: Request, headers: Headers) -> bool:
    """Answer whether a request is a look from outside. Raises ``Refusal`` (400) where it cannot be one."""
    sent = headers.get(OBSERVE)
    if sent is None:
        return False
    if sent.lower() != "true":
        raise Refusal(400, f"The header {OBSERVE} is `true` or absent, not {sent[:40]!r}.")
    if request.method not in ("GET", "HEAD"):
        raise Refusal(400, f"The header {OBSERVE} belongs to GET: a {request.method} changes what is looked at.")
    return True


def _reply(arrival: _Arrival) -> tuple[RequestFault | None, Reply]:
    """Answer the fault that a request meets, if any, and the reply: the service's own, or what became of it."""
    path, request_id = arrival.request.path, arrival.request_id
    try:
        fault = injection.met(
            arrival.world, arrival.request, arrival.headers, arrival.operation_id, arrival.raw, arrival.now
        )
    except Refusal as refusal:
        return None, reply_to(refusal, path, request_id)
    if fault is not None and isinstance(fault.answer, Respond):
        return fault, injection.instead(fault.answer, fault.rules, path, request_id)
    if fault is not None and fault.without_work:
        return fault, Reply(503)
    reply = _own_reply(arrival)
    if fault is not None and isinstance(fault.answer, Malformed):
        content = to_json(reply.body) if reply.content is None else reply.content
        reply = injection.spoiled(content, fault.answer)
    return fault, reply


def _own_reply(arrival: _Arrival) -> Reply:
    """Answer the service's own reply, faults apart."""
    try:
        return _handle(arrival)
    except Refusal as refusal:
        return reply_to(refusal, arrival.request.path, arrival.request_id)
    except (GatewayRefusal, TokenRefusal) as refused:
        return refused.reply()


def _entry(arrival: _Arrival, ordinal: int, org: str | None, response: Written, fault: RequestFault | None) -> Exchange:
    request = arrival.request
    return Exchange(
        ordinal=ordinal,
        at=arrival.now,
        method=request.method,
        path=request.path,
        query=masked(request.path, request.query_string.decode("latin-1")),
        operation=arrival.operation_id,
        status=response.status,
        org=org,
        sandbox=arrival.headers.get("x-sandbox-name"),
        request=Sent.of(arrival.headers.items(), _kept(request.path, arrival.raw)),
        response=Sent.of(response.headers.items(), _kept(request.path, response.content)),
        warnings=tuple(arrival.warnings),
        faults=() if fault is None else fault.rules,
    )


def _handle(arrival: _Arrival) -> Reply:
    operation, request, headers = arrival.operation, arrival.request, arrival.headers
    world, now = arrival.world, arrival.now
    if isinstance(operation, Refusal):
        raise operation
    if operation.is_guarded:
        gateway.check(headers, world, now)
    if operation.handler is None:
        raise Refusal(501, f"{operation.id} ({operation.method} {operation.path}) is not emulated: {operation.reason}")
    if arrival.raw and request.method in ("POST", "PUT", "PATCH") and operation.is_guarded:
        _check_content_type(operation, request.mimetype)
        encoding = headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise Refusal(415, f"Bodies are read as they are, not decoded: {encoding}.")
    sandbox = None
    if operation.needs_sandbox:
        name = gateway.sandbox_name(headers, world)
        if arrival.observes and name not in world.spaces:
            raise UnknownSandbox(name)
        sandbox = world.space(name, now)
    call = Call(
        operation=operation,
        world=world,
        arguments=arrival.arguments,
        query=Query(request.args if request.query_string else _NOTHING),
        headers=headers,
        raw=arrival.raw,
        origin_of=lambda: request.host_url.rstrip("/"),
        now=now,
        request_id=arrival.request_id,
        sent_request_id=arrival.sent_request_id,
        sandbox=sandbox,
        warnings=arrival.warnings,
        observes=arrival.observes,
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


def _kept(path: str, body: bytes) -> bytes:
    """Answer as much of a body as the journal keeps, without secrets."""
    if path.startswith("/ims"):
        return masked(path, body[:JOURNALED_BODY].decode("utf-8", "replace")).encode()
    return body[:JOURNALED_BODY]
