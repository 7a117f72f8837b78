"""Tools of the control plane that answer questions and change nothing: PQL, why (not) in a segment, cron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emulator import pql
from emulator.resources import merge_policies, segment_definitions
from emulator.resources.cron import report
from emulator.resources.identities import Identity, registered_code
from emulator.resources.membership_view import memberships_of, queried, resolver_over, stored_definitions
from emulator.resources.population import Profile
from emulator.resources.refusals import not_found
from emulator.resources.space import Space
from emulator.web.control_calls import ControlError, body, instant_member, refuse_others, worlds

if TYPE_CHECKING:
    from emulator.universes import Universes


def evaluate(emulator: Universes) -> dict[str, Any]:
    """Answer ``{"value", "matches"}`` of ``{"expression", "format", "profile", "events", "now"}``.

    Raises ``ControlError`` (400) with the line and column of a fault in the expression.
    """
    asked, now = body(), worlds(emulator)[0].clock.now()
    refuse_others(asked, "expression", "format", "profile", "events", "now")
    query = compiled(asked)
    profile, events = _profile_and_events(asked)
    if "now" in asked:
        now = instant_member(asked, "now")
    value = query.value(profile, events, now)
    return {"value": pql.to_wire(value), "matches": query.matches(profile, events, now)}


def convert(emulator: Universes) -> dict[str, Any]:
    """Answer both spellings of ``{"expression", "format"}``. Raises ``ControlError`` (400)."""
    asked = body()
    refuse_others(asked, "expression", "format")
    query = compiled(asked)
    return {"text": query.text, "json": query.json}


def explain(space: Space, now: int) -> dict[str, Any]:
    """Answer why a profile is in a segment or not: the expression tree with the value at each node.

    The query is ``segmentId`` or ``expression``; who is asked about is ``profile`` with ``events``, or ``identity``
    ``{"namespace", "id"}``. Raises ``ControlError`` (400), ``Refusal`` (404).
    """
    asked = body()
    refuse_others(asked, "segmentId", "expression", "format", "profile", "events", "identity", "now")
    for one, other in (("segmentId", "expression"), ("profile", "identity")):
        if (one in asked) == (other in asked):
            raise ControlError(400, f"name one of `{one}` and `{other}`")
    definition = None
    if "segmentId" in asked:
        definition = segment_definitions.find(space, str(asked["segmentId"]))
        query = segment_definitions.compiled(definition.expression)
    else:
        query = compiled(asked)
    at = instant_member(asked, "now") if "now" in asked else now
    if "identity" not in asked:
        profile, events = _profile_and_events(asked)
        tree = query.explain(profile, events, at)
        return {"matches": query.matches(profile, events, at), "tree": tree}
    policy_id = definition.merge_policy_id if definition is not None else None
    found = _profile_of(space, asked["identity"], policy_id)
    computed = memberships_of(space, found, at)
    record = queried(space, found, computed)
    resolver = resolver_over(space, found, computed, at, stored_definitions(space))
    return {
        "matches": query.matches(record, found.events, at, resolver),
        "identities": [each._asdict() for each in found.identities],
        "tree": query.explain(record, found.events, at, resolver),
    }


def cron(emulator: Universes) -> dict[str, Any]:
    """Answer what the service makes of ``{"schedule", "from", "count"}``. Raises ``ControlError`` (400)."""
    asked, now = body(), worlds(emulator)[0].clock.now()
    refuse_others(asked, "schedule", "from", "count")
    schedule, count = asked.get("schedule"), asked.get("count", 5)
    if not isinstance(schedule, str):
        raise ControlError(400, "`schedule` is a Quartz cron text such as `0 0 1 * * ?`")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 1000:
        raise ControlError(400, "`count` is a number from 0 to 1000")
    return report(schedule, instant_member(asked, "from") if "from" in asked else now, count)


def compiled(asked: Mapping[str, Any]) -> pql.Compiled:
    """Answer the query of ``expression`` and ``format``, compiled.

    Raises ``ControlError`` (400) with the line and column of a fault in it.
    """
    expression, format = asked.get("expression"), asked.get("format", "pql/text")
    if not isinstance(expression, str | Mapping):
        raise ControlError(400, "`expression` is a text in PQL")
    if format not in segment_definitions.FORMATS:
        raise ControlError(400, f"`format` is one of {', '.join(segment_definitions.FORMATS)}")
    try:
        return pql.compile(expression, format)
    except pql.PQLError as error:
        raise ControlError(400, error.message, line=error.line, column=error.column, picture=str(error)) from None


def _profile_and_events(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    profile, events = body.get("profile", {}), body.get("events", [])
    if not isinstance(profile, dict):
        raise ControlError(400, "`profile` is an object: the XDM record")
    if not isinstance(events, list) or not all(isinstance(each, dict) for each in events):
        raise ControlError(400, "`events` is a list of objects: XDM events with a `timestamp`")
    return profile, events


def _profile_of(space: Space, identity: Any, policy_id: str | None) -> Profile:
    if not isinstance(identity, dict) or not all(isinstance(identity.get(each), str) for each in ("namespace", "id")):
        raise ControlError(400, '`identity` is {"namespace": "Email", "id": "..."}')
    wanted = Identity(registered_code(identity["namespace"]), identity["id"])
    merged = space.population.merged(merge_policies.rule_of(space, policy_id))
    found = merged.by_identity.get(wanted) or merged.by_xid.get(wanted.xid)
    if found is None:
        raise not_found(f"{wanted.namespace} {wanted.id}", "profile")
    return found
