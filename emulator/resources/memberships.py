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


class Transition(Struct, frozen=True):
    """What one run made of a segment: its new memberships and how many are realized, existing and exited by it."""

    entries: Mapping[Identity, Membership]
    realized: int
    existing: int
    exited: int

    @property
    def size(self) -> int:
        """How many profiles are in the segment."""
        return self.realized + self.existing


def transition(before: Mapping[Identity, Membership], members: Iterable[Identity], at: int, two: bool) -> Transition:
    """Answer what a run at ``at`` (epoch ms) makes of the memberships ``before`` when ``members`` qualify.

    Not a member to member: realized. Member to member: existing, with its old qualification time. Member to not a
    member: exited. An exited one stays as it was, for 30 days. With ``two``, the newer form of the service, every
    member is realized.
    """
    entered = Membership(REALIZED, at)
    if not before:
        # step by step: others may wait for the interpreter
        entries = {identity: entered for identity in members}  # noqa: C420
        return Transition(entries, len(entries), 0, 0)
    left = Membership(EXITED, at)
    staying: dict[int, Membership] = {}
    entries = {}
    realized = existing = exited = 0
    for identity in members:
        old = before.get(identity)
        if old is None or not old.is_member:
            entries[identity] = entered
            realized += 1
        else:
            since = old.qualified
            kept = staying.get(since)
            if kept is None:
                kept = staying[since] = Membership(REALIZED if two else EXISTING, since)
            entries[identity] = kept
            existing += 1
    for identity, old in before.items():
        if identity not in entries:
            if old.is_member:
                entries[identity] = left
                exited += 1
            elif not old.is_forgotten(at):
                entries[identity] = old
    return Transition(entries, realized, existing, exited)
