"""Requests: the journal, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look

#: How many requests the list shows; ``requests.js`` shows as many.
SHOWN = 200


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer the last requests of the organisation."""
    return {"requests": look.get("/_emulator/requests", {"limit": SHOWN})["requests"][::-1]}
