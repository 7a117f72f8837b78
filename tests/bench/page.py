"""docs/performance.md: its generated blocks, drawn from the results of the last whole run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.findings import NOT_MEASURED, Findings, Goal, Table, from_json

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
RESULTS = Path(__file__).with_name("results.json")

_BLOCK = re.compile(r"(<!-- generated: bench ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Result:
    """What a subject found, when, on what machine, how long it took in s, and how many processes wanted a core then."""

    findings: Findings
    date: str
    machine: str
    seconds: float
    load: float | None = None


def kept() -> dict[str, Result]:
    """Answer the results of the last runs by subject."""
    if not RESULTS.exists():
        return {}
    documents: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {
        name: Result(from_json(each["findings"]), each["date"], each["machine"], each["seconds"], each["load"])
        for name, each in documents.items()
    }


def keep(results: Mapping[str, Result]) -> None:
    """Keep results for later, and draw the page from all that are kept."""
    whole = {**kept(), **results}
    text = json.dumps({name: asdict(whole[name]) for name in sorted(whole)}, indent=1, ensure_ascii=False)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8"), whole), encoding="utf-8")


def drawn(page: str, results: Mapping[str, Result]) -> str:
    """Answer ``page`` with its blocks drawn from ``results``; those of subjects that never ran stay."""

    in_order = [match[2] for match in _BLOCK.finditer(page)]

    def block(match: re.Match[str]) -> str:
        name = match[2]
        if name == "goals":
            content = goals({each: results[each] for each in in_order if each in results})
        elif name in results:
            content = section(results[name])
        else:
            return match[0]
        return f"{match[1]}{content}\n{match[3]}"

    return _BLOCK.sub(block, page)


def goals(results: Mapping[str, Result]) -> str:
    """Answer the table of all goals, with a line on the machine."""
    rows = [_goal_row(goal) for name in results for goal in results[name].findings.goals]
    machines = dict.fromkeys(f"{result.date}, {result.machine}" for result in results.values())
    return "\n".join(
        [*_table(["what", "goal", "measured", "met"], rows), "", *(f"Measured {each}." for each in machines)]
    )


def _goal_row(goal: Goal) -> list[str]:
    met = {True: "yes", False: "**no**", None: NOT_MEASURED}[goal.is_met]
    return [goal.what, goal.target, goal.measured, met]


def section(result: Result) -> str:
    """Answer the tables and notes of one subject."""
    lines: list[str] = []
    for table in result.findings.tables:
        lines += [*_titled(table), ""]
    lines += [f"{note}\n" for note in result.findings.notes]
    load = "" if result.load is None else f" at a load of {result.load:.1f}"
    return "\n".join([*lines, f"Measured {result.date} in {result.seconds:.0f} s{load}: {result.machine}."])


def _titled(table: Table) -> list[str]:
    return [f"{table.title}:", "", *_table(table.head, table.rows)]


def _table(head: Any, rows: Any) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


def printed(findings: Findings) -> str:
    """Answer findings for a terminal."""
    lines: list[str] = []
    for table in findings.tables:
        widths = [max(len(row[column]) for row in [table.head, *table.rows]) for column in range(len(table.head))]
        lines.append(table.title)
        for row in [table.head, *table.rows]:
            cells = [
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append(f"  {'  '.join(cells)}".rstrip())
    for goal in findings.goals:
        met = {True: "met", False: "NOT met", None: NOT_MEASURED}[goal.is_met]
        lines.append(f"{met:12} {goal.what}: {goal.measured} (goal {goal.target})")
    return "\n".join(lines)
