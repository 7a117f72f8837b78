"""How attributes of several fragments become one record: the later one in order wins, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.simulation.instants import parse_instant


def merged_record(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Answer one record of ``records``, weakest first: objects are merged, anything else is taken over whole."""
    if not records:
        return {}
    result = dict(records[0])
    for record in records[1:]:
        _overlay(result, record)
    return result


def _overlay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for name, value in above.items():
        present = below.get(name)
        if isinstance(value, Mapping) and isinstance(present, Mapping):
            merged = dict(present)
            _overlay(merged, value)
            below[name] = merged
        elif value is not None:
            below[name] = value


#: Who has a say in a field, by its name: positions of records, or the same of the fields of an object.
_Say = dict[str, "list[int] | _Say"]


def prevailing(records: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], list[int]]:
    """Answer which of ``records``, weakest first, fill each field of the merged record, by the path of the field.

    The records are told by their positions: the one whose value is taken, then those it prevails over at that very
    path. A field is anything but an object or null.
    """
    say: _Say = {}
    for position, record in enumerate(records):
        _have_say(say, record, position)
    return dict(_by_path(say, ()))


def _have_say(say: _Say, record: Mapping[str, Any], position: int) -> None:
    for name, value in record.items():
        present = say.get(name)
        if isinstance(value, Mapping):
            within = present if isinstance(present, dict) else {}
            say[name] = within
            _have_say(within, value, position)
        elif value is not None:
            say[name] = [position, *(present if isinstance(present, list) else ())]


def _by_path(say: _Say, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    for name, each in say.items():
        if isinstance(each, dict):
            yield from _by_path(each, (*at, name))
        else:
            yield (*at, name), each


def merged_memberships(maps: Sequence[Mapping[str, Any] | None]) -> dict[str, dict[str, Any]]:
    """Answer one segmentMembership map: per namespace and audience the entry that was qualified last."""
    result: dict[str, dict[str, Any]] = {}
    for each in maps:
        for namespace, entries in (each or {}).items():
            merged = result.setdefault(namespace, {})
            for audience_id, entry in entries.items():
                present = merged.get(audience_id)
                if present is None or qualified_at(entry) >= qualified_at(present):
                    merged[audience_id] = entry
    return result


def qualified_at(entry: Mapping[str, Any]) -> int:
    """Answer when a membership entry was qualified, epoch ms; 0 when it does not say."""
    text = entry.get("lastQualificationTime")
    return parse_instant(text) if isinstance(text, str) else 0
