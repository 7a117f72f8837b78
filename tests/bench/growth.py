"""What each call costs with 1,000, 10,000 and 100,000 objects of its kind there."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf, log
from statistics import median
from typing import Any

from emulator import Emulator
from tests.bench import stores
from tests.bench.asking import ORG, UPS, Caller
from tests.bench.findings import Findings, Goal, Table, written
from tests.bench.in_process import SEGMENT
from tests.bench.measuring import Scale, cpu_ms, exponent

#: Growth from the second size to the third above n log n is called so with this much to spare for the machine's noise.
_SPARE = 1.5

TOO_LONG = "not waited for"

#: Calls cheaper than this, in ms, are noise.
_NOISE = 1.0

#: A call that has taken so long in all, in ms, is made no more; nor is one at a size at which it would take longer.
_PATIENCE = 4_000.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call, to be made several times: each time ``act`` is called with the number of the time."""

    name: str
    act: Callable[[int], object]


def measure(scale: Scale) -> Findings:
    """Measure."""
    sizes = (100, 1_000, 10_000) if scale.quick else (1_000, 10_000, 100_000)
    times = scale.of(5, 3)
    found: dict[str, list[float]] = {}
    for kind in (_segment_jobs, _definitions, _audiences, _schedules, _exports, _profiles):
        for size in sizes:
            gc.collect()
            for call in kind(size):
                costs = found.setdefault(call.name, [])
                is_dear = bool(costs) and costs[-1] > _PATIENCE / 2
                costs.append(inf if is_dear else median(ms_of(call, times)))
    worse = [name for name, costs in found.items() if is_worse(sizes, costs)]
    return Findings(
        goals=[Goal("calls that grow faster than n log n", "none", ", ".join(worse) or "none", not worse)],
        tables=[
            Table(
                f"ms of CPU (median of {times}) with so many objects of the kind there; e: the exponent that fits",
                ["call", *(f"{size:,}" for size in sizes), "e", ""],
                [
                    [
                        name,
                        *(TOO_LONG if each == inf else written(each, 3) for each in costs),
                        "" if inf in costs else f"{exponent(sizes, costs):.2f}",
                        "faster than n log n" if name in worse else "",
                    ]
                    for name, costs in found.items()
                ],
            )
        ],
        notes=[
            f"Calls of the application, with no socket. Lists are asked for a page of 20. A call that took more than "
            f"{_PATIENCE / 2000:g} s is not made with more objects."
        ],
    )


def ms_of(call: Call, times: int) -> list[float]:
    """Make a call several times, unless that takes too long; answers the ms of each.

    One that needs what another would have made, for which nobody waited, is endless.
    """
    taken: list[float] = []
    while len(taken) < times and sum(taken) < _PATIENCE:
        try:
            taken += cpu_ms(partial(call.act, len(taken)))
        except IndexError:
            return [inf]
    return taken


def is_worse(sizes: tuple[int, ...], costs: list[float]) -> bool:
    """Answer whether the last step up costs more than n log n would."""
    (small, large), (before, after) = sizes[-2:], costs[-2:]
    if after == inf:
        return is_worse(sizes[:-1], costs[:-1])
    return after > _NOISE and after / max(before, 1e-3) > _SPARE * large * log(large) / (small * log(small))


def _store(fill: Callable[[Emulator, int], Any], size: int, **settings: Any) -> tuple[Emulator, Caller, Any]:
    emulator = Emulator(**settings)
    filled = fill(emulator, size)
    emulator.org(ORG).clock.advance(hours=1)
    return emulator, Caller(emulator), filled


def _segment_jobs(size: int) -> Iterator[Call]:
    emulator, caller, ids = _store(stores.with_segment_jobs, size)
    path, body = f"{UPS}/segment/jobs", [{"segmentId": SEGMENT}]
    made: list[str] = []
    yield Call("list segment jobs", lambda n: caller.ask("GET", f"{path}?limit=20"))
    yield Call(
        "list segment jobs by status, newest first", lambda n: caller.ask("GET", f"{path}?status=SUCCEEDED&limit=20")
    )
    yield Call("get a segment job", lambda n: caller.ask("GET", f"{path}/{ids[n]}"))
    yield Call("create a segment job", lambda n: made.append(caller.document("POST", path, body)["id"]))
    yield Call("cancel a segment job", lambda n: caller.ask("DELETE", f"{path}/{made[n]}"))
    yield Call("delete an ended segment job", lambda n: caller.ask("DELETE", f"{path}/{ids[n]}"))
    yield Call("get 100 segment jobs at once", lambda n: caller.ask("POST", f"{path}/bulk-get", _bulk(ids[-100:])))
    world = emulator.world(ORG)
    yield Call("snapshot", lambda n: emulator.snapshot())
    yield Call("fork", lambda n: world.fork("another"))
    yield Call("the first job after a fork", lambda n: (emulator.snapshot(), stores.with_segment_jobs(emulator, 1)))
    yield Call("agenda", lambda n: caller.ask("GET", "/_emulator/agenda"))
    yield Call("reset", lambda n: emulator.reset())


