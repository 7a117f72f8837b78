"""A GET of a job through requests with no socket: beside a canned answer of `responses`, and SSM in moto."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import requests

from emulator import Emulator
from tests.bench.asking import HEADERS
from tests.bench.findings import Findings, Table, at_most, spread
from tests.bench.measuring import Scale, cpu_ms, ratio
from tests.bench.processes import is_installed, taken_apart

JOBS = "https://platform.adobe.io/data/core/ups/segment/jobs"
SEGMENT = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"

OURS, CANNED, MOTO = "aep-emulator, intercepted", "responses, canned", "moto, SSM get_parameter"


def measure(scale: Scale) -> Findings:
    """Measure."""
    calls, rounds = scale.of(300, 100), scale.of(9, 3)
    url, document = _emulator()[2:]
    contestants: dict[str, Callable[[], list[float]]] = {OURS: partial(_intercepted, calls)}
    if is_installed("responses"):
        contestants[CANNED] = partial(_canned, url, document, calls)
    if is_installed("moto", "boto3"):
        contestants[MOTO] = partial(_moto, calls)
    found = taken_apart(contestants, rounds)
    mine = found[OURS]
    return Findings(
        goals=[
            at_most(
                "GET of a job through requests, in process, of `responses`' time",
                1.3,
                ratio(mine, found.get(CANNED)),
                "x",
            ),
            at_most("the same, of the time of moto's SSM get", 0.4, ratio(mine, found.get(MOTO)), "x"),
        ],
        tables=[
            Table(
                "One call, ms of CPU",
                ["", "p50", "p99", "ours to it"],
                [[name, *spread(taken, (50, 99), 3), f"{ratio(mine, taken):.2f}x"] for name, taken in found.items()],
            )
        ],
        notes=[
            "`requests` through a kept session, the answer decoded; moto through boto3, whose own client is most of "
            "its cost. The canned answer is the same document, and nothing is looked up for it."
        ],
    )


@cache
def _emulator() -> tuple[Emulator, requests.Session, str, bytes]:
    """Answer an emulator with a job that has ended, a session, the job's URL and its document."""
    emulator, session = Emulator(), requests.Session()
    with emulator.intercept():
        url = f"{JOBS}/{session.post(JOBS, headers=HEADERS, json=[{'segmentId': SEGMENT}]).json()['id']}"
        emulator.clock.advance(hours=1)
        return emulator, session, url, session.get(url, headers=HEADERS).content


def _intercepted(calls: int) -> list[float]:
    emulator, session, url, _ = _emulator()
    with emulator.intercept():
        return cpu_ms(lambda: session.get(url, headers=HEADERS).json(), calls)


def _canned(url: str, document: bytes, calls: int) -> list[float]:
    import responses

    session = requests.Session()
    with responses.RequestsMock() as canned:
        canned.get(url, body=document, content_type="application/json")
        return cpu_ms(lambda: session.get(url, headers=HEADERS).json(), calls)


def _moto(calls: int) -> list[float]:
    import boto3
    from moto import mock_aws

    with mock_aws():
        client = boto3.client("ssm", region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench")
        client.put_parameter(Name="/bench", Value="x" * 1000, Type="String")
        return cpu_ms(lambda: client.get_parameter(Name="/bench"), calls)
