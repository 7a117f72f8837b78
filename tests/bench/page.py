"""docs/performance.md: its generated blocks, drawn from the results of the last whole run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.bench.findings import NOT_MEASURED, Findings
from tests.docs.generated import renewed, table

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
RESULTS = Path(__file__).with_name("results.json")

#: In the order of the goals; each is the module of its name, and has a block of the page.
SUBJECTS = (
    "cold_start",
    "in_process",
    "per_test",
    "over_http",
    "wsgi_servers",
    "lists",
    "live_server",
    "snapshots",
    "memory",
    "segment_job",
    "export_job",
    "growth",
    "pql_predicates",
)


class Result(Struct, frozen=True):
    """What a subject found, when, on what machine, how long it took in s, and how many processes wanted a core then."""

    findings: Findings
    date: str
    machine: str
    seconds: float
    load: float | None = None


def kept() -> dict[str, Result]:
    """Answer the results of the last runs by subject."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=dict[str, Result])


def keep(results: Mapping[str, Result]) -> None:
    """Keep results for later, and draw the page from all that are kept."""
    whole = dict(sorted({**kept(), **results}.items()))
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n")
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), blocks(whole)), encoding="utf-8")


def blocks(results: Mapping[str, Result]) -> dict[str, Callable[[], str]]:
    """Answer what the blocks of the page hold, by their names: a section for each subject that ran, and all goals."""
    sections = {f"bench {name}": partial(section, result) for name, result in results.items()}
    return {**sections, "bench goals": partial(goals, results)}


def goals(results: Mapping[str, Result]) -> str:
    """Answer the table of all goals, with a line on the machine."""
    in_order = [results[name] for name in SUBJECTS if name in results]
    met = {True: "yes", False: "**no**", None: NOT_MEASURED}
    rows = [
        [goal.what, goal.target, goal.measured, met[goal.is_met]]
        for result in in_order
        for goal in result.findings.goals
    ]
    machines = dict.fromkeys(f"Measured {result.date}, {result.machine}." for result in in_order)
    return "\n".join([table(["what", "goal", "measured", "met"], rows), "", *machines])


def section(result: Result) -> str:
    """Answer the tables and notes of one subject."""
    parts = [f"{each.title}:\n\n{table(each.head, each.rows)}" for each in result.findings.tables]
    load = "" if result.load is None else f" at a load of {result.load:.1f}"
    told = f"Measured {result.date} in {result.seconds:.0f} s{load}: {result.machine}."
    return "\n\n".join([*parts, *result.findings.notes, told])


def printed(findings: Findings) -> str:
    """Answer findings for a terminal."""
    lines: list[str] = []
    for each in findings.tables:
        widths = [max(len(row[column]) for row in [each.head, *each.rows]) for column in range(len(each.head))]
        lines.append(each.title)
        for row in [each.head, *each.rows]:
            cells = [
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append(f"  {'  '.join(cells)}".rstrip())
    for goal in findings.goals:
        met = {True: "met", False: "NOT met", None: NOT_MEASURED}[goal.is_met]
        lines.append(f"{met:12} {goal.what}: {goal.measured} (goal {goal.target})")
    return "\n".join(lines)
