"""An export of 100,000 profiles to Parquet, and the polls of another job meanwhile."""

from __future__ import annotations

from emulator import Emulator
from emulator.long_work import own_process
from emulator.transport.server import ServerThread
from emulator.web.app import create_app
from tests.bench.asking import ORG, UPS, Caller
from tests.bench.findings import Findings, Table, at_most, spread, written
from tests.bench.measuring import Scale, spent
from tests.bench.people import folder
from tests.bench.polling import polled, wait_for
from tests.bench.segment_job import RATE
from tests.bench.stores import export, with_dataset


def measure(scale: Scale) -> Findings:
    """Measure."""
    import pyarrow.parquet

    pyarrow.array([None])  # a first export also loads what this does: pandas, where it is installed

    own_process()  # as `serve` does
    people = scale.of(100_000, 5_000)
    emulator = Emulator(folder(people))
    space = emulator.world(ORG).spaces["prod"]
    for policy in space.merge_policies:
        space.population.merged(policy.rule)
    caller, clock = Caller(emulator), emulator.org(ORG).clock
    request = export(with_dataset(emulator))

    def asked_for() -> str:
        return str(caller.document("POST", f"{UPS}/export/jobs", request)["id"])

    first = asked_for()
    run = spent(lambda: clock.run_until(first))
    second = asked_for()
    again = spent(lambda: clock.run_until(second))
    with ServerThread(create_app(emulator)) as server:
        clock.set_rate(RATE)
        path = f"{UPS}/export/jobs/"
        polls = polled(server.url, path + first, lambda: wait_for(server.url, path + asked_for()))
    return Findings(
        goals=[
            at_most(f"export of {people:,} profiles to Parquet, CPU", 4, run.cpu, " s"),
            at_most("another job's poll meanwhile, the longest", 50, max(polls), " ms", 1),
        ],
        tables=[
            Table(
                f"{people:,} profiles, merged already",
                ["", "wall s", "CPU s"],
                [
                    ["an export", written(run.wall, 2), written(run.cpu, 2)],
                    ["the same again", written(again.wall, 2), written(again.cpu, 2)],
                ],
            ),
            Table(
                "Polls of another export meanwhile over HTTP, ms",
                ["polls", "p50", "p99", "longest"],
                [[str(len(polls)), *spread(polls, (50, 99, 100))]],
            ),
        ],
    )
