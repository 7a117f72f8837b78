"""From the start of a process to the first answer, beside moto_server; and what a plain serve imports."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from typing import NamedTuple

from tests.bench import processes
from tests.bench.asking import HEADERS
from tests.bench.findings import Findings, Goal, Table, at_most, written
from tests.bench.measuring import Scale, in_turn, ratio, resident_mib

#: What a server that answers health and lists does not need.
HEAVY = ("pyarrow", "jsonpatch", "jsonschema_rs", "re2", "requests", "urllib3", "httpx", "aiohttp", "asyncio", "pytest")

_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")


def measure(scale: Scale) -> Findings:
    """Measure."""
    contestants: dict[str, Callable[[], _Start]] = {
        "aep-emulator serve": lambda: _start(processes.ours(), _list_definitions),
    }
    if processes.is_installed("moto", "flask_cors"):
        contestants["moto_server"] = lambda: _start(processes.moto(), _describe_parameters)
    for start in contestants.values():
        start()  # compiles what is not compiled yet
    measured = in_turn(contestants, scale.of(9, 3))
    interpreter = median(_seconds([sys.executable, "-c", "pass"]) for _ in range(5)) * 1000
    cpu = {name: [each.ready_cpu_ms for each in values] for name, values in measured.items()}
    rows = [
        [name, *(written(median(each[column] for each in values), 0) for column in range(len(_Start._fields)))]
        for name, values in measured.items()
    ]
    rows.append(["the interpreter alone", written(interpreter, 0), "", "", ""])
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


def _start(server: AbstractContextManager[processes.Running], ask: Callable[[HTTPConnection], int]) -> _Start:
    begun = perf_counter()
    with server as running:
        connection = HTTPConnection("127.0.0.1", running.port, timeout=30)
        status = ask(connection)
        served = (perf_counter() - begun) * 1000
        connection.close()
        assert status == 200, status
        return _Start(running.ready_ms, running.ready_cpu_ms, served, resident_mib(running.process.pid))


def _list_definitions(connection: HTTPConnection) -> int:
    connection.request("GET", "/data/core/ups/segment/definitions", headers=dict(HEADERS))
    return connection.getresponse().status


def _describe_parameters(connection: HTTPConnection) -> int:
    headers = {
        "X-Amz-Target": "AmazonSSM.DescribeParameters",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/ssm/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    connection.request("POST", "/", b"{}", headers)
    return connection.getresponse().status


def _seconds(command: list[str]) -> float:
    start = perf_counter()
    subprocess.run(command, check=True, env=processes.environment())
    return perf_counter() - start


def _imported() -> list[tuple[str, int]]:
    """Answer the modules that a plain serve has imported after its first answers, with their own time in us."""
    port = processes.free_port()
    command = [sys.executable, "-X", "importtime", "-m", "emulator", "serve", "--port", str(port)]
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(
            command, env=processes.environment(), cwd=processes.ROOT, stdout=subprocess.PIPE, stderr=told
        )
        assert process.stdout is not None
        process.stdout.readline()
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        assert _list_definitions(connection) == 200
        connection.close()
        process.terminate()
        process.wait()
        process.stdout.close()
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
