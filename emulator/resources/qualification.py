"""Who satisfies a query: over merged profiles, at one instant, and without asking again what cannot have changed.

A query is asked about all profiles at once, in columns that stay with the merged profiles (``pql.Profiles``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from emulator import pql
from emulator.resources.membership_view import (
    Stored,
    memberships_by_profile,
    queried,
    resolver_over,
    stored_definitions,
)
from emulator.resources.memberships import Membership
from emulator.resources.population import MergedProfiles
from emulator.resources.segment_definitions import compiled
from emulator.resources.space import Space

_NONE: Mapping[str, Membership] = {}


def qualifying(space: Space, expressions: Sequence[Mapping[str, str]], merged: MergedProfiles, at: int) -> list[bytes]:
    """Answer for each expression which profiles satisfy it at ``at`` (epoch ms), 1 or 0 for each.

    What asks neither for time nor for memberships is kept with the merged profiles.
    """
    answers: dict[tuple[str, str], bytes] = {}
    open_questions: dict[tuple[str, str], pql.Compiled] = {}
    told: dict[str, bytes] = {}
    for expression in expressions:
        query, key = compiled(expression), (expression["format"], expression["value"])
        if query.reads_memberships:
            answers[key] = _by_membership_map(space, query, merged, at)
        elif key in merged.timeless:
            answers[key] = merged.timeless[key]
        else:
            open_questions[key] = query
            told.update(_asked(space, query, merged, at))
    found = pql.truths(list(open_questions.values()), merged.columns, at, told)
    for (key, query), members in zip(open_questions.items(), found, strict=True):
        answers[key] = members
        if not (query.uses_time or query.segment_ids):
            merged.timeless[key] = members
    return [answers[expression["format"], expression["value"]] for expression in expressions]


def count(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int) -> int:
    """Count the profiles that satisfy ``query`` at ``at`` (epoch ms). Nothing of it is kept."""
    if query.reads_memberships:
        return _by_membership_map(space, query, merged, at).count(1)
    (truths,) = pql.truths([query], merged.columns, at, _asked(space, query, merged, at))
    return truths.count(1)


def _asked(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int) -> Mapping[str, bytes]:
    """Answer what `inSegment` says of each profile, by segment."""
    if not query.segment_ids:
        return {}
    stored = stored_definitions(space)
    computed = memberships_by_profile(space, merged, at, _reached(space, stored, query.segment_ids))
    result = {}
    for segment_id in query.segment_ids:
        of_strangers = _of_strangers(space, stored, segment_id, merged, at)
        if of_strangers is not None and not (computed or merged.with_memberships):
            result[segment_id] = of_strangers
            continue
        truths = bytearray(of_strangers or len(merged.profiles))
        for row, profile in enumerate(merged.profiles):
            own = computed.get(profile.key, _NONE)
            if segment_id in own:
                truths[row] = own[segment_id].is_member
            elif own or of_strangers is None or "segmentMembership" in profile.attributes:
                truths[row] = resolver_over(space, profile, own, at, stored)(segment_id)
        result[segment_id] = bytes(truths)
    return result


def _of_strangers(space: Space, stored: Stored, segment_id: str, merged: MergedProfiles, at: int) -> bytes | None:
    """Answer what `inSegment` says of a profile that has no memberships; None where it has to be asked of each."""
    definition = stored(segment_id)
    if definition is None or definition.id in space.memberships:
        return bytes(len(merged.profiles))
    query = definition.query
    return None if query.uses_membership else pql.truths([query], merged.columns, at, {})[0]


def _reached(space: Space, stored: Stored, segment_ids: Collection[str]) -> set[str]:
    """Answer the ids that are asked about, by a query or by the definitions it is answered from, however far."""
    reached: set[str] = set()
    waiting = list(segment_ids)
    while waiting:
        named = waiting.pop()
        if named not in reached:
            reached.add(named)
            definition = stored(named)
            if definition is not None:
                query = definition.query
                if query.reads_memberships:
                    return set(space.memberships.keys())
                waiting += [definition.id, *query.segment_ids]
    return reached


def _by_membership_map(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int) -> bytes:
    computed = memberships_by_profile(space, merged, at, list(space.memberships.keys()))
    stored = stored_definitions(space)
    return bytes(
        query.predicate(
            queried(space, profile, own), profile.events, at, resolver_over(space, profile, own, at, stored)
        )
        for profile in merged.profiles
        for own in [computed.get(profile.key, _NONE)]
    )
