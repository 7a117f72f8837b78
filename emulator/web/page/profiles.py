"""The profiles panel: whom a search finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer the first profiles that the search of the page's URL finds."""
    asked = {"search": query.get("q", ""), "mergePolicyId": query.get("policy", ""), "limit": 25}
    found = look.get("/_emulator/profiles", {name: value for name, value in asked.items() if value})
    return {"profiles": found["profiles"], "total": found["total"], "search": query.get("q", "")}
