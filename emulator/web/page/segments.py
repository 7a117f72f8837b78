"""The segments panel: definitions as they are stored, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look

#: How many definitions a page shows; the scripts ask for as many.
PAGE = 25


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer a page of definitions, and the last size of each."""
    asked = query.get("page", "")
    page = int(asked) if asked.isdecimal() and len(asked) <= 9 else 0
    listed = look.get("/data/core/ups/segment/definitions", {"limit": PAGE, "page": page})
    sizes: dict[str, int] = {}
    for run in look.get("/_emulator/segments/runs")["runs"]:
        sizes.update(run["sizes"])
    return {"definitions": listed["segments"], "total": listed["page"]["totalCount"], "sizes": sizes}
