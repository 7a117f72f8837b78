"""Who belongs to which segment: realized, existing, exited.

Memberships are kept per segment, under the primary identity of the profile that was evaluated. They change only when a
job ends. A whole membership is replaced at once, so forks and snapshots share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct

from emulator.resources.identities import Identity
from emulator.simulation.instants import DAY

REALIZED = "realized"
EXISTING = "existing"
EXITED = "exited"

#: An exited membership that a job wrote is forgotten after this long (30 days, Adobe's documentation), in ms.
EXITED_KEPT = 30 * DAY


class Membership(NamedTuple):
    """A status and since when: ``qualified`` is the instant (epoch ms) at which the segment was entered or left."""

    status: str
    qualified: int

    @property
    def is_member(self) -> bool:
        """Whether the profile is in the segment now."""
        return self.status != EXITED

    def is_forgotten(self, now: int) -> bool:
        """Answer whether the profile left so long before ``now`` (epoch ms) that the service no longer tells."""
        return self.status == EXITED and now - self.qualified > EXITED_KEPT


class SegmentMembers(Struct, frozen=True):
    """The memberships of one segment, as the last job left them, by the primary identity of the profile.

    ``graph`` is the one by which those profiles were stitched, ``none`` or ``pdg``.
    """

    graph: str
    entries: Mapping[Identity, Membership]


def transition(
    before: Mapping[Identity, Membership], members: Iterable[Identity], at: int, two: bool
) -> tuple[dict[Identity, Membership], dict[str, int]]:
    """Answer what a run at ``at`` (epoch ms) makes of the memberships ``before`` when ``members`` qualify.

    With it goes how many are realized, existing and exited by the run. Not a member to member: realized. Member to
    member: existing, with its old qualification time. Member to not a member: exited. An exited one stays as it was,
    for 30 days. With ``two``, the newer form of the service, every member is realized.
    """
    stays = REALIZED if two else EXISTING
    entered, left = Membership(REALIZED, at), Membership(EXITED, at)
    staying: dict[int, Membership] = {}
    entries: dict[Identity, Membership] = {}
    existing = 0
    for identity in members:
        old = before.get(identity)
        if old is None or not old.is_member:
            entries[identity] = entered
        else:
            since = old.qualified
            kept = staying.get(since)
            if kept is None:
                kept = staying[since] = Membership(stays, since)
            entries[identity] = kept
            existing += 1
    counts = dict.fromkeys((REALIZED, stays, EXITED), 0)
    counts[REALIZED] = len(entries) - existing
    counts[stays] += existing
    for identity, old in before.items():
        if identity not in entries:
            if old.is_member:
                entries[identity] = left
                counts[EXITED] += 1
            elif not old.is_forgotten(at):
                entries[identity] = old
    return entries, counts
