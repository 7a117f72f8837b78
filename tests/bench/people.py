"""A made-up population for the subjects that need many people, and twenty definitions of varied kinds about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from emulator.generation import generate
from emulator.generation.folder import TEMPLATE
from emulator.pql import convert
from tests.bench.processes import BUILD
from tests.bench.stores import PROFILE

EVENTS_EACH = 5

_PURCHASES = 'xEvent[eventType = "commerce.purchases"]'

#: Besides the thirteen that are generated: strings, quantifiers, top-n, dates, nested lists, counts and an aggregate.
_MORE = (
    'person.name.firstName.startsWith("A") and homeAddress.city like "P%"',
    f"{_PURCHASES}.count() >= 2 and (forall B from {_PURCHASES} where B.commerce.order.priceTotal < 60)",
    f'{_PURCHASES}.topN(commerce.order.priceTotal, 1).head().productListItems.exists(SKU.startsWith("TRA"))',
    "person.birthDate.getMonth() = currentMonth()",
    'select V from xEvent where V.eventType = "commerce.productViews", I from V.productListItems '
    'where I.SKU like "KIT-0%"',
    'xEvent[eventType = "web.webpagedetails.pageViews" and timestamp occurs <= 60 days before now].count() >= 3',
    "(max P.productListItems.head().priceTotal over P from xEvent) > 100",
)


def folder(people: int) -> Path:
    """Answer the folder of ``people`` made-up persons; written at its first use, and kept for later runs."""
    path = BUILD / f"people-{people}"
    if not path.exists():
        generate(path, people, EVENTS_EACH, seed=0)
    return path


def twenty_definitions(turn: int) -> list[dict[str, Any]]:
    """Answer twenty definitions; those of another ``turn`` are other queries, about which nothing is known yet.

    One is in pql/json.
    """
    generated = json.loads((TEMPLATE / "prod" / "segment-definitions.json").read_text(encoding="utf-8"))
    expressions = [each["expression"]["value"] for each in generated] + list(_MORE)
    definitions = []
    for number, expression in enumerate(expressions):
        value, form = f"({expression}) and person.birthYear > {1800 + turn}", "pql/text"
        if number == 1:
            value, form = convert(value, form)
        definitions.append(
            {
                "name": f"{turn}: {number}",
                "schema": PROFILE,
                "expression": {"type": "PQL", "format": form, "value": value},
            }
        )
    return definitions
