"""What a segment job does: definitions over merged profiles, at one instant.

Counts are counted and memberships moved here and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING

from msgspec import Struct

from emulator.resources.identities import Identity
from emulator.resources.membership_view import COMPUTED
from emulator.resources.memberships import EXISTING, REALIZED, Membership, SegmentMembers, transition
from emulator.resources.merge_policies import NO_POLICY
from emulator.resources.merging import qualified_at
from emulator.resources.population import MergedProfiles, MergeRule
from emulator.resources.qualification import qualifying
from emulator.resources.space import Space

if TYPE_CHECKING:
    from emulator.resources.segment_jobs import JobSegment


class SegmentationMetrics(Struct, frozen=True):
    """What one run counted. Keys are segment ids, but for ``by_merge_policy``."""

    total_profiles: int
    sizes: Mapping[str, int]
    by_namespace: Mapping[str, Mapping[str, int]]
    by_status: Mapping[str, Mapping[str, int]]
    by_merge_policy: Mapping[str, int]


class Outcome(Struct, frozen=True):
    """What a run found out: its counts, and the memberships by segment id."""

    metrics: SegmentationMetrics
    memberships: Mapping[str, SegmentMembers]


def evaluate(space: Space, segments: Sequence[JobSegment], at: int) -> Outcome:
    """Answer what ``segments`` come to at ``at`` (epoch ms).

    All segments see the memberships as they were before this run, whatever their order.
    """
    two = space.settings.membership_statuses == "two"
    sizes: dict[str, int] = {}
    by_namespace: dict[str, Mapping[str, int]] = {}
    by_status: dict[str, Mapping[str, int]] = {}
    by_merge_policy: dict[str, int] = {}
    moved: dict[str, SegmentMembers] = {}
    for segment, merged, members in _qualifying(space, segments, at):
        by_merge_policy[segment.merge_policy_id] = len(merged.profiles)
        before = _before(space, segment.segment_id, merged)
        entries, counts = transition(before, compress(merged.keys, members), at, two)
        moved[segment.segment_id] = SegmentMembers(merged.graph, entries)
        by_status[segment.segment_id] = counts
        sizes[segment.segment_id] = members.count(1)
        by_namespace[segment.segment_id] = by_namespace_code(Counter(compress(merged.namespaces, members)))
    total = sum(by_merge_policy.values())
    return Outcome(SegmentationMetrics(total, sizes, by_namespace, by_status, by_merge_policy), moved)


def _qualifying(
    space: Space, segments: Sequence[JobSegment], at: int
) -> Iterator[tuple[JobSegment, MergedProfiles, bytes]]:
    """Answer for each segment which profiles qualify, 1 or 0 for each; those of one merge policy are found together."""
    by_rule: dict[MergeRule, list[JobSegment]] = {}
    for segment in segments:
        policy = space.merge_policies.get((segment.merge_policy_id, segment.merge_policy_version))
        by_rule.setdefault(policy.rule if policy else NO_POLICY, []).append(segment)
    for rule, alike in by_rule.items():
        merged = space.population.merged(rule)
        found = qualifying(space, [segment.expression for segment in alike], merged, at)
        for segment, members in zip(alike, found, strict=True):
            yield segment, merged, members


def write_down(space: Space, outcome: Outcome) -> None:
    """Move the memberships of the sandbox to what a run found out."""
    for segment_id, members in outcome.memberships.items():
        space.memberships.put(segment_id, members)


def by_namespace_code(counted: Counter[tuple[str, ...]]) -> dict[str, int]:
    """Count profiles by namespace, of which it is known how many have identities in which ones."""
    counts: Counter[str] = Counter()
    for namespaces, count in counted.items():
        counts.update(dict.fromkeys(namespaces, count))
    return dict(sorted(counts.items()))


def _before(space: Space, segment_id: str, merged: MergedProfiles) -> Mapping[Identity, Membership]:
    known = space.memberships.get(segment_id)
    if known is None:
        return _ingested_members(segment_id, merged)
    if known.entries.keys() <= merged.keys.keys():
        return known.entries
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
    for profile in merged.with_memberships:
        for namespace, entries in profile.attributes["segmentMembership"].items():
            entry = entries.get(segment_id) if namespace.casefold() == COMPUTED else None
            if entry and entry.get("status") in (REALIZED, EXISTING):
                result[profile.key] = Membership(EXISTING, qualified_at(entry))
    return result
