"""A profile's memberships as somebody sees them: what jobs computed, what was ingested, what `inSegment` asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from emulator.resources.identities import Identity
from emulator.resources.memberships import EXISTING, REALIZED, Membership
from emulator.resources.population import MergedProfiles, Profile
from emulator.resources.segment_definitions import SegmentDefinition
from emulator.resources.space import Space
from emulator.simulation.instants import format_instant

#: The namespace under which computed memberships are known, whatever case it is written in.
COMPUTED = "ups"


def memberships_by_profile(
    space: Space, merged: MergedProfiles, at: int, segment_ids: Collection[str]
) -> dict[Identity, dict[str, Membership]]:
    """Answer what ``memberships_of`` answers of some segments, for all profiles at once, by their keys."""
    result: dict[Identity, dict[str, Membership]] = {}
    by_identity = merged.by_identity
    graph = space.population.graph
    for segment_id in segment_ids:
        members = space.memberships.get(segment_id)
        if members is None:
            continue
        spread = merged.graph == "none" and members.graph == "pdg"
        for identity, entry in members.entries.items():
            if entry.is_forgotten(at):
                continue
            for each in graph.get(identity, ()) if spread else (identity,):
                profile = by_identity.get(each)
                if profile is not None:
                    own = result.setdefault(profile.key, {})
                    present = own.get(segment_id)
                    if present is None or entry.qualified > present.qualified:
                        own[segment_id] = entry
    return result


def memberships_of(space: Space, profile: Profile, at: int) -> dict[str, Membership]:
    """Answer the computed memberships of a profile at ``at``, by segment.

    Its own where it was evaluated as it is; otherwise those of every profile that shares an identity with it.
    """
    linked = dict.fromkeys(
        each for identity in profile.identities for each in space.population.graph.get(identity, (identity,))
    )
    result: dict[str, Membership] = {}
    for segment_id, members in space.memberships.items():
        for identity in (profile.key,) if members.graph == profile.graph == "none" else linked:
            entry = members.entries.get(identity)
            if entry is not None and not entry.is_forgotten(at):
                known = result.get(segment_id)
                if known is None or entry.qualified > known.qualified:
                    result[segment_id] = entry
    return result


def with_memberships(space: Space, profile: Profile, at: int) -> Mapping[str, Any]:
    """Answer the profile's record with ``segmentMembership`` as of ``at``: what was ingested and what jobs computed."""
    return shown(space, profile, memberships_of(space, profile, at))


def shown(space: Space, profile: Profile, computed: Mapping[str, Membership]) -> Mapping[str, Any]:
    """Answer the profile's record with ``computed`` memberships, by segment, beside those it was ingested with."""
    ingested: Mapping[str, Any] = profile.attributes.get("segmentMembership", {})
    if not computed and not any(namespace.casefold() == COMPUTED for namespace in ingested):
        return profile.attributes
    others: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for namespace, entries in ingested.items():
        if namespace.casefold() == COMPUTED:
            own.update(entries)
        else:
            others[namespace] = entries
    for segment_id, entry in computed.items():
        own[segment_id] = _entry(entry)
    return {**profile.attributes, "segmentMembership": {space.settings.membership_namespace_key: own, **others}}


def queried(space: Space, profile: Profile, computed: Mapping[str, Membership]) -> Mapping[str, Any]:
    """Answer the record that ``shown`` answers as queries see it: they may write the own namespace in any case."""
    record = shown(space, profile, computed)
    namespaces = record.get("segmentMembership")
    return record if namespaces is None else {**record, "segmentMembership": _Namespaces(namespaces)}


class _Namespaces(Mapping[str, Any]):
    """A segmentMembership in which the own namespace is found under ``ups`` and ``UPS``: Adobe's documents write both.

    It holds each namespace once, in the spelling that is shown.
    """

    __slots__ = ("_entries", "_own")

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = entries
        self._own = next((name for name in entries if name.casefold() == COMPUTED), None)

    def __getitem__(self, name: str) -> Any:
        if self._own is not None and name.casefold() == COMPUTED:
            name = self._own
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


@lru_cache(maxsize=1024)
def _entry(membership: Membership) -> Mapping[str, str]:
    return {"lastQualificationTime": format_instant(membership.qualified), "status": membership.status}


#: Answers the definition that a query names, or None.
Stored = Callable[[str], SegmentDefinition | None]


def stored_definitions(space: Space) -> Stored:
    """Answer what finds the definitions of a sandbox by id, or failing that by name; each is looked for once."""

    @cache
    def find(named: str) -> SegmentDefinition | None:
        by_name = (each for each in space.definitions if each.name == named)
        return space.definitions.get(named) or next(by_name, None)

    return find


def resolver_over(
    space: Space, profile: Profile, computed: Mapping[str, Membership], at: int, stored: Stored
) -> Callable[[str], bool]:
    """Answer what `inSegment` asks of a profile whose memberships at ``at`` (epoch ms) are ``computed``.

    A membership decides if there is one. A segment that jobs have evaluated has no other members. One that was never
    evaluated is looked up by id, then by name, and evaluated on the spot; a cycle is false.
    """
    asked: set[str] = set()
    ingested = profile.attributes.get("segmentMembership", {})

    def in_segment(segment_id: str) -> bool:
        entry = computed.get(segment_id)
        if entry is not None:
            return entry.is_member
        for entries in ingested.values():
            if segment_id in entries:
                return entries[segment_id].get("status") in (REALIZED, EXISTING, "entered")
        definition = stored(segment_id)
        if definition is None or definition.id in asked:
            return False
        if definition.id in space.memberships:
            entry = computed.get(definition.id)
            return entry is not None and entry.is_member
        asked.add(definition.id)
        try:
            record = queried(space, profile, computed)
            return definition.query.predicate(record, profile.events, at, in_segment)
        finally:
            asked.discard(definition.id)

    return in_segment
