"""What jobs, requests and the journal hold on to."""

from __future__ import annotations

import gc
import tracemalloc

from emulator import Emulator
from emulator.resources import segment_jobs
from tests.bench.asking import ORG, UPS, Caller
from tests.bench.findings import Findings, Table, at_most, written
from tests.bench.in_process import SEGMENT
from tests.bench.measuring import Scale, resident_mib
from tests.bench.stores import definition, space_of

#: How many jobs are made between two moves of the clock.
_TOGETHER = 100

#: How often resident memory is looked at.
_LOOKS = 10


def measure(scale: Scale) -> Findings:
    """Measure."""
    jobs, requests = scale.of(20_000, 4_000), scale.of(200_000, 20_000)
    resident = _jobs_by_resident_memory(jobs)
    traced = _jobs_by_tracing(jobs // 5)
    bodies, kept, journal_mib = _large_answers(scale.of(8_000, 500))
    levels = _levels(requests)
    half = levels[len(levels) // 2 :]
    return Findings(
        goals=[
            at_most(f"a finished job, of {jobs:,}", 2048, traced, " bytes", 0),
            at_most(
                f"resident memory over {requests:,} requests: growth in their second half",
                8,
                half[-1] - half[0],
                " MiB",
                1,
            ),
            at_most(f"the journal after {bodies:,} answers of 64 KiB and more", 256, journal_mib, " MiB", 0),
        ],
        tables=[
            Table(
                "Jobs that have succeeded, bytes each",
                ["", "bytes"],
                [["traced (tracemalloc)", written(traced, 0)], ["resident memory", written(resident, 0)]],
            ),
            Table(
                f"Resident MiB over {requests:,} requests (three reads, one write of the same definition)",
                [f"{number * requests // _LOOKS:,}" for number in range(len(levels))],
                [[written(each, 0) for each in levels]],
            ),
        ],
        notes=[f"Of {bodies:,} exchanges with long answers the journal keeps {kept:,}."],
    )


def _lives(emulator: Emulator, count: int) -> None:
    clock = emulator.org(ORG).clock
    for _ in range(count // _TOGETHER):
        with space_of(emulator) as (space, now):
            for _ in range(_TOGETHER):
                segment_jobs.create(space, [SEGMENT], now)
        clock.advance(minutes=10)


def _jobs_by_resident_memory(count: int) -> float:
    emulator = Emulator()
    _lives(emulator, count // 10)
    gc.collect()
    before = resident_mib()
    _lives(emulator, count)
    gc.collect()
    return (resident_mib() - before) * 2**20 / count


def _jobs_by_tracing(count: int) -> float:
    emulator = Emulator()
    _lives(emulator, count // 10)
    gc.collect()
    tracemalloc.start()
    try:
        _lives(emulator, count)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / count
    finally:
        tracemalloc.stop()


def _large_answers(count: int) -> tuple[int, int, float]:
    """Ask ``count`` times for a list of more than 64 KiB; answers that, how many are kept, and the MiB it took."""
    emulator = Emulator()
    _lives(emulator, 100)
    caller = Caller(emulator)
    before = resident_mib()
    for _ in range(count):
        caller.ask("GET", f"{UPS}/segment/jobs?limit=100")
    return count, len(emulator.requests), resident_mib() - before


def _levels(requests: int) -> list[float]:
    emulator = Emulator()
    caller = Caller(emulator)
    job = caller.document("POST", f"{UPS}/segment/jobs", [{"segmentId": SEGMENT}])["id"]
    wire = caller.document("POST", f"{UPS}/segment/definitions", definition(0))
    levels = [resident_mib()]
    for _ in range(_LOOKS):
        for _ in range(requests // _LOOKS // 4):
            caller.ask("GET", f"{UPS}/segment/jobs/{job}")
            caller.ask("GET", f"{UPS}/segment/definitions/{wire['id']}")
            caller.ask("GET", f"{UPS}/segment/jobs?limit=1")
            caller.ask("PATCH", f"{UPS}/segment/definitions/{wire['id']}", definition(0))
        levels.append(resident_mib())
    return levels
