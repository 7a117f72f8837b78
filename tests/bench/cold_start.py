"""From the start of a process to the first answer, beside moto_server; and what a plain serve imports."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter
from typing import NamedTuple

from tests.bench import processes
from tests.bench.asking import HEADERS, UPS
from tests.bench.findings import Findings, Goal, Table, at_most, written
from tests.bench.load import Request
from tests.bench.measuring import Scale, in_turn, ms, ratio, resident_mib
from tests.bench.over_http import aws, send
from tests.bench.processes import Running

#: What a server that answers health and lists does not need.
HEAVY = ("pyarrow", "jsonpatch", "jsonschema_rs", "re2", "requests", "urllib3", "httpx", "aiohttp", "asyncio", "pytest")

#: What a service is asked first.
_LIST = Request("GET", f"{UPS}/segment/definitions", HEADERS)
_DESCRIBE = Request("POST", "/", aws("ssm", "AmazonSSM.DescribeParameters"), "{}")

_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")


def measure(scale: Scale) -> Findings:
    """Measure."""
    contestants: dict[str, Callable[[], _Start]] = {
        "aep-emulator serve": lambda: _start(processes.ours(), _LIST),
    }
    if processes.is_installed("moto", "flask_cors"):
        contestants["moto_server"] = lambda: _start(processes.moto(), _DESCRIBE)
    for start in contestants.values():
        start()  # compiles what is not compiled yet
    measured = in_turn(contestants, scale.of(9, 3))
    alone = partial(subprocess.run, [sys.executable, "-c", "pass"], check=True, env=processes.environment())
    cpu = {name: [each.ready_cpu_ms for each in values] for name, values in measured.items()}
    rows = [
        [name, *(written(median(each[column] for each in values), 0) for column in range(len(_Start._fields)))]
        for name, values in measured.items()
    ]
    rows.append(["the interpreter alone", written(median(ms(alone, 5)), 0), "", "", ""])
    imported = _imported()
    present = [name for name in HEAVY if any(each == name or each.startswith(f"{name}.") for each, _ in imported)]
    return Findings(
        goals=[
            at_most(
                "cold start to first answer, CPU, of moto_server's",
                0.6,
                ratio(cpu["aep-emulator serve"], cpu.get("moto_server")),
                "x",
            ),
            Goal(
                "a plain serve imports nothing that it does not need",
                f"none of {', '.join(HEAVY)}",
                ", ".join(present) or "none",
                not present,
            ),
        ],
        tables=[
            Table(
                "From the start of the process, ms",
                [
                    "median",
                    "first answer (health)",
                    "of these CPU",
                    "first answer of a service",
                    "RSS MiB then",
                ],
                rows,
            ),
            _by_package(imported),
        ],
        notes=[
            "moto_server's health is its front page; a service is listSegmentDefinitions, and SSM DescribeParameters."
        ],
    )


class _Start(NamedTuple):
    """One start: ms until the first answer, those of CPU, ms until the first answer of a service, memory then."""

    ready_ms: float
    ready_cpu_ms: float
    served_ms: float
    resident_mib: float


def _start(server: AbstractContextManager[Running], request: Request) -> _Start:
    begun = perf_counter()
    with server as running:
        send(running.url, request)
        served = (perf_counter() - begun) * 1000
        return _Start(running.ready_ms, running.ready_cpu_ms, served, resident_mib(running.process.pid))


def _imported() -> list[tuple[str, int]]:
    """Answer the modules that a plain serve has imported after its first answers, with their own time in us."""
    with TemporaryFile("w+") as told:
        with processes.ours("-X", "importtime", stderr=told) as server:
            send(server.url, _LIST)
        told.seek(0)
        return [(match[3], int(match[1])) for line in told if (match := _LINE.match(line))]


def _by_package(imported: list[tuple[str, int]]) -> Table:
    own, modules = Counter[str](), Counter[str]()
    for name, microseconds in imported:
        package = name.partition(".")[0]
        own[package] += microseconds
        modules[package] += 1
    rows = [[f"`{name}`", str(modules[name]), written(own[name] / 1000)] for name, _ in own.most_common(14)]
    rows.append(["all", str(len(imported)), written(sum(own.values()) / 1000)])
    return Table(
        "What a plain serve imports (`-X importtime`, which makes imports dearer)", ["package", "modules", "ms"], rows
    )
