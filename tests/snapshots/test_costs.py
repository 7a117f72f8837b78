"""What snapshots cost: the same however much there is, because what nobody wrote to is shared."""

from __future__ import annotations

import gc
from time import perf_counter

import pytest
from msgspec.structs import replace

from emulator import Emulator
from emulator.resources.space import Space
from emulator.resources.tables import Table
from emulator.snapshots import Snapshot
from tests.snapshots.histories import SMALL

ORG = "TEST@AdobeOrg"


def filled(count: int) -> Emulator:
    """An emulator whose organisation holds ``count`` definitions, written before any snapshot."""
    emulator = Emulator(SMALL)
    space = emulator.world(ORG).spaces["prod"]
    known = next(iter(space.definitions))
    for number in range(count):
        id = f"definition-{number}"
        space.definitions.put(id, replace(known, id=id))
    return emulator


def tables(space: Space) -> list[Table[object, object]]:
    return [each for name in Space.__struct_fields__ if isinstance(each := getattr(space, name), Table)]


def test_a_snapshot_shares_every_table_until_it_is_written_to() -> None:
    emulator = filled(10)
    now = emulator.world(ORG).spaces["prod"]
    held = emulator.snapshot().of(ORG).world.spaces["prod"]
    assert all(one.shares_rows_with(other) for one, other in zip(tables(now), tables(held), strict=True))
    now.definitions.remove("definition-3")
    shared = [one.shares_rows_with(other) for one, other in zip(tables(now), tables(held), strict=True)]
    assert shared.count(False) == 1
    assert "definition-3" in held.definitions


def test_a_restored_world_shares_with_its_snapshot() -> None:
    emulator = filled(10)
    state = emulator.snapshot()
    emulator.restore(state)
    now, held = emulator.world(ORG).spaces["prod"], state.of(ORG).world.spaces["prod"]
    assert all(one.shares_rows_with(other) for one, other in zip(tables(now), tables(held), strict=True))
    assert now.population is held.population


@pytest.mark.bench
def test_taking_and_putting_back_take_less_than_a_millisecond() -> None:
    times = {}
    for count in (10_000, 100_000):
        emulator = filled(count)
        taken, restored, compared = [], [], []
        state = emulator.snapshot()
        gc.collect()
        for _ in range(50):
            begin = perf_counter()
            state = emulator.snapshot()
            taken.append(perf_counter() - begin)
            begin = perf_counter()
            emulator.restore(state)
            restored.append(perf_counter() - begin)
            begin = perf_counter()
            emulator.changes_since(state)
            compared.append(perf_counter() - begin)
        times[count] = [min(taken), min(restored), min(compared)]
        print(count, [f"{each * 1e6:.0f} us" for each in times[count]])
    assert max(times[10_000] + times[100_000]) < 0.001
    assert all(large < 3 * small for small, large in zip(times[10_000], times[100_000], strict=True))


@pytest.mark.bench
def test_the_document_of_the_bundled_data() -> None:
    emulator = Emulator()
    times = []
    for _ in range(5):
        begin = perf_counter()
        text = emulator.snapshot().to_json()
        written = perf_counter()
        Snapshot.from_json(text)
        times.append((written - begin, perf_counter() - written))
    write, read = map(min, zip(*times, strict=True))
    print(f"{len(text)} bytes, written in {write * 1000:.0f} ms, read in {read * 1000:.0f} ms")
    assert write < 1
    assert read < 1
