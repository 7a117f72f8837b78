"""Who satisfies a query: over merged profiles, at one instant, and without asking again what cannot have changed.

A query knows how long its answer about a profile holds (``pql.Compiled.lasting``). A later run asks again only about
the profiles for which that time is over, or whose memberships that the query asks about are others now. That is the
same answer, found sooner: ten years of a daily schedule cost little more than the days on which something changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from emulator import pql
from emulator.resources.membership_view import StoredDefinitions, memberships_by_profile, queried, resolver_over
from emulator.resources.memberships import Membership
from emulator.resources.population import MergedProfiles, Profile
from emulator.resources.segment_definitions import compiled
from emulator.resources.space import Space

_NONE: Mapping[str, Membership] = {}


class LastRun(Struct, frozen=True):
    """The answers of a run about ``merged`` at ``since`` (epoch ms), one for each of its profiles.

    ``untils``: when each may be another, and ``earliest`` the first of them. ``asked``: what `inSegment` answered for
    each. ``members`` are the profiles whose answer is true.
    """

    merged: MergedProfiles
    since: int
    truths: Sequence[bool]
    untils: Sequence[int]
    earliest: int
    asked: Sequence[tuple[bool, ...]]
    members: tuple[Profile, ...]


def qualifying(
    space: Space, expression: Mapping[str, str], merged: MergedProfiles, at: int
) -> tuple[Sequence[Profile], LastRun | None]:
    """Answer the profiles that satisfy ``expression`` at ``at`` (epoch ms), and the run to ``remember``, if any."""
    query = compiled(expression)
    if query.reads_memberships:
        return _by_membership_map(space, query, merged, at), None
    key = expression["format"], expression["value"]
    if not query.uses_time and not query.segment_ids:
        known = merged.timeless.get(key)
        if known is None:
            predicate = query.predicate
            known = tuple(each for each in merged.profiles if predicate(each.attributes, each.events, at, None))
            merged.timeless[key] = known
        return known, None
    run = _run(space, query, merged, at, space.last_runs.get(key))
    return run.members, run


def remember(space: Space, expression: Mapping[str, str], run: LastRun) -> None:
    """Keep the answers of a run for the next one."""
    space.last_runs.put((expression["format"], expression["value"]), run)


def count(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int) -> int:
    """Count the profiles that satisfy ``query`` at ``at`` (epoch ms). Nothing of it is kept for later runs."""
    if query.reads_memberships:
        return len(_by_membership_map(space, query, merged, at))
    return sum(_first_answers(query, merged.profiles, at, _asked(space, query, merged, at)))


def _run(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int, last: LastRun | None) -> LastRun:
    asked = _asked(space, query, merged, at)
    if last is None or last.merged is not merged or last.since > at:
        truths, untils = _first_answers(query, merged.profiles, at, asked), [at] * len(merged.profiles)
    elif asked == last.asked and (last.earliest > at or last.since == at):
        return last
    else:
        truths, untils = list(last.truths), list(last.untils)
        for index, profile in enumerate(merged.profiles):
            if untils[index] <= at or asked[index] != last.asked[index]:
                truths[index], untils[index] = _answer(query, profile, at, asked[index])
    members = tuple(profile for profile, truth in zip(merged.profiles, truths, strict=True) if truth)
    return LastRun(merged, at, truths, untils, min(untils, default=at), asked, members)


def _first_answers(
    query: pql.Compiled, profiles: Sequence[Profile], at: int, asked: Sequence[tuple[bool, ...]]
) -> list[bool]:
    """Answer each truth at ``at`` and no more: how long it holds is found out when somebody asks again."""
    predicate = query.predicate
    if not query.segment_ids:
        return [predicate(each.attributes, each.events, at, None) for each in profiles]
    return [_truth(query, each, at, answers) for each, answers in zip(profiles, asked, strict=True)]


def _truth(query: pql.Compiled, profile: Profile, at: int, asked: tuple[bool, ...]) -> bool:
    answers = dict(zip(sorted(query.segment_ids), asked, strict=True))
    return query.predicate(_without_memberships(profile), profile.events, at, answers.__getitem__)


def _answer(query: pql.Compiled, profile: Profile, at: int, asked: tuple[bool, ...]) -> tuple[bool, int]:
    answers = dict(zip(sorted(query.segment_ids), asked, strict=True))
    return query.lasting(_without_memberships(profile), profile.events, at, answers.__getitem__)


def _without_memberships(profile: Profile) -> Mapping[str, Any]:
    """Answer the record without the memberships it was ingested with: the resolver has looked at them already."""
    if "segmentMembership" not in profile.attributes:
        return profile.attributes
    return {name: value for name, value in profile.attributes.items() if name != "segmentMembership"}


def _asked(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int) -> Sequence[tuple[bool, ...]]:
    segment_ids = sorted(query.segment_ids)
    if not segment_ids:
        return [()] * len(merged.profiles)
    stored = StoredDefinitions(space)
    computed = memberships_by_profile(space, merged, at, _reached(space, stored, segment_ids))
    result = []
    for profile in merged.profiles:
        in_segment = resolver_over(space, profile, computed.get(profile.key, _NONE), at, stored)
        result.append(tuple(in_segment(segment_id) for segment_id in segment_ids))
    return result


def _reached(space: Space, stored: StoredDefinitions, segment_ids: Sequence[str]) -> set[str]:
    """Answer the ids that are asked about, by a query or by the definitions it is answered from, however far."""
    reached: set[str] = set()
    waiting = list(segment_ids)
    while waiting:
        named = waiting.pop()
        if named not in reached:
            reached.add(named)
            definition = stored.find(named)
            if definition is not None:
                query = compiled(definition.expression)
                if query.reads_memberships:
                    return set(space.memberships.keys())
                waiting += [definition.id, *query.segment_ids]
    return reached


def _by_membership_map(space: Space, query: pql.Compiled, merged: MergedProfiles, at: int) -> Sequence[Profile]:
    computed = memberships_by_profile(space, merged, at, list(space.memberships.keys()))
    stored = StoredDefinitions(space)
    return [
        profile
        for profile in merged.profiles
        for own in [computed.get(profile.key, _NONE)]
        if query.predicate(
            queried(space, profile, own), profile.events, at, resolver_over(space, profile, own, at, stored)
        )
    ]
