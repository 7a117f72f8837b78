"""The generated blocks of docs/pql.md, drawn from the function table and the cases of our readings.

python -m tests.pql.docs_blocks      writes them
tests/pql/test_docs.py               compares them
"""

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Any

from emulator.pql.functions import FUNCTIONS
from tests.pql.conformance import READINGS

PAGE = Path(__file__).parents[2] / "docs" / "pql.md"
_LONGEST = 110  # characters of an example that is worth a cell


def function_table() -> str:
    """The table of functions."""
    lines: list[str] = []
    for group, rows in groupby(FUNCTIONS.values(), key=lambda row: row.group):
        if lines:
            lines.append("")
        lines += [f"**{group}**", "", "| name | form | parameters | result | meaning | page |"]
        lines.append("| --- | --- | --- | --- | --- | --- |")
        for row in rows:
            forms = "<br>".join(f"`{form}`" for form in row.forms)
            parameters = ", ".join(row.parameters)
            lines.append(f"| `{row.name}` | {forms} | {parameters} | {row.result} | {row.meaning} | {row.source} |")
    return "\n".join(lines)


def readings() -> str:
    """The tables of our readings, each with its reason and an example."""
    lines: list[str] = []
    for section, cases in groupby(READINGS, key=lambda case: case["section"]):
        lines += ["", f"### {section}", "", "| | reading | reason | example |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {case['id']} | {_cell(case['reading'])} | {_cell(case['reason'])} | {_example(case)} |"
            for case in cases
        ]
    return "\n".join(lines[1:])


def _example(case: dict[str, Any]) -> str:
    expression = case["expression"]
    if len(expression) > _LONGEST or "\n" in expression:
        return ""
    quotes = "``" if "`" in expression else "`"
    outcome = "is refused" if "error" in case else f"is `{json.dumps(case['expected'], ensure_ascii=False)}`"
    return f"{quotes}{_cell(expression)}{quotes} {outcome}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


BLOCKS = {"pql functions": function_table, "pql readings": readings}


def renewed(text: str) -> str:
    """The page with its generated blocks as they ought to be."""
    for name, block in BLOCKS.items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = pattern.sub(lambda found, block=block: f"{found[1]}{block()}\n{found[2]}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
