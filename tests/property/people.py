"""Seven people, what they did, and the segments they may be in: small enough to be evaluated by brute force.

Nobody has more than one identity or one record, and the merge policy stitches nothing: a profile is its record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ORG = "TEST@AdobeOrg"
START = 1_768_467_600_000  # 2026-01-15T09:00:00Z, epoch ms
TARGET = "5b020a27e7040801dedba61b"
SCHEMA = {"name": "_xdm.context.profile"}
POLICY = "as-they-are"

#: How many schedules the sandbox may hold.
MAX_SCHEDULES = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: the namespace of the one identity, the record, and the instants of what they did."""

    name: str
    namespace: str
    record: dict[str, Any]
    bought: tuple[str, ...] = ()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [{"_id": at, "timestamp": at, "eventType": "commerce.purchases"} for at in self.bought]


def _record(country: str, age: int) -> dict[str, Any]:
    return {"homeAddress": {"country": country}, "person": {"age": age}}


PEOPLE = {
    person.name: person
    for person in (
        Person("anna", "Email", _record("SE", 31), ("2026-01-14T09:00:00Z",)),
        Person("boris", "Email", _record("US", 17), ("2026-01-15T08:59:59.500Z", "2025-12-20T12:00:00Z")),
        Person("clara", "CRMID", _record("us", 22)),
        Person("dag", "CRMID", _record("SE", 64), ("2026-01-12T09:00:03Z",)),
        Person("edda", "Email", _record("IS", 18), ("2025-12-01T00:00:00Z",)),
        Person("finn", "ECID", _record("US", 40), ("2026-02-01T01:00:00Z",)),  # in the future, at the start
        Person("gro", "ECID", {}),
    )
}

#: What a definition may ask: nothing that changes, the clock, or other definitions.
EXPRESSIONS = (
    "person.age >= 18",
    'homeAddress.country = "SE"',
    'homeAddress.country.equals("us", false)',
    'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "commerce.purchases") WHEN(<= 3 days before now)])',
    "exists E from xEvent where E.timestamp occurs <= 40 days before now",
    "not (exists E from xEvent where E.timestamp occurs <= 30 seconds before now)",
    'inSegment("recent") and person.age >= 18',
    'not inSegment("adults")',
    'inSegment("nobody knows it") or inSegment("both")',
)

#: The definitions of the start: what each asks, and whether it is evaluated in batches.
DEFINITIONS = {
    "adults": (EXPRESSIONS[0], True),
    "recent": (EXPRESSIONS[3], True),
    "both": ('inSegment("adults") and inSegment("recent")', True),
    "streaming": (EXPRESSIONS[1], False),
}


def definition(name: str, expression: str, batch: bool = True) -> dict[str, Any]:
    """Answer the body that makes or overwrites a definition."""
    return {
        "name": name,
        "schema": SCHEMA,
        "expression": {"type": "PQL", "format": "pql/text", "value": expression},
        "mergePolicyId": POLICY,
        "evaluationInfo": {"batch": {"enabled": batch}, "continuous": {"enabled": not batch}},
    }


FIXTURES: dict[str, Any] = {
    "mergePolicies": [
        {
            "id": POLICY,
            "name": POLICY,
            "schema": SCHEMA,
            "identityGraph": {"type": "none"},
            "attributeMerge": {"type": "timestampOrdered"},
            "default": True,
        }
    ],
    "datasets": [
        {
            "id": TARGET,
            "name": "Segment Export",
            "schemaRef": {
                "id": "https://ns.adobe.com/xdm/context/profile__union",
                "contentType": "application/vnd.adobe.xed+json;version=1",
            },
            "fileDescription": {"persisted": True, "format": "json"},
        }
    ],
    "profiles": [
        {"identityMap": {person.namespace: [{"id": person.name, "primary": True}]}, "record": person.record}
        for person in PEOPLE.values()
    ],
    "events": [
        {
            "identityMap": {person.namespace: [{"id": person.name}]},
            "timestamp": event["timestamp"],
            "record": {"eventType": event["eventType"]},
        }
        for person in PEOPLE.values()
        for event in person.events
    ],
    "segmentDefinitions": [
        {"id": name, **definition(name, expression, batch)} for name, (expression, batch) in DEFINITIONS.items()
    ],
}
