"""Overview: what is due, what happened, what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer nothing more: what it shows, every panel's frame has."""
    return {}
