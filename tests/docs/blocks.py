"""The generated blocks of README and docs: drawn from the tables of the code, so that they cannot drift.

python -m tests.docs.blocks          writes them
tests/docs/test_blocks.py            compares them
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.settings import BY_NAME, ENVIRONMENT_PREFIX
from emulator.web.operations import OPERATIONS, Operation
from tests.bench import page
from tests.docs.generated import renewed, table
from tests.docs.rooms import drawing
from tests.pql import docs_blocks

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_SERVICES = (
    ("/ims", "Identity Management (tokens)"),
    ("/data/core/ups/segment/definitions", "Segment definitions"),
    ("/data/core/ups/segment/conversion", "Segment definitions"),
    ("/data/core/ups/segment/jobs", "Segment jobs"),
    ("/data/core/ups/config/schedules", "Schedules"),
    ("/data/core/ups/export/jobs", "Export jobs"),
    ("/data/core/ups/preview/", "Previews and estimates"),
    ("/data/core/ups/estimate", "Previews and estimates"),
    ("/data/core/ups/audiences", "Audiences"),
    ("/data/core/ups/search", "Segment search"),
    ("/data/core/ups/config/mergePolicies", "Merge policies"),
    ("/data/core/ups/access", "Profile access"),
    ("/data/core/ups/previewsamplestatus", "Preview sample status"),
    ("/data/core/ups/preview", "Previews and estimates"),
    ("/data/foundation/catalog", "Catalog (datasets, batches)"),
    ("/data/foundation/export", "Data Access"),
    ("/data/foundation/sandbox-management", "Sandboxes"),
    ("/data/foundation/query", "Query Service"),
    ("/data/foundation/schemaregistry", "Schema Registry (union view)"),
    ("/data/core/idnamespace", "Identity namespaces"),
)


def service_of(operation: Operation) -> str:
    """Answer the service that an operation belongs to."""
    return next(name for prefix, name in _SERVICES if f"{operation.path}/".startswith(prefix))


def support_summary() -> str:
    """Answer the matrix of services: how many operations answer, and how many say 501."""
    lines = []
    for service in dict.fromkeys(name for _, name in _SERVICES):
        rows = [each for each in OPERATIONS if service_of(each) == service]
        done = [each for each in rows if each.handler is not None]
        rest = ", ".join(f"`{each.id}`" for each in rows if each.handler is None)
        lines.append([service, f"{len(done)} of {len(rows)}", rest])
    return table(["service", "emulated", "known, answers 501"], lines)


def support_matrix() -> str:
    """Answer the matrix of operations: done, or 501 with its reason."""
    rows = []
    for each in OPERATIONS:
        support = "done" if each.handler is not None else f"501: {each.reason}"
        rows.append([f"`{each.id}`", f"`{each.method} {each.path}`", str(each.status), support])
    return table(["operation", "request", "success", "support"], rows)


def settings() -> str:
    """Answer the table of settings."""
    rows = []
    for name, setting in BY_NAME.items():
        default = default_of(name)
        others = ", ".join(f"`{each}`" for each in setting.metadata["choices"] if each != default)
        if isinstance(setting.default, bool):
            others = "`false`" if setting.default else "`true`"
        rows.append([f"`{name}`", f"`{default}`", others or "a number", setting.metadata["meaning"]])
    flag = next(iter(BY_NAME))
    note = (
        f"As a flag `--{flag.replace('_', '-')}`, in the environment `{ENVIRONMENT_PREFIX}{flag.upper()}`, and so on."
    )
    return f"{table(['setting', 'default', 'others', 'meaning'], rows)}\n\n{note}"


def default_of(name: str) -> str:
    """Answer the default of a setting as it is written on a command line."""
    default = BY_NAME[name].default
    return str(default).lower() if isinstance(default, bool) else str(default)


def fidelity() -> Any:
    """Answer the data behind the page on fidelity: facts, quirks and limits."""
    return json.loads((CASES / "fidelity.json").read_text(encoding="utf-8"))


def told_by_adobe() -> set[str]:
    """Answer the ids of the operations in Adobe's OpenAPI documents."""
    documents = [json.loads(each.read_text(encoding="utf-8")) for each in (CASES / "adobe").glob("*.json")]
    items = [item for document in documents for item in document["paths"].values()]
    methods = [each for item in items for each in item.values() if isinstance(each, dict)]
    return {each["operationId"] for each in methods if "operationId" in each}


def fidelity_services() -> str:
    """Answer a table a service: what is documented, inferred and decided, and what is not in Adobe's OpenAPI."""
    data, told = fidelity(), told_by_adobe()
    sections = []
    for service in dict.fromkeys(fact["service"] for fact in data["facts"]):
        rows = [
            [fact["topic"], ", ".join(fact.get("sources", [f"*{fact['basis']}*"])), fact["what"]]
            for fact in data["facts"]
            if fact["service"] == service
        ]
        sections += [f"### {service}", table(["what", "basis", "how it is here"], rows)]
        ids = dict.fromkeys(each.id for each in OPERATIONS if service_of(each) == service and each.id not in told)
        if ids:
            found = ", ".join(f"`{id}` ({data['elsewhere'][id]})" for id in ids)
            sections.append(f"Not in Adobe's OpenAPI: {found}.")
    return "\n\n".join(sections)


def fidelity_quirks() -> str:
    """Answer the register of quirks."""
    rows = [[each["id"], each["quirk"], each["here"], _switches(each)] for each in fidelity()["quirks"]]
    return table(["id", "quirk", "here", "setting"], rows)


def fidelity_limits() -> str:
    """Answer the table of limits."""
    rows = [[each["limit"], each["value"], each["here"], _switches(each)] for each in fidelity()["limits"]]
    return table(["limit", "value", "here", "setting"], rows)


def _switches(row: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`: `{default_of(name)}`" for name in row["settings"])


def command_help() -> str:
    """Answer what ``aep-emulator --help`` prints."""
    from emulator.cli import parser

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "100")  # whatever the width of the terminal
        return f"```\n{parser().format_help().rstrip()}\n```"


BLOCKS: dict[str, Callable[[], str]] = {
    "support summary": support_summary,
    "support matrix": support_matrix,
    "settings": settings,
    "fidelity services": fidelity_services,
    "fidelity quirks": fidelity_quirks,
    "fidelity limits": fidelity_limits,
    "command help": command_help,
    "rooms": drawing,
    **docs_blocks.BLOCKS,
    **page.blocks(page.kept()),
}


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(renewed(each.read_text(encoding="utf-8"), BLOCKS), encoding="utf-8")
