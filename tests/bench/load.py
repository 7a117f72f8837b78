"""Load over HTTP on the loopback: wrk where it is installed, else a client of our own on asyncio."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from tests.bench.measuring import percentile

#: What wrk prints when it has done: one line of JSON.
_SCRIPT = """
wrk.method = {method}
wrk.body = {body}
{headers}
done = function(summary, latency, requests)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What every connection sends, over and over."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """What came of it: answers a second, latencies in ms, and how many answers were missing or 400 and more."""

    per_second: float
    p50: float
    p99: float
    errors: int


def client() -> str:
    """Answer the name of the client that is used."""
    return "wrk" if shutil.which("wrk") else "asyncio"


def loaded(url: str, request: Request, connections: int, seconds: float) -> Rate:
    """Send ``request`` on so many connections for so long."""
    if client() == "wrk":
        return _by_wrk(url, request, connections, seconds)
    return asyncio.run(_by_asyncio(url, request, connections, seconds))


def _by_wrk(url: str, request: Request, connections: int, seconds: float) -> Rate:
    headers = "\n".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(v)}" for name, v in request.headers.items())
    script = _SCRIPT.format(method=json.dumps(request.method), body=json.dumps(request.body), headers=headers)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "request.lua"
        file.write_text(script, encoding="utf-8")
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            "-s",
            str(file),
            url + request.path,
        ]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    told = next(line for line in printed.splitlines() if line.startswith("RESULT"))
    count, microseconds, p50, p99, errors = (int(each) for each in told.split()[1:])
    return Rate(count / microseconds * 1e6, p50 / 1000, p99 / 1000, errors)


async def _by_asyncio(url: str, request: Request, connections: int, seconds: float) -> Rate:
    parts = urlsplit(url)
    body = request.body.encode()
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    sent = "\r\n".join([*lines, "", ""]).encode() + body
    latencies: list[float] = []
    errors = 0
    begun = perf_counter()

    async def ask() -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while perf_counter() - begun < seconds:
            start = perf_counter()
            writer.write(sent)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            _, _, rest = head.partition(b"content-length:")
            await reader.readexactly(int(rest.split(b"\r\n", 1)[0] or 0))
            latencies.append((perf_counter() - start) * 1000)
            errors += head[9:10] >= b"4"
        writer.close()

    await asyncio.gather(*(ask() for _ in range(connections)))
    taken = perf_counter() - begun
    return Rate(len(latencies) / taken, percentile(latencies, 50), percentile(latencies, 99), errors)
