"""A live server of a test: started and stopped."""

from __future__ import annotations

from statistics import median
from urllib.request import urlopen

from emulator import Emulator
from emulator.testing.stock import Stock
from emulator.transport.server import ServerThread
from tests.bench.findings import Findings, Table, at_most, spread
from tests.bench.measuring import Scale, ms


def measure(scale: Scale) -> Findings:
    """Measure."""
    times = scale.of(100, 20)
    emulator, stock = Emulator(), Stock()
    stock.fresh({})

    def served() -> None:
        with emulator.serve():
            pass

    def served_and_asked() -> None:
        with emulator.serve() as url, urlopen(f"{url}/_emulator/health") as answer:
            answer.read()

    def fixture() -> None:
        with ServerThread(stock.fresh({}).application):
            pass

    shown = ServerThread(emulator.application)
    shown.start()

    def fixture_again() -> None:
        shown.app = stock.fresh({}).application

    acts = {
        "`with emulator.serve()`": served,
        "the same with one answer, urllib its client": served_and_asked,
        "`aep_server` of a session's first test: fresh emulator, start, stop": fixture,
        "`aep_server` of a later test: fresh emulator, same server": fixture_again,
    }
    for act in acts.values():
        act()
    found = {name: ms(act, times) for name, act in acts.items()}
    shown.stop()
    return Findings(
        goals=[at_most("live fixture, start and stop", 10, median(found["`with emulator.serve()`"]), " ms")],
        tables=[
            Table(
                "ms",
                ["", "p50", "p99"],
                [[name, *spread(taken, (50, 99), 2)] for name, taken in found.items()],
            )
        ],
    )
