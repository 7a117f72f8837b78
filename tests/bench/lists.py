"""Pages of a list of 100,000 jobs: filters, orders, and where in the list the page lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import median
from urllib.parse import urlencode

from emulator import Emulator
from emulator.resources import segment_jobs
from tests.bench.asking import ORG, UPS, Caller
from tests.bench.findings import Findings, Table, at_most, written
from tests.bench.in_process import SEGMENT
from tests.bench.measuring import Scale, cpu_ms, exponent, in_turn

_OTHER_SEGMENT = "42f49f2d-edb0-474f-b29d-2799d89cd5a6"

#: How many jobs are made between two moves of the clock, so that they differ in when they were made.
_TOGETHER = 50

_LIMIT = 100

#: Query by how the table calls it; those of ``_COMMON`` are the ones whose cost shall not grow with the store.
_COMMON: Mapping[str, Mapping[str, str]] = {
    "no filter": {},
    "status=SUCCEEDED": {"status": "SUCCEEDED"},
    "status=PROCESSING": {"status": "PROCESSING"},
    "segment id": {"property": f"segments~segmentId=={_OTHER_SEGMENT}"},
    "creation time": {"property": "creationTime=={created}"},
    "sort=creationTime:asc": {"sort": "creationTime:asc"},
    "sort=creationTime:desc": {"sort": "creationTime:desc"},
}
_OTHERS: Mapping[str, Mapping[str, str]] = {
    "sort=updateTime:desc": {"sort": "updateTime:desc"},
    "sort=status:asc,creationTime:desc": {"sort": "status:asc,creationTime:desc"},
    "status, segment id, sort": {
        "status": "SUCCEEDED",
        "property": f"segments~segmentId=={_OTHER_SEGMENT}",
        "sort": "creationTime:asc",
    },
    "property=source": {"property": "source==api"},
    "property=requestId": {"property": "requestId==nobody"},
}


def measure(scale: Scale) -> Findings:
    """Measure."""
    sizes = (scale.of(10_000, 1_000), scale.of(100_000, 10_000))
    times = scale.of(9, 3)
    few, many = _pages(sizes, times)
    worst = max(max(pages) for pages in many.values())
    growth = {name: exponent(sizes, [max(few[name]), max(many[name])]) for name in many}
    return Findings(
        goals=[
            at_most(f"the dearest page of {_LIMIT} of {sizes[1]:,} jobs", 20, worst, " ms", 1),
            at_most(
                "growth of the common filters and orders with the store: the exponent",
                0.25,
                max(growth[name] for name in _COMMON),
            ),
        ],
        tables=[
            Table(
                f"A page of {_LIMIT}, ms of CPU (median of {times}, in turn), and its growth from {sizes[0]:,} jobs",
                ["", "first page", "middle", "last", "exponent"],
                [[name, *(written(each, 2) for each in many[name]), f"{growth[name]:.2f}"] for name in many],
            )
        ],
        notes=["Calls of the application, with no socket: what the list itself costs, its JSON included."],
    )


def _pages(sizes: Sequence[int], times: int) -> list[dict[str, list[float]]]:
    """Answer the cost of pages by query for every size, each asked in turn: a machine is not as fast at all times."""
    stores = {size: _store(size) for size in sizes}
    found: list[dict[str, list[float]]] = [{} for _ in sizes]
    for name, query in {**_COMMON, **_OTHERS}.items():
        pages = {size: _first_middle_last(caller, query, created) for size, (caller, created) in stores.items()}
        for place in range(3):
            asks = {size: partial(_asked, stores[size][0], pages[size][place]) for size in sizes}
            for costs, taken in zip(found, in_turn(asks, times).values(), strict=True):
                costs.setdefault(name, []).append(median(taken))
    return found


def _first_middle_last(caller: Caller, query: Mapping[str, str], created: int) -> list[str]:
    asked = {key: value.format(created=created) for key, value in query.items()}
    first = caller.document("GET", _path(asked, 0))
    pages = max(1, -(-first["_page"]["totalCount"] // _LIMIT))
    return [_path(asked, page) for page in (0, pages // 2, pages - 1)]


def _asked(caller: Caller, path: str) -> float:
    return cpu_ms(partial(caller.ask, "GET", path))[0]


def _path(query: dict[str, str], page: int) -> str:
    return f"{UPS}/segment/jobs?{urlencode({**query, 'start': page, 'limit': _LIMIT})}"


def _store(size: int) -> tuple[Caller, int]:
    """Answer a caller of an emulator with ``size`` jobs, and when one in the middle was made.

    Most have succeeded; one in ten was cancelled, the newest are still processing or new, one in ten is over
    another segment.
    """
    emulator = Emulator()
    world = emulator.world(ORG)
    clock = emulator.org(ORG).clock
    space = world.spaces["prod"]
    instants = []
    for number in range(size):
        now = world.clock.now()
        job = segment_jobs.create(space, [_OTHER_SEGMENT if number % 10 == 7 else SEGMENT], now)
        if number % 10 == 3:
            segment_jobs.cancel(space, job.id, now)
        if number % _TOGETHER == 0:
            instants.append(now)
            clock.advance(seconds=1)
    return Caller(emulator), instants[len(instants) // 2]
