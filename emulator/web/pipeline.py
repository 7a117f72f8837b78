"""One request from door to door: gateway, world, sandbox, handler, journal.

Everything between ``settle`` and the journal entry happens under the world's lock and at one instant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import http_date
from werkzeug.wrappers import Response

from emulator.journal import SECRET_HEADERS, Exchange, Sent
from emulator.resources.refusals import Refusal
from emulator.simulation import randomness
from emulator.web import gateway
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
    except RequestEntityTooLarge:
        operation = Refusal(413, f"The body is larger than {world.settings.max_body_bytes} bytes.")
    sent_request_id = request.headers.get("x-request-id") or None
    with world.lock:
        now = world.now()
        ordinal = world.journal.next_ordinal()
        request_id = sent_request_id or randomness.alphanumeric(32, world.seed, world.org, "answer", ordinal)
        warnings: list[str] = []
        try:
            if isinstance(operation, Refusal):
                raise operation
            reply = _handle(world, request, operation, arguments, raw, now, request_id, sent_request_id, warnings)
        except Refusal as refusal:
            reply = reply_to(refusal, request.path, request_id)
        except (GatewayRefusal, TokenRefusal) as refused:
            reply = refused.reply()
        response = _response(reply, now, request_id)
        world.journal.add(
            Exchange(
                ordinal=ordinal,
                at=now,
                method=request.method,
                path=request.path,
                query=request.query_string.decode("latin-1"),
                operation=None if isinstance(operation, Refusal) else operation.id,
                status=reply.status,
                org=org,
                sandbox=request.headers.get("x-sandbox-name"),
                request=_sent(request.headers, raw),
                response=_sent(response.headers, response.get_data()),
                warnings=tuple(warnings),
            )
        )
    return response


def _handle(
    world: World,
    request: Request,
    operation: Operation,
    arguments: Mapping[str, str],
    raw: bytes,
    now: int,
    request_id: str,
    sent_request_id: str | None,
    warnings: list[str],
) -> Reply:
    if operation.is_guarded:
        gateway.check(request.headers, world, now)
    if operation.handler is None:
        raise Refusal(501, f"{operation.id} ({operation.method} {operation.path}) is not emulated: {operation.reason}")
    if raw and request.method in ("POST", "PUT", "PATCH") and operation.is_guarded:
        _check_content_type(request.mimetype)
    sandbox = None
    if operation.needs_sandbox:
        sandbox = world.space(gateway.sandbox_name(request.headers, world), now)
    call = Call(
        operation=operation,
        world=world,
        arguments=arguments,
        query=Query(request.args),
        headers=request.headers,
        raw=raw,
        content_type=request.mimetype,
        origin=request.host_url.rstrip("/"),
        now=now,
        request_id=request_id,
        sent_request_id=sent_request_id,
        sandbox=sandbox,
        warnings=warnings,
    )
    reply = operation.handler(call)
    warnings.extend(f"the query parameter `{name}` is unknown here and was ignored" for name in call.query.ignored())
    return reply


def _check_content_type(mimetype: str) -> None:
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
