"""Erasing a profile: its fragments and events leave the population, and so every merge view; its memberships go too."""

from __future__ import annotations

from emulator.resources.entities import View
from emulator.resources.memberships import SegmentMembers
from emulator.resources.population import Profile
from emulator.resources.space import Space


def erase(space: Space, view: View, profile: Profile) -> None:
    """Erase ``profile`` as ``view`` shows it: all that its identities link, or unstitched what has its primary one."""
    erased = frozenset(profile.identities if view.is_stitched else (profile.key,))
    space.population = space.population.without(erased)
    for segment_id, members in list(space.memberships.items()):
        if not erased.isdisjoint(members.entries):
            kept = {identity: entry for identity, entry in members.entries.items() if identity not in erased}
            space.memberships.put(segment_id, SegmentMembers(members.graph, kept))
