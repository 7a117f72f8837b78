"""Experience events as they are looked up: what one person did, by time and by the values of properties.

Source: the profile access endpoint of Real-Time Customer Profile (Adobe's OpenAPI document and guide).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from emulator.resources.entities import Sought
from emulator.resources.export_rows import branches_of, narrowed
from emulator.resources.population import ExperienceEvent, Profile
from emulator.resources.refusals import invalid
from emulator.simulation.instants import format_instant, parse_instant

#: The most property filters that one lookup may have.
MAX_FILTERS = 3

_FILTER = re.compile(r"([^=!<>]+)(<=|>=|!=|==|=|<|>)(.*)", re.DOTALL)
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.eq,  # negated for the event as a whole
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PropertyFilter(Struct, frozen=True):
    """A condition on what is at a dotted path: any value there satisfies it, or for ``!=`` none is equal."""

    path: tuple[str, ...]
    comparison: str
    value: str

    def holds_for(self, document: Mapping[str, Any]) -> bool:
        """Answer whether an event satisfies the condition."""
        compare = _COMPARISONS[self.comparison]
        holds = any(_compared(compare, value, self.value) for value in _values(document, self.path))
        return not holds if self.comparison == "!=" else holds


def parse_filter(text: str) -> PropertyFilter:
    """Read ``path<=value``; a value may be quoted, a date is yyyy-mm-dd or yyyymmdd. Raises ``Refusal`` (400)."""
    match = _FILTER.fullmatch(text)
    if match is None:
        raise invalid(f"A `property` is a path, one of = != < <= > >= and a value, not {text[:80]!r}.")
    path, comparison, value = match.groups()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return PropertyFilter(tuple(path.strip().split(".")), comparison, value)


def _values(value: Any, path: Sequence[str]) -> list[Any]:
    if isinstance(value, list | tuple):
        return [found for each in value for found in _values(each, path)]
    if not path:
        return [value]
    if not isinstance(value, Mapping) or path[0] not in value:
        return []
    return _values(value[path[0]], path[1:])


def _compared(compare: Callable[[Any, Any], bool], value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return compare("true" if value else "false", wanted.lower())
    if isinstance(value, int | float):
        try:
            return compare(value, float(wanted))
        except ValueError:
            return False
    if not isinstance(value, str):
        return False
    instant, wanted_instant = _instant(value), _instant(wanted)
    if instant is not None and wanted_instant is not None:
        return compare(instant, wanted_instant)
    return compare(value, wanted)


def _instant(text: str) -> int | None:
    match = _COMPACT_DATE.fullmatch(text)
    try:
        return parse_instant("-".join(match.groups()) if match else text)
    except ValueError:
        return None


def of_profile(
    profile: Profile,
    *,
    begins: int | None = None,
    ends: int | None = None,
    filters: Sequence[PropertyFilter] = (),
    newest_first: bool = False,
) -> list[ExperienceEvent]:
    """Answer the events of ``profile`` from ``begins`` on and before ``ends`` (epoch ms), by time.

    One that was ingested again with the same id counts once, as it came last.
    """
    by_id = {event.id: event for event in profile.stored_events}
    events = [
        event
        for event in by_id.values()
        if (begins is None or event.timestamp >= begins)
        and (ends is None or event.timestamp < ends)
        and all(each.holds_for(event.document) for each in filters)
    ]
    return sorted(events, key=lambda event: event.timestamp, reverse=newest_first)


def to_wire(event: ExperienceEvent, sought: Sought, fields: Sequence[str]) -> dict[str, Any]:
    """Answer an event of whom was ``sought``; ``timestamp`` in ms, no ``fields`` is all."""
    return {
        "relatedEntityId": sought.xid,
        "entityId": event.id,
        "timestamp": event.timestamp,
        "entity": narrowed(event.document, branches_of(fields)),
        "lastModifiedAt": format_instant(event.ingested),
    }