def _bulk(ids: list[str]) -> dict[str, Any]:
    return {"ids": [{"id": each} for each in ids]}


def _definitions(size: int) -> Iterator[Call]:
    _, caller, ids = _store(stores.with_definitions, size)
    path = f"{UPS}/segment/definitions"
    yield Call("list definitions", lambda n: caller.ask("GET", f"{path}?limit=20"))
    yield Call("get a definition", lambda n: caller.ask("GET", f"{path}/{ids[n]}"))
    yield Call("create a definition", lambda n: caller.ask("POST", path, stores.definition(size + n)))
    yield Call("change a definition", lambda n: caller.ask("PATCH", f"{path}/{ids[n]}", stores.definition(n)))
    yield Call("list audiences, definitions among them", lambda n: caller.ask("GET", f"{UPS}/audiences?limit=20"))
    yield Call(
        "search, counts",
        lambda n: caller.ask("GET", f"{UPS}/search/namespaces?schema.name=_xdm.context.segmentdefinition"),
    )
    yield Call("delete a definition", lambda n: caller.ask("DELETE", f"{path}/{ids[n]}"))


def _audiences(size: int) -> Iterator[Call]:
    _, caller, ids = _store(stores.with_audiences, size)
    path = f"{UPS}/audiences"
    yield Call("list audiences", lambda n: caller.ask("GET", f"{path}?limit=20"))
    yield Call("get an audience", lambda n: caller.ask("GET", f"{path}/{ids[n]}"))
    yield Call("create an audience", lambda n: caller.ask("POST", path, stores.audience(size + n)))
    yield Call("delete an audience", lambda n: caller.ask("DELETE", f"{path}/{ids[n]}"))


def _schedules(size: int) -> Iterator[Call]:
    _, caller, ids = _store(stores.with_schedules, size, max_schedules=10 * size)
    path = f"{UPS}/config/schedules"
    yield Call("list schedules", lambda n: caller.ask("GET", f"{path}?limit=20"))
    yield Call("get a schedule", lambda n: caller.ask("GET", f"{path}/{ids[n]}"))
    yield Call("create a schedule", lambda n: caller.ask("POST", path, stores.schedule(size + n)))
    yield Call("delete a schedule", lambda n: caller.ask("DELETE", f"{path}/{ids[n]}"))


def _exports(size: int) -> Iterator[Call]:
    emulator = Emulator(stores.NOBODY)
    dataset = stores.with_dataset(emulator)
    ids = stores.with_exports(emulator, dataset, size)
    caller, path = Caller(emulator), f"{UPS}/export/jobs"
    made: list[str] = []
    yield Call("list export jobs", lambda n: caller.ask("GET", f"{path}?limit=20"))
    yield Call("get an export job", lambda n: caller.ask("GET", f"{path}/{ids[n]}"))
    yield Call(
        "create an export job", lambda n: made.append(caller.document("POST", path, stores.export(dataset))["id"])
    )
    yield Call("cancel an export job", lambda n: caller.ask("DELETE", f"{path}/{made[n]}"))
    yield Call("list batches", lambda n: caller.ask("GET", "/data/foundation/catalog/batches?limit=20"))


def _profiles(size: int) -> Iterator[Call]:
    emulator = Emulator(stores.people(size))
    caller, clock = Caller(emulator), emulator.org(ORG).clock
    space = emulator.world(ORG).spaces["prod"]
    first = next(iter(space.definitions)).id
    entities = f"{UPS}/access/entities?schema.name=_xdm.context.profile&entityIdNS=email&entityId="
    preview = {"predicateExpression": 'homeAddress.country = "US"', "predicateType": "pql/text"}
    jobs: list[str] = []
    previews: list[str] = []

    def run() -> None:
        job = caller.document("POST", f"{UPS}/segment/jobs", [{"segmentId": first}])["id"]
        clock.run_until(job)
        jobs.append(job)

    def previewed() -> None:
        previews.append(caller.document("POST", f"{UPS}/preview", preview)["previewId"])
        clock.run_until(previews[-1])

    caller.ask("GET", f"{entities}0@example.com")
    yield Call("get an entity", lambda n: caller.ask("GET", f"{entities}{n}@example.com"))
    yield Call("a segment job, run to its end", lambda n: run())
    yield Call("get a job with its metrics", lambda n: caller.ask("GET", f"{UPS}/segment/jobs/{jobs[-1]}"))
    yield Call("a preview, run to its end", lambda n: previewed())
    yield Call("get a preview", lambda n: caller.ask("GET", f"{UPS}/preview/{previews[-1]}?limit=20"))
    yield Call("get an estimate", lambda n: caller.ask("GET", f"{UPS}/estimate/{previews[-1]}"))
    yield Call("sample status", lambda n: caller.ask("GET", f"{UPS}/previewsamplestatus"))
    yield Call("report by namespace", lambda n: caller.ask("GET", f"{UPS}/previewsamplestatus/report/namespace"))
    yield Call("reset, with profiles", lambda n: emulator.reset())
