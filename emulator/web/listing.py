"""Filters and orders of UPS lists: ``property=path==value`` and ``sort=attribute:desc``, over what a client sees."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import NoneType
from typing import Any, TypeVar

from msgspec import Struct

from emulator.resources.refusals import invalid

#: What the signs of a filter ask of a value and the one that is wanted.
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "~": operator.contains,
}

W = TypeVar("W", bound=Mapping[str, Any])


class Filter(Struct, frozen=True):
    """``a.b==value``, or ``list~key==value`` for some element of a list; values are compared as text."""

    path: str
    key: str | None
    value: str

    @classmethod
    def read(cls, text: str) -> Filter:
        """Read a ``property`` parameter. Raises ``Refusal`` (400) for another form."""
        path, found, value = text.partition("==")
        if not found or not path:
            raise invalid(f"A `property` filter is written path==value or list~key==value, not {text[:80]!r}.")
        path, in_list, key = path.partition("~")
        return cls(path, key if in_list else None, value)

    def admits(self, wire: Mapping[str, Any]) -> bool:
        """Answer whether a wire form satisfies it."""
        if self.key is None and "." not in self.path:
            return self.path in wire and _text(wire[self.path]) == self.value
        values = _values(wire, self.path)
        if self.key is not None:
            elements = [each for value in values if isinstance(value, list) for each in value]
            values = [found for each in elements for found in _values(each, self.key)]
        return any(_text(value) == self.value for value in values)


def matching(wires: Iterable[W], filters: Sequence[Filter]) -> list[W]:
    """Answer the wire forms that every filter admits."""
    return [wire for wire in wires if all(each.admits(wire) for each in filters)]


def _values(value: Any, path: str) -> list[Any]:
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return []
        value = value[name]
    return [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def in_order(wires: Sequence[W], sort: str | None) -> list[W]:
    """Answer wire forms sorted by ``attribute:asc|desc``, several with commas; ties keep order.

    Objects without the attribute come last. Raises ``Refusal`` (400) for another form.
    """
    result = list(wires)
    if sort is None:
        return result
    for part in reversed(sort.split(",")):
        path, _, direction = part.partition(":")
        if not path or direction not in ("", "asc", "desc"):
            raise invalid(f"`sort` is written attribute:asc or attribute:desc, not {sort[:80]!r}.")
        values = [wire.get(path) if "." not in path else _value(wire, path) for wire in result]
        found = [(value, wire) for value, wire in zip(values, result, strict=True) if value is not None]
        absent = [wire for value, wire in zip(values, result, strict=True) if value is None]
        found.sort(key=operator.itemgetter(0) if _are_alike(values) else _rank, reverse=direction == "desc")
        result = [wire for _, wire in found] + absent
    return result


def by_sign(order: str) -> str:
    """Answer ``+a,-b`` (merge policies, sandboxes) as ``a:asc,b:desc``, which ``in_order`` reads.

    A plus may come as the space that it stands for in a query string; no sign is ascending.
    """
    parts = order.split(",")
    return ",".join(f"{part[1:]}:desc" if part.startswith("-") else f"{part.lstrip('+ ')}:asc" for part in parts)


def _value(wire: Mapping[str, Any], path: str) -> Any:
    values = _values(wire, path)
    return values[0] if values else None


def _are_alike(values: Iterable[Any]) -> bool:
    """Answer whether values are all texts or all whole numbers, which need no rank."""
    return set(map(type, values)) - {NoneType} in ({str}, {int})


def _rank(entry: tuple[Any, Any]) -> tuple[int, Any]:
    value = entry[0]
    if isinstance(value, bool | int | float):
        return 0, value
    return 1, _text(value)
