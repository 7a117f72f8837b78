"""Snapshot, restore, fork and reset of a universe with 10,000 objects."""

from __future__ import annotations

from statistics import median

from emulator import Emulator
from tests.bench.asking import ORG
from tests.bench.findings import Findings, Table, at_most, written
from tests.bench.measuring import Scale, cpu_ms
from tests.bench.stores import with_definitions, with_segment_jobs


def measure(scale: Scale) -> Findings:
    """Measure."""
    objects = scale.of(10_000, 2_000)
    times = scale.of(30, 10)
    emulator = Emulator()
    with_segment_jobs(emulator, objects // 2)
    with_definitions(emulator, objects // 2)
    emulator.org(ORG).clock.advance(hours=1)
    world = emulator.world(ORG)
    held = emulator.snapshot()
    found = {
        "snapshot": cpu_ms(lambda: emulator.snapshot(), times),
        "snapshot of the organisation": cpu_ms(lambda: emulator.snapshot(ORG), times),
        "fork": cpu_ms(lambda: world.fork("another"), times),
        "restore": cpu_ms(lambda: emulator.restore(held), times),
    }
    written_to, resets = list[float](), list[float]()
    for _ in range(times):
        emulator.restore(held)
        written_to += cpu_ms(lambda: with_segment_jobs(emulator, 1))
        resets += cpu_ms(emulator.reset)
    found["the first write to a table after a restore"], found["reset"] = written_to, resets
    return Findings(
        goals=[
            at_most(f"{name} with {objects:,} objects", 1, median(found[name]), " ms", 3)
            for name in ("snapshot", "restore", "fork", "reset")
        ],
        tables=[
            Table("ms of CPU, median", ["", ""], [[name, written(median(each), 3)] for name, each in found.items()])
        ],
        notes=["Content is shared, and what one side writes lies over it."],
    )
