"""Where faults meet requests: which rule is met, and what answer comes instead."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from emulator.faults.effects import Malformed, Respond
from emulator.faults.plan import RequestFault
from emulator.faults.rules import FaultError, Subject
from emulator.resources.refusals import Refusal
from emulator.web.exchange import Call, Reply
from emulator.web.json_body import json_or_none
from emulator.web.problems import reply_to

#: A request may bring its own fault: a rule in JSON, for this request alone.
HEADER = "x-emulator-fault"

_HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def met(call: Call) -> RequestFault | None:
    """Count a request against the rules of its organisation and answer the fault it meets, if any.

    Raises ``Refusal`` (400) where the header holds no rule.
    """
    world, headers = call.world, call.headers
    brought = headers.get(HEADER)
    if brought is None and not len(world.faults):
        return None
    subject = Subject(
        org=world.org,
        sandbox=headers.get("x-sandbox-name"),
        operation=call.operation_id,
        method=call.request.method,
        path=call.request.path,
        headers=dict(headers.items()),
        body=cache(lambda: json_or_none(call.raw, world.settings.max_json_depth)),
    )
    try:
        return world.faults.meet_request(subject, call.now, None if brought is None else _rule(brought))
    except FaultError as error:
        raise Refusal(400, f"The header {HEADER} holds no fault rule: {error}") from None


def _rule(text: str) -> Any:
    try:
        rule = json.loads(text)
    except (ValueError, RecursionError):
        rule = None
    if not isinstance(rule, dict):
        raise FaultError('a JSON object is wanted, such as {"respond": 503}')
    return rule


def instead(call: Call, answer: Respond, rules: tuple[str, ...]) -> Reply:
    """Answer what a fault says instead of the service: in the family's error shape unless the rule has a body."""
    headers = dict(answer.headers)
    if answer.body is not None:
        return Reply(answer.status, answer.body, headers)
    if answer.status < 400:
        return Reply(answer.status, None if answer.status == 204 else {}, headers)
    refusal = Refusal(answer.status, f"Injected by {', '.join(rules)}.")
    reply = reply_to(refusal, call.request.path, call.request_id)
    return Reply(answer.status, reply.body, headers)


def spoiled(content: bytes, malformed: Malformed) -> Reply:
    """Answer 200 with what is no JSON: ``content`` cut in the middle, or a page of HTML."""
    if malformed.kind == "html":
        return Reply(200, content=_HTML, content_type="text/html; charset=utf-8")
    return Reply(200, content=content[: max(1, len(content) // 2)] if content else b"{")
