"""Which audiences build on which: the query of one names others through ``inSegment``, by id or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from emulator.resources.refusals import Refusal

if TYPE_CHECKING:
    from emulator.resources.space import Space


class Dependencies(Struct, frozen=True):
    """Both directions, by audience id. An audience without any is not in the mapping."""

    dependencies: Mapping[str, tuple[str, ...]]
    dependents: Mapping[str, tuple[str, ...]]


def dependencies(space: Space) -> Dependencies:
    """Answer who builds on whom among the definitions and external audiences that ``space`` holds now.

    A name stands for what ``inSegment`` finds by it: an id before an external audience's own id, that before a
    definition's name. What is not there is left out, and so is an audience that names itself.
    """
    known = {definition.name: definition.id for definition in space.definitions}
    known.update((audience.audience_id, audience.id) for audience in space.audiences)
    known.update((audience.id, audience.id) for audience in space.audiences)
    known.update((definition.id, definition.id) for definition in space.definitions)
    forward: dict[str, tuple[str, ...]] = {}
    backward: dict[str, tuple[str, ...]] = {}
    for definition in space.definitions:
        named = [known[name] for name in sorted(definition.segment_ids) if name in known]
        for id in dict.fromkeys(named):
            if id != definition.id:
                forward[definition.id] = (*forward.get(definition.id, ()), id)
                backward[id] = (*backward.get(id, ()), definition.id)
    return Dependencies(forward, backward)


def dependents(space: Space, audience_id: str) -> tuple[str, ...]:
    """Answer the ids of the audiences that build on this one."""
    return dependencies(space).dependents.get(audience_id, ())


def refuse_dependents(space: Space, audience_id: str) -> None:
    """Raise ``Refusal`` (400) when an audience builds on this one, which therefore has to stay."""
    found = dependents(space, audience_id)
    if found:
        reason = f"Audiences depend on it: {', '.join(found)}"
        raise Refusal(400, "The audience cannot be deleted.", reason, code="UPAPI-113631-403")
