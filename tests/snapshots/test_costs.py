"""What snapshots cost: the same however much there is, because what nobody wrote to is shared."""

from __future__ import annotations

from emulator import Emulator
from emulator.resources.space import Space
from emulator.resources.tables import Table
from tests.snapshots.histories import SMALL

ORG = "TEST@AdobeOrg"


def tables(space: Space) -> list[Table[object, object]]:
    return [each for name in Space.__struct_fields__ if isinstance(each := getattr(space, name), Table)]


def test_a_snapshot_shares_every_table_until_it_is_written_to() -> None:
    emulator = Emulator(SMALL)
    now = emulator.world(ORG).spaces["prod"]
    held = emulator.snapshot().of(ORG).world.spaces["prod"]
    assert all(one.shares_rows_with(other) for one, other in zip(tables(now), tables(held), strict=True))
    now.definitions.remove("swedes")
    shared = [one.shares_rows_with(other) for one, other in zip(tables(now), tables(held), strict=True)]
    assert shared.count(False) == 1
    assert "swedes" in held.definitions


def test_a_restored_world_shares_with_its_snapshot() -> None:
    emulator = Emulator(SMALL)
    state = emulator.snapshot()
    emulator.restore(state)
    now, held = emulator.world(ORG).spaces["prod"], state.of(ORG).world.spaces["prod"]
    assert all(one.shares_rows_with(other) for one, other in zip(tables(now), tables(held), strict=True))
    assert now.population is held.population
