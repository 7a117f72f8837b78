"""What a subject found: goals beside the values measured, tables, notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from tests.bench.measuring import percentile

#: What stands where something could not be measured.
NOT_MEASURED = "not measured"


class Goal(Struct, frozen=True):
    """A goal beside the value measured. ``is_met`` is None where the value is missing."""

    what: str
    target: str
    measured: str
    is_met: bool | None


class Table(Struct, frozen=True):
    """Rows of text under a head."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Findings(Struct, frozen=True):
    """All that a subject found."""

    goals: list[Goal] = []
    tables: list[Table] = []
    notes: list[str] = []


def at_most(what: str, limit: float, measured: float | None, unit: str = "", digits: int = 2) -> Goal:
    """Answer a goal that is met by ``limit`` or less."""
    return _goal(what, f"{limit:g}{unit} or less", measured, unit, digits, lambda value: value <= limit)


def at_least(what: str, limit: float, measured: float | None, unit: str = "", digits: int = 2) -> Goal:
    """Answer a goal that is met by ``limit`` or more."""
    return _goal(what, f"{limit:g}{unit} or more", measured, unit, digits, lambda value: value >= limit)


def _goal(what: str, target: str, measured: float | None, unit: str, digits: int, meets: Any) -> Goal:
    if measured is None:
        return Goal(what, target, NOT_MEASURED, None)
    return Goal(what, target, f"{measured:,.{digits}f}{unit}", bool(meets(measured)))


def written(value: float | None, digits: int = 1) -> str:
    """Answer a number for a cell of a table."""
    return NOT_MEASURED if value is None else f"{value:,.{digits}f}"


def spread(values: Sequence[float], percents: Sequence[float], digits: int = 1) -> list[str]:
    """Answer percentiles for the cells of a table."""
    return [written(percentile(values, each), digits) for each in percents]
