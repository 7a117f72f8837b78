"""Filters of the templates: numbers, instants and lengths in words, the same as ``format.js`` writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.simulation.instants import format_instant

_UNITS = ((86_400_000, "day"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))


def number(value: int | float) -> str:
    """Answer ``1,204``."""
    return f"{value:,}"


def count(value: int, one: str, many: str = "") -> str:
    """Answer ``1,204 profiles``, ``1 profile``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def instant(value: int | str) -> str:
    """Answer ``2026-01-15 09:00:00`` of epoch ms, or of RFC 3339 text."""
    text = value if isinstance(value, str) else format_instant(value)
    return text[:10] + " " + text[11:19]


def length(ms: int) -> str:
    """Answer the two largest units of a length: ``3 h 12 min``, ``4 s``, ``250 ms``."""
    if ms < 1000:
        return f"{ms} ms"
    words: list[str] = []
    for size, unit in _UNITS:
        whole, ms = divmod(ms, size)
        if whole:
            plural = "s" if unit == "day" and whole > 1 else ""
            words.append(f"{whole} {unit}{plural}")
        if len(words) == 2 or (words and not whole):
            break
    return " ".join(words)


def short(id: object) -> str:
    """Answer the first eight characters of a long id."""
    text = str(id)
    return text[:8] if len(text) > 12 else text


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "count": count,
    "instant": instant,
    "span": length,
    "rfc3339": format_instant,
    "short": short,
}
