"""Filters of the templates: numbers, instants and ids in words, the same as ``format.js`` writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.simulation.instants import format_instant


def number(value: int | float) -> str:
    """Answer ``1,204``."""
    return f"{value:,}"


def count(value: int, one: str) -> str:
    """Answer ``1,204 profiles``, ``1 profile``."""
    return f"{value:,} {one}{'' if value == 1 else 's'}"


def instant(value: int | str) -> str:
    """Answer ``2026-01-15 09:00:00`` of epoch ms, or of RFC 3339 text."""
    text = value if isinstance(value, str) else format_instant(value)
    return text[:10] + " " + text[11:19]


def short(id: object) -> str:
    """Answer the first eight characters of a long id."""
    text = str(id)
    return text[:8] if len(text) > 12 else text


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "count": count,
    "instant": instant,
    "rfc3339": format_instant,
    "short": short,
}
