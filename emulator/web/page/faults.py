"""Faults: the rules that say what is to go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer the rules of the organisation, with how often each matched and fired."""
    return {"rules": look.get("/_emulator/faults")["faults"]}
