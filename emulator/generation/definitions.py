"""What a generated folder holds besides people: sandbox, merge policies, datasets, segment definitions."""

from __future__ import annotations

from typing import Any

from emulator.generation.people import CUSTOMERS, LOYALTY, WEB
from emulator.simulation.randomness import uuid

SANDBOXES = [{"name": "prod", "title": "Made-up people", "type": "production", "default": True}]

_PROFILE, _EVENT = "https://ns.adobe.com/xdm/context/profile", "https://ns.adobe.com/xdm/context/experienceevent"


def _policy(name: str, graph: str, attribute_merge: dict[str, Any], default: bool = False) -> dict[str, Any]:
    return {
        "id": uuid("merge policy", name),
        "name": name,
        "schema": {"name": "_xdm.context.profile"},
        "version": 1,
        "identityGraph": {"type": graph},
        "attributeMerge": attribute_merge,
        "default": default,
    }


MERGE_POLICIES = [
    _policy("Newest wins", "pdg", {"type": "timestampOrdered"}, default=True),
    _policy("Newest wins, nothing stitched", "none", {"type": "timestampOrdered"}),
    _policy("The customer file knows best", "pdg", {"type": "dataSetPrecedence", "order": [CUSTOMERS, LOYALTY, WEB]}),
]


def _dataset(id: str, name: str, schema: str) -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        "schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed+json;version=1"},
        "fileDescription": {"persisted": True, "containerFormat": "parquet", "format": "parquet"},
        "tags": {"unifiedProfile": ["enabled:true"], "unifiedIdentity": ["enabled:true"]},
    }


DATASETS = [
    _dataset(CUSTOMERS, "Customers", _PROFILE),
    _dataset(LOYALTY, "Loyalty programme", _PROFILE),
    _dataset(WEB, "Web behaviour", _EVENT),
]

_UPPER_TIERS = uuid("segment definition", "Gold and platinum")

_EXPRESSIONS = {
    "Home in the United States": 'homeAddress.country = "US"',
    "Pays in euros": 'homeAddress.country in ["DE", "FR"]',
    "Gold and platinum": 'loyalty.tier in ["gold", "platinum"]',
    "Born since 1996": "person.birthYear >= 1996",
    "Born before 1966": "person.birthYear < 1966",
    "Wants mail, hikes or cycles": (
        'consents.marketing.email.val = "y" and _example.interests.intersects(["hiking", "cycling"])'
    ),
    "Seen this week": "exists E from xEvent where E.timestamp occurs <= 7 days before now",
    "Bought this month": (
        'exists E from xEvent where E.eventType = "commerce.purchases" and E.timestamp occurs <= 30 days before now'
    ),
    "Left a basket behind": (
        'chain(xEvent, timestamp, [A: WHAT(eventType = "commerce.productListAdds") WHEN(<= 30 days before now)]) '
        'and not (chain(xEvent, timestamp, [A: WHAT(eventType = "commerce.productListAdds") '
        'WHEN(<= 30 days before now), B: WHAT(eventType = "commerce.purchases")]))'
    ),
    "Makes up their mind quickly": (
        'chain(xEvent, timestamp, [V: WHAT(eventType = "commerce.productViews"), '
        'A: WHAT(eventType = "commerce.productListAdds") WHEN(<= 1 hour after V), '
        'B: WHAT(eventType = "commerce.purchases") WHEN(<= 1 hour after A)])'
    ),
    "Spent 100 this quarter": (
        'let spent = (sum B.commerce.order.priceTotal over B from xEvent where B.eventType = "commerce.purchases" '
        "and B.timestamp occurs <= 90 days before now) in (spent >= 100)"
    ),
    "Keeps going back to one category": (
        'xEvent[eventType = "commerce.productViews"].groupBy(_example.category)'
        ".map((K, G) => mapEntry(K, G.count())).values().max() >= 4"
    ),
    "Gold and platinum, gone quiet": (
        f'inSegment("{_UPPER_TIERS}") and not (exists E from xEvent where E.timestamp occurs <= 14 days before now)'
    ),
}

SEGMENT_DEFINITIONS: list[dict[str, Any]] = [
    {
        "id": uuid("segment definition", name),
        "name": name,
        "schema": {"name": "_xdm.context.profile"},
        "expression": {"type": "PQL", "format": "pql/text", "value": expression},
        "mergePolicyId": MERGE_POLICIES[0]["id"],
    }
    for name, expression in _EXPRESSIONS.items()
]
