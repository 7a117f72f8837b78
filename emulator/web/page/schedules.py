"""Schedules: jobs that start by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer the schedules of the sandbox."""
    return {"schedules": look.get("/data/core/ups/config/schedules", {"limit": 100})["children"]}
