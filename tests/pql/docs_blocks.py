"""The generated blocks of docs/pql.md: the function table, and our readings. ``tests.docs.blocks`` writes them."""

import json
from itertools import groupby
from typing import Any

from emulator.pql.functions import FUNCTIONS
from tests.docs.generated import table
from tests.pql.conformance import READINGS

_LONGEST = 110  # characters of an example that is worth a cell


def function_table() -> str:
    """The table of functions."""
    parts: list[str] = []
    for group, rows in groupby(FUNCTIONS.values(), key=lambda row: row.group):
        cells = [
            [
                f"`{row.name}`",
                "<br>".join(f"`{form}`" for form in row.forms),
                ", ".join(row.parameters),
                row.result,
                row.meaning,
                row.source,
            ]
            for row in rows
        ]
        parts += [f"**{group}**", table(["name", "form", "parameters", "result", "meaning", "page"], cells)]
    return "\n\n".join(parts)


def readings() -> str:
    """The tables of our readings, each with its reason and an example."""
    parts: list[str] = []
    for section, cases in groupby(READINGS, key=lambda case: case["section"]):
        rows = [[case["id"], case["reading"], case["reason"], _example(case)] for case in cases]
        parts += [f"### {section}", table(["", "reading", "reason", "example"], rows)]
    return "\n\n".join(parts)


def _example(case: dict[str, Any]) -> str:
    expression = case["expression"]
    if len(expression) > _LONGEST or "\n" in expression:
        return ""
    quotes = "``" if "`" in expression else "`"
    outcome = "is refused" if "error" in case else f"is `{json.dumps(case['expected'], ensure_ascii=False)}`"
    return f"{quotes}{expression}{quotes} {outcome}"


BLOCKS = {"pql functions": function_table, "pql readings": readings}
