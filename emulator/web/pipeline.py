"""One request from door to door: gateway, world, sandbox, handler, journal.

Everything between ``settle`` and the journal entry happens under the world's lock and at one instant. A look from
outside (header ``x-emulator-observe``) goes the same way and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from werkzeug.exceptions import RequestEntityTooLarge

from emulator.faults.effects import ENVIRON_KEY, Malformed, Respond
from emulator.faults.plan import RequestFault
from emulator.journal import Exchange, Sent, masked
from emulator.resources.refusals import Refusal, UnknownSandbox
from emulator.simulation import randomness
from emulator.web import gateway, injection
from emulator.web.exchange import Call, Headers, Query, Reply
from emulator.web.json_body import read_body
from emulator.web.problems import reply_to
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


def answer(
    emulator: Universes, operation: Operation | Refusal, request: Request, arguments: Mapping[str, str]
) -> Written:
    """Answer an AEP request. ``operation`` is a refusal where path or method are unknown."""
    headers, query = Headers(request.environ), Query(request)
    org = headers.get("x-gw-ims-org-id") or None
    try:
        world = emulator.world(org or TEMPLATE)
    except Refusal as refusal:
        return write(reply_to(refusal, request.path, "none"), emulator.now(), "none")
    raw = b""
    try:
        if request.method not in _BODILESS or headers.get("Content-Length") or headers.get("Transfer-Encoding"):
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
            call = Call(world, request, headers, operation, arguments, raw, now, request_id, query, observes=True)
            return write(_own_reply(call), now, request_id)
    with world.lock:
        now = world.glance() if _only_looks(request, world) else world.now()
        ordinal = world.journal.next_ordinal()
        request_id = sent_request_id or randomness.alphanumeric(32, world.seed, world.org, "answer", ordinal)
        call = Call(world, request, headers, operation, arguments, raw, now, request_id, query)
        fault, reply = _reply(call)
        response = write(reply, now, request_id)
        world.journal.add(_entry(call, ordinal, org, response, fault))
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


def _reply(call: Call) -> tuple[RequestFault | None, Reply]:
    """Answer the fault that a request meets, if any, and the reply: the service's own, or what became of it."""
    try:
        fault = injection.met(call)
    except Refusal as refusal:
        return None, reply_to(refusal, call.request.path, call.request_id)
    if fault is not None and isinstance(fault.answer, Respond):
        return fault, injection.instead(call, fault.answer, fault.rules)
    if fault is not None and fault.without_work:
        return fault, Reply(503)
    reply = _own_reply(call)
    if fault is not None and isinstance(fault.answer, Malformed):
        content = to_json(reply.body) if reply.content is None else reply.content
        reply = injection.spoiled(content, fault.answer)
    return fault, reply


def _own_reply(call: Call) -> Reply:
    """Answer the service's own reply, faults apart."""
    try:
        return _handle(call)
    except Refusal as refusal:
        return reply_to(refusal, call.request.path, call.request_id)


def _entry(call: Call, ordinal: int, org: str | None, response: Written, fault: RequestFault | None) -> Exchange:
    request = call.request
    return Exchange(
        ordinal=ordinal,
        at=call.now,
        method=request.method,
        path=request.path,
        query=masked(request.path, request.query_string.decode("latin-1")),
        operation=call.operation_id,
        status=response.status,
        org=org,
        sandbox=call.headers.get("x-sandbox-name"),
        request=Sent.of(call.headers.items(), _kept(request.path, call.raw)),
        response=Sent.of(response.headers.items(), _kept(request.path, response.content)),
        warnings=tuple(call.warnings),
        faults=() if fault is None else fault.rules,
    )


def _handle(call: Call) -> Reply:
    operation = call.operation
    if isinstance(operation, Refusal):
        raise operation
    if operation.is_guarded:
        gateway.check(call)
    if operation.handler is None:
        raise Refusal(501, f"{operation.id} ({operation.method} {operation.path}) is not emulated: {operation.reason}")
    if call.raw and call.request.method in ("POST", "PUT", "PATCH") and operation.is_guarded:
        _check_content_type(operation, call.request.mimetype)
        encoding = call.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise Refusal(415, f"Bodies are read as they are, not decoded: {encoding}.")
    if operation.needs_sandbox:
        name = gateway.sandbox_name(call)
        if call.observes and name not in call.world.spaces:
            raise UnknownSandbox(name)
        call.sandbox = call.world.space(name, call.now)
    reply = operation.handler(call)
    ignored = call.query.ignored()
    call.warnings.extend(f"the query parameter `{name}` is unknown here and was ignored" for name in ignored)
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
