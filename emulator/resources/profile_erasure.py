"""Erasing a profile: its fragments and events leave the population, and so every merge view; its memberships go too."""

from __future__ import annotations

from emulator.resources.entities import View
from emulator.resources.identities import Identity
from emulator.resources.memberships import SegmentMembers
from emulator.resources.population import ExperienceEvent, Fragment, Population, Profile
from emulator.resources.space import Space


def erase(space: Space, view: View, profile: Profile) -> None:
    """Erase ``profile`` as ``view`` shows it: all that its identities link, or unstitched what has its primary one."""
    population = space.population
    if view.is_stitched:
        erased = frozenset(profile.identities)
        space.population = population.without(erased)
    else:
        erased = frozenset((profile.key,))

        def stays(item: Fragment | ExperienceEvent) -> bool:
            return item.identities[0] != profile.key

        space.population = Population(
            tuple(each for each in population.fragments if stays(each)),
            tuple(each for each in population.events if stays(each)),
        )
    _forget(space, erased)


def _forget(space: Space, erased: frozenset[Identity]) -> None:
    for segment_id, members in list(space.memberships.items()):
        if not erased.isdisjoint(members.entries):
            kept = {identity: entry for identity, entry in members.entries.items() if identity not in erased}
            space.memberships.put(segment_id, SegmentMembers(members.graph, kept))
