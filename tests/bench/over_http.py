"""The default server under load, beside moto_server: a GET by id and a create, on 1 and on 16 connections."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

from tests.bench import load, processes
from tests.bench.asking import HEADERS, UPS
from tests.bench.findings import Findings, Goal, Table, at_least, at_most, written
from tests.bench.in_process import SEGMENT
from tests.bench.load import Rate, Request
from tests.bench.measuring import Scale, in_turn
from tests.bench.processes import Running

_JSON = {**HEADERS, "Content-Type": "application/json"}

CREATE_JOB = Request("POST", f"{UPS}/segment/jobs", _JSON, json.dumps([{"segmentId": SEGMENT}]))


def aws(service: str, target: str | None = None) -> dict[str, str]:
    """Answer the headers by which moto_server tells its services apart."""
    signed = f"AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/{service}/aws4_request"
    headers = {"Authorization": f"{signed}, SignedHeaders=host, Signature=0"}
    return (
        headers if target is None else {**headers, "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    )


_PARAMETER = {"Name": "/bench", "Value": "x" * 1000, "Type": "String", "Overwrite": True}
GET_PARAMETER = Request("POST", "/", aws("ssm", "AmazonSSM.GetParameter"), json.dumps({"Name": "/bench"}))
PUT_PARAMETER = Request("POST", "/", aws("ssm", "AmazonSSM.PutParameter"), json.dumps(_PARAMETER))
GET_OBJECT = Request("GET", "/bench/object", aws("s3"))


def send(url: str, request: Request) -> bytes:
    """Send a request once and answer what came back. Raises ``HTTPError`` for a status of 400 or more."""
    body = request.body.encode() if request.body else None
    with urlopen(UrlRequest(url + request.path, body, dict(request.headers), method=request.method)) as answer:
        return bytes(answer.read())


def get_job(url: str) -> Request:
    """Make a job and answer the request that gets it."""
    return Request("GET", f"{UPS}/segment/jobs/{json.loads(send(url, CREATE_JOB))['id']}", HEADERS)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A request to a server, and how the tables call it."""

    name: str
    server: Running
    request: Request


def under_load(
    contestants: list[Contestant], connections: tuple[int, ...], scale: Scale
) -> dict[tuple[str, int], Rate]:
    """Load each contestant on each number of connections, in turn; answers the medians."""
    runs = {
        (each.name, number): partial(load.loaded, each.server.url, each.request, number, scale.of(3, 1))
        for number in connections
        for each in contestants
    }
    return {key: _median(rates) for key, rates in in_turn(runs, scale.of(3, 1)).items()}


def _median(rates: list[Rate]) -> Rate:
    return Rate(
        median(each.per_second for each in rates),
        median(each.p50 for each in rates),
        median(each.p99 for each in rates),
        sum(each.errors for each in rates),
    )


def measure(scale: Scale) -> Findings:
    """Measure."""
    many = scale.of(100_000, 10_000)
    with ExitStack() as stack:
        ours = stack.enter_context(processes.ours())
        reads = [Contestant("get a job", ours, get_job(ours.url))]
        creates = []
        for jobs in (100, many):
            command = [sys.executable, "-m", "tests.bench.serving", "{port}", str(jobs)]
            server = stack.enter_context(processes.running(command))
            creates.append(Contestant(f"create a job, {jobs:,} there", server, CREATE_JOB))
        if processes.is_installed("moto", "flask_cors"):
            peer = stack.enter_context(processes.moto())
            send(peer.url, PUT_PARAMETER)
            send(peer.url, Request("PUT", "/bench", aws("s3")))
            send(peer.url, Request("PUT", "/bench/object", aws("s3"), "x" * 1000))
            reads += [
                Contestant("moto_server, SSM get-parameter", peer, GET_PARAMETER),
                Contestant("moto_server, S3 get-object", peer, GET_OBJECT),
            ]
            creates.append(Contestant("moto_server, SSM put-parameter", peer, PUT_PARAMETER))
        found = {**under_load(reads, (1, 16), scale), **under_load(creates, (16,), scale)}
        return _findings(found, [each.name for each in reads], [each.name for each in creates])


def _findings(found: Mapping[tuple[str, int], Rate], reads: list[str], creates: list[str]) -> Findings:
    ours_1, ours_16 = found[reads[0], 1], found[reads[0], 16]
    peer = max((found[name, 16].per_second for name in reads[1:]), default=None)
    few, many = found[creates[0], 16].per_second, found[creates[1], 16].per_second
    put = found[creates[2], 16].per_second if len(creates) > 2 else None
    errors = sum(each.errors for each in found.values())
    return Findings(
        goals=[
            at_least(
                "GET by id on 16 connections, of moto_server's quickest get",
                6,
                ours_16.per_second / peer if peer else None,
                "x",
            ),
            at_least("GET by id on 16 connections, of the rate on 1", 1, ours_16.per_second / ours_1.per_second, "x"),
            at_most("GET by id on 16 connections, p99", 30, ours_16.p99, " ms", 1),
            at_least("create a job on 16 connections, of moto_server's put", 3, few / put if put else None, "x"),
            at_least(f"{creates[1]}, of the rate with 100", 0.8, many / few, "x"),
            Goal("answers missing, or of 400 and more", "0", str(errors), errors == 0),
        ],
        tables=[
            Table(
                "On the loopback",
                ["", "connections", "answers/s", "p50 ms", "p99 ms"],
                [
                    [name, str(number), written(rate.per_second, 0), written(rate.p50, 2), written(rate.p99, 1)]
                    for (name, number), rate in found.items()
                ],
            )
        ],
        notes=[f"The client is {load.client()}, one thread, on the same machine."],
    )
