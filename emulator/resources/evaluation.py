"""What a segment job does: definitions over merged profiles, at one instant.

Counts are counted and memberships moved here and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from emulator import pql
from emulator.resources import merge_policies
from emulator.resources.identities import Identity
from emulator.resources.memberships import EXISTING, EXITED, REALIZED, Membership, SegmentMembers, transition
from emulator.resources.merge_policies import NO_POLICY
from emulator.resources.merging import qualified_at
from emulator.resources.population import MergedProfiles, MergeRule, Profile
from emulator.resources.segment_definitions import compiled
from emulator.resources.space import Space
from emulator.simulation.instants import format_instant

if TYPE_CHECKING:
    from emulator.resources.segment_jobs import JobSegment

#: The namespace under which computed memberships are known, whatever case it is written in.
COMPUTED = "ups"


@dataclass(frozen=True, slots=True)
class SegmentationMetrics:
    """What one run counted. Keys are segment ids, but for ``by_merge_policy``."""

    total_profiles: int
    sizes: Mapping[str, int]
    by_namespace: Mapping[str, Mapping[str, int]]
    by_status: Mapping[str, Mapping[str, int]]
    by_merge_policy: Mapping[str, int]


def run(space: Space, segments: Sequence[JobSegment], at: int) -> SegmentationMetrics:
    """Evaluate ``segments`` at ``at`` (epoch ms) and move the memberships of the sandbox.

    All segments see the memberships as they were before this run, whatever their order.
    """
    two = space.settings.membership_statuses == "two"
    sizes: dict[str, int] = {}
    by_namespace: dict[str, Mapping[str, int]] = {}
    by_status: dict[str, Mapping[str, int]] = {}
    by_merge_policy: dict[str, int] = {}
    moved = {}
    for segment in segments:
        policy = space.merge_policies.get((segment.merge_policy_id, segment.merge_policy_version))
        merged = space.population.merged(policy.rule if policy else NO_POLICY)
        by_merge_policy[segment.merge_policy_id] = len(merged.profiles)
        members = qualifying(space, segment.expression, merged, at)
        before = _before(space, segment.segment_id, merged)
        outcome = transition(before, [profile.key for profile in members], at, two)
        moved[segment.segment_id] = SegmentMembers(merged.graph, outcome.entries)
        sizes[segment.segment_id] = len(members)
        by_namespace[segment.segment_id] = by_namespace_code(members)
        counts = {REALIZED: outcome.realized, EXISTING: outcome.existing, EXITED: outcome.exited}
        if two:
            counts = {REALIZED: outcome.size, EXITED: outcome.exited}
        by_status[segment.segment_id] = counts
    for segment_id, moved_members in moved.items():
        space.memberships.put(segment_id, moved_members)
    return SegmentationMetrics(sum(by_merge_policy.values()), sizes, by_namespace, by_status, by_merge_policy)


def by_namespace_code(profiles: Iterable[Profile]) -> dict[str, int]:
    """Count profiles by the namespaces of their identities, each profile once a namespace."""
    counter: Counter[str] = Counter()
    for profile in profiles:
        counter.update({identity.namespace for identity in profile.identities})
    return dict(sorted(counter.items()))


def qualifying(space: Space, expression: Mapping[str, str], merged: MergedProfiles, at: int) -> Sequence[Profile]:
    """Answer the profiles that satisfy ``expression`` at ``at`` (epoch ms)."""
    query = compiled(expression)
    predicate = query.predicate
    if query.uses_membership:
        return _qualifying_by_membership(space, query, merged, at)
    if query.uses_time:
        return [profile for profile in merged.profiles if predicate(profile.attributes, profile.events, at, None)]
    key = expression["format"], expression["value"]
    known = merged.timeless.get(key)
    if known is None:  # neither time nor membership: the same for as long as the population is the same
        known = tuple(profile for profile in merged.profiles if predicate(profile.attributes, profile.events, at, None))
        merged.timeless[key] = known
    return known


def _qualifying_by_membership(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int) -> Sequence[Profile]:
    computed = _memberships_by_profile(space, merged, at)
    none: dict[str, Membership] = {}
    return [
        profile
        for profile in merged.profiles
        for own in [computed.get(profile.key, none)]
        if query.predicate(_shown(space, profile, own), profile.events, at, _resolver(space, profile, own, at))
    ]


def _memberships_by_profile(space: Space, merged: MergedProfiles, at: int) -> dict[Identity, dict[str, Membership]]:
    """Answer what ``memberships_of`` answers, for all profiles at once."""
    result: dict[Identity, dict[str, Membership]] = {}
    by_identity = merged.by_identity
    graph = space.population.graph
    for segment_id, members in space.memberships.items():
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
    return _shown(space, profile, memberships_of(space, profile, at))


def _shown(space: Space, profile: Profile, computed: Mapping[str, Membership]) -> Mapping[str, Any]:
    if not computed:
        return profile.attributes
    shown: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for namespace, entries in profile.attributes.get("segmentMembership", {}).items():
        if namespace.casefold() == COMPUTED:
            own.update(entries)
        else:
            shown[namespace] = entries
    for segment_id, entry in computed.items():
        own[segment_id] = _entry(entry)
    return {**profile.attributes, "segmentMembership": {space.settings.membership_namespace_key: own, **shown}}


@lru_cache(maxsize=1024)
def _entry(membership: Membership) -> Mapping[str, str]:
    return {"lastQualificationTime": format_instant(membership.qualified), "status": membership.status}


def _before(space: Space, segment_id: str, merged: MergedProfiles) -> Mapping[Identity, Membership]:
    known = space.memberships.get(segment_id)
    if known is None:
        return _ingested_members(segment_id, merged)
    by_identity = merged.by_identity
    entries: dict[Identity, Membership] = {}
    for identity, entry in known.entries.items():
        profile = by_identity.get(identity)
        key = profile.key if profile else identity
        present = entries.get(key)
        if present is None or entry.qualified > present.qualified:
            entries[key] = entry
    return entries


def _ingested_members(segment_id: str, merged: MergedProfiles) -> dict[Identity, Membership]:
    result = {}
    for profile in merged.profiles:
        for namespace, entries in profile.attributes.get("segmentMembership", {}).items():
            entry = entries.get(segment_id) if namespace.casefold() == COMPUTED else None
            if entry and entry.get("status") in (REALIZED, EXISTING):
                result[profile.key] = Membership(EXISTING, qualified_at(entry))
    return result


def resolver(space: Space, profile: Profile, at: int) -> Callable[[str], bool]:
    """Answer what `inSegment` asks of a profile at ``at``."""
    return _resolver(space, profile, memberships_of(space, profile, at), at)


def _resolver(space: Space, profile: Profile, computed: Mapping[str, Membership], at: int) -> Callable[[str], bool]:
    """Answer what `inSegment` asks of a profile.

    A membership decides if there is one. A segment that jobs have evaluated has no other members. One that was never
    evaluated is looked up by id, then by name, and evaluated on the spot; a cycle is false.
    """
    asked: set[str] = set()

    def in_segment(segment_id: str) -> bool:
        entry = computed.get(segment_id)
        if entry is not None:
            return entry.is_member
        for entries in profile.attributes.get("segmentMembership", {}).values():
            if segment_id in entries:
                return entries[segment_id].get("status") in (REALIZED, EXISTING, "entered")
        definition = space.definitions.get(segment_id) or next(
            (each for each in space.definitions if each.name == segment_id), None
        )
        if definition is None or definition.id in asked:
            return False
        if definition.id in space.memberships:
            entry = computed.get(definition.id)
            return entry is not None and entry.is_member
        asked.add(definition.id)
        try:
            record = _shown(space, profile, computed)
            return compiled(definition.expression).predicate(record, profile.events, at, in_segment)
        finally:
            asked.discard(definition.id)

    return in_segment


def rule_of(space: Space, policy_id: str | None, version: int | None = None) -> MergeRule:
    """Answer the merge rule of a policy, of the default one when None. Raises ``Refusal`` (404)."""
    if policy_id is None:
        policy = merge_policies.default_for(space)
        return policy.rule if policy else NO_POLICY
    return merge_policies.find(space, policy_id, version).rule
