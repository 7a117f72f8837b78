"""Filters and orders of UPS lists: ``property=path==value`` and ``sort=attribute:desc``, over what a client sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from emulator.resources.refusals import invalid

R = TypeVar("R")
W = TypeVar("W", bound=Mapping[str, Any])


def matching(pairs: Iterable[tuple[W, R]], properties: Sequence[str]) -> list[tuple[W, R]]:
    """Answer the pairs of wire form and record that satisfy every filter.

    A filter is ``a.b==value``, or ``list~key==value`` for some element of a list; values are compared as text. Raises
    ``Refusal`` (400) for a filter of another form.
    """
    filters = [_filter(each) for each in properties]
    return [pair for pair in pairs if all(satisfied(pair[0]) for satisfied in filters)]


def _filter(text: str) -> Callable[[Mapping[str, Any]], bool]:
    path, found, wanted = text.partition("==")
    if not found or not path:
        raise invalid(f"A `property` filter is written path==value or list~key==value, not {text[:80]!r}.")
    list_path, in_list, key = path.partition("~")

    def satisfied(wire: Mapping[str, Any]) -> bool:
        values = _values(wire, list_path)
        if in_list:
            elements = [each for value in values if isinstance(value, list) for each in value]
            values = [found for each in elements for found in _values(each, key)]
        return any(_text(value) == wanted for value in values)

    return satisfied


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


def in_order(pairs: Sequence[tuple[W, R]], sort: str | None) -> list[tuple[W, R]]:
    """Answer ``pairs`` of wire form and record sorted by ``attribute:asc|desc``, several with commas; ties keep order.

    Objects without the attribute come last. Raises ``Refusal`` (400) for another form.
    """
    result = list(pairs)
    if sort is None:
        return result
    for part in reversed(sort.split(",")):
        path, _, direction = part.partition(":")
        if not path or direction not in ("", "asc", "desc"):
            raise invalid(f"`sort` is written attribute:asc or attribute:desc, not {sort[:80]!r}.")
        found = [(pair, values[0]) for pair in result if (values := _values(pair[0], path)) and values[0] is not None]
        absent = [pair for pair in result if not (values := _values(pair[0], path)) or values[0] is None]
        found.sort(key=lambda entry: _rank(entry[1]), reverse=direction == "desc")
        result = [pair for pair, _ in found] + absent
    return result


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool | int | float):
        return 0, value
    return 1, _text(value)
