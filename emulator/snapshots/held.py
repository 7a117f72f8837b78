"""Snapshots in memory. Taking one shares all content with the world until that writes, so its size does not matter."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from emulator.settings import Settings
from emulator.simulation.clock import Clock, ClockState
from emulator.snapshots.errors import SnapshotError
from emulator.world import World


class HeldWorld(Struct, frozen=True):
    """A world as it was: a fork that nobody acts on, the clock's state then, and how many requests it had answered."""

    world: World
    clock: ClockState
    requests: int

    def revived(self, org: str, clock: Clock, settings: Settings) -> World:
        """Answer a world of ``org`` that goes on from here, fed by the real time of ``clock``, under ``settings``."""
        world = self.world.fork(org)
        world.clock = clock.at(self.clock)
        world.settings = settings
        for space in world.spaces.values():
            space.settings = settings
        return world


def hold(world: World) -> HeldWorld:
    """Answer ``world`` as it is now, after all that is due has come true."""
    with world.lock:
        world.now()
        return HeldWorld(world.fork(), world.clock.state(), world.journal.count)


class Snapshot(Struct, frozen=True):
    """The state of all organisations seen so far and of the template, or of one organisation: then without template.

    Immutable: it may be put back again and again, in any order with others, and into another emulator.
    """

    template: HeldWorld | None
    orgs: Mapping[str, HeldWorld]

    def of(self, org: str) -> HeldWorld:
        """Answer the state of an organisation; one not seen by then is what the template would have made of it.

        Raises ``SnapshotError`` when this is the state of another organisation alone.
        """
        if org in self.orgs:
            return self.orgs[org]
        if self.template is None:
            raise SnapshotError(f"the snapshot is of organisation {', '.join(self.orgs)}, not of {org}")
        return replace(self.template, requests=0)

    def whole(self) -> tuple[HeldWorld, Mapping[str, HeldWorld]]:
        """Answer the template's state and that of every organisation.

        Raises ``SnapshotError`` when this is the state of one organisation alone.
        """
        if self.template is None:
            org = ", ".join(self.orgs)
            raise SnapshotError(f"the snapshot is of organisation {org} alone; put it back into that one").within(
                "template"
            )
        return self.template, self.orgs

    def to_json(self) -> str:
        """Write the state as one JSON document, in ASCII.

        Raises ``SnapshotError`` for a number that JSON does not have: infinite, or not a number.
        """
        from emulator.snapshots.documents import to_document, to_text

        return to_text(to_document(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Snapshot:
        """Read a document that ``to_json`` wrote. Raises ``SnapshotError`` that says what is wrong, and where."""
        from emulator.snapshots.documents import from_document, from_text

        return from_document(from_text(text))
