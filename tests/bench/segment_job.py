"""Twenty definitions over 100,000 people with five events each: load, merge, a job, the next one, the polls."""

from __future__ import annotations

import json
from threading import Event
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

from emulator import Emulator
from emulator.long_work import own_process
from emulator.transport.server import ServerThread
from emulator.web.app import create_app
from tests.bench.asking import ORG, UPS, Caller
from tests.bench.findings import Findings, Table, at_most, spread, written
from tests.bench.measuring import Scale, resident_mib, spent
from tests.bench.people import folder, twenty_definitions
from tests.bench.polling import polled, wait_for

#: Virtual seconds a second while others poll.
RATE = 10


def measure(scale: Scale) -> Findings:
    """Measure."""
    own_process()  # as `serve` does
    people = scale.of(100_000, 5_000)
    path = folder(people)
    before = resident_mib()
    loaded: list[Emulator] = []
    load = spent(lambda: loaded.append(Emulator(path)))
    emulator = loaded[0]
    memory = resident_mib() - before
    space = emulator.world(ORG).spaces["prod"]
    merge = spent(lambda: [space.population.merged(policy.rule) for policy in space.merge_policies])
    caller, clock = Caller(emulator), emulator.org(ORG).clock
    ids = _defined(caller, 0)
    job = _asked_for(caller, ids)
    run = spent(lambda: clock.run_until(job))
    sizes = caller.document("GET", f"{UPS}/segment/jobs/{job}")["metrics"]["segmentedProfileCounter"]
    other = job
    job = _asked_for(caller, ids)
    again = spent(lambda: clock.run_until(job))
    clock.advance(days=1)
    job = _asked_for(caller, ids)
    later = spent(lambda: clock.run_until(job))
    after = resident_mib() - before

    with ServerThread(create_app(emulator)) as server:
        poll = f"{UPS}/segment/jobs/{other}"
        idle = polled(server.url, poll, lambda: Event().wait(1))
        clock.set_rate(RATE)
        ids = _defined(caller, 1)
        passing = polled(
            server.url, poll, lambda: wait_for(server.url, f"{UPS}/segment/jobs/{_asked_for(caller, ids)}")
        )
        clock.set_rate(0)
        job = _asked_for(caller, _defined(caller, 2))
        moving = polled(server.url, poll, lambda: _run_until(server.url, job))
    return Findings(
        goals=[
            at_most(f"20 definitions over {people:,} merged profiles, CPU", 4, run.cpu, " s"),
            at_most("another job's poll meanwhile, the longest", 50, max(passing), " ms", 1),
            at_most("load of the population, CPU", 20, load.cpu, " s", 1),
            at_most("its resident memory", 1536, memory, " MiB", 0),
        ],
        tables=[
            Table(
                f"{people:,} people, {sum(sizes.values()):,} memberships in {len(sizes)} segments",
                ["", "wall s", "CPU s"],
                [
                    ["load", written(load.wall), written(load.cpu)],
                    ["merge, three policies", written(merge.wall), written(merge.cpu)],
                    ["a job over 20 definitions, the first", written(run.wall, 2), written(run.cpu, 2)],
                    ["the same again", written(again.wall, 2), written(again.cpu, 2)],
                    ["the same a day later", written(later.wall, 2), written(later.cpu, 2)],
                ],
            ),
            Table(
                "Polls of another job over HTTP, ms",
                ["", "polls", "p50", "p99", "longest"],
                [
                    [name, str(len(taken)), *spread(taken, (50, 99, 100))]
                    for name, taken in (
                        ("nothing else going on", idle),
                        (f"while a job over 20 new definitions runs (clock at {RATE}x)", passing),
                        ("while the control plane moves the clock to the end of such a job", moving),
                    )
                ],
            ),
        ],
        notes=[f"With all three policies merged and three jobs run, resident memory has grown by {after:,.0f} MiB."],
    )


def _defined(caller: Caller, turn: int) -> list[str]:
    path = f"{UPS}/segment/definitions"
    return [caller.document("POST", path, each)["id"] for each in twenty_definitions(turn)]


def _asked_for(caller: Caller, ids: list[str]) -> str:
    return str(caller.document("POST", f"{UPS}/segment/jobs", [{"segmentId": each} for each in ids])["id"])


def _run_until(url: str, job: str) -> None:
    headers = {"x-gw-ims-org-id": ORG, "Content-Type": "application/json"}
    body = json.dumps({"until": job}).encode()
    with urlopen(UrlRequest(f"{url}/_emulator/clock", body, headers, method="POST")) as answer:
        answer.read()
