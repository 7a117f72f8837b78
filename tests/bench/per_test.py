"""What a test pays for a fresh state and one call, beside what users of moto write for the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from time import perf_counter

import requests

from emulator import Emulator
from emulator.transport.interception import Interception
from tests.bench.asking import HEADERS
from tests.bench.findings import Findings, Table, at_most, spread
from tests.bench.measuring import Scale, ms, percentile, ratio
from tests.bench.processes import is_installed, taken_apart

URL = "https://platform.adobe.io/data/core/ups/segment/definitions/4afe34ae-8c98-4513-8a1d-67ccaa54bc05"

OURS = "reset, one intercepted call"
ENTERED = "enter the interception, reset, one call, leave"
MOTO = "moto: enter mock_aws, make a client, one get_parameter"
ALONE = "requests alone: a call that is answered at once"


def measure(scale: Scale) -> Findings:
    """Measure."""
    rounds, calls = scale.of(15, 3), scale.of(30, 15)
    tests: dict[str, Callable[[int], list[float]]] = {OURS: _ours, ENTERED: _entered, ALONE: _alone}
    if is_installed("moto", "boto3"):
        tests[MOTO] = _moto
    found = taken_apart({name: partial(test, calls) for name, test in tests.items()}, rounds)
    mine = percentile(found[OURS], 50)
    return Findings(
        goals=[
            at_most("a test's reset and one intercepted call, p50", 1, mine, " ms"),
            at_most("the same, of moto's enter, client and call", 0.1, ratio(found[OURS], found.get(MOTO)), "x", 3),
        ],
        tables=[
            Table(
                "One test, ms",
                ["", "p50", "p99"],
                [[name, *spread(taken, (50, 99), 2)] for name, taken in found.items()],
            )
        ],
        notes=["A `requests.Session` is kept, as test suites keep theirs. Nobody can be faster than requests alone."],
    )


class _AtOnce(requests.adapters.BaseAdapter):
    """An adapter that answers without asking anybody."""

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.request, answer._content = 200, request, b"{}"
        return answer

    def close(self) -> None:
        pass


@cache
def _emulator() -> tuple[Emulator, Interception, requests.Session]:
    emulator = Emulator()
    return emulator, emulator.intercept(), requests.Session()


def _ours(calls: int) -> list[float]:
    emulator, interception, session = _emulator()

    def test() -> None:
        emulator.reset()
        assert session.get(URL, headers=HEADERS).status_code == 200

    with interception:
        return ms(test, calls)


def _entered(calls: int) -> list[float]:
    emulator, interception, session = _emulator()

    def test() -> None:
        with interception:
            emulator.reset()
            assert session.get(URL, headers=HEADERS).status_code == 200

    return ms(test, calls)


def _alone(calls: int) -> list[float]:
    with requests.Session() as session:
        session.mount("https://", _AtOnce())
        return ms(lambda: session.get(URL, headers=HEADERS), calls)


def _moto(calls: int) -> list[float]:
    """Answer what it takes to enter, make a client and get a parameter; to put it there is not counted."""
    import boto3
    from moto import mock_aws

    taken = []
    for _ in range(calls):
        begun = perf_counter()
        with mock_aws():
            client = boto3.client("ssm", region_name="us-east-1")
            made = perf_counter()
            client.put_parameter(Name="/name", Value="value", Type="String")
            put = perf_counter()
            assert client.get_parameter(Name="/name")["Parameter"]["Value"] == "value"
            taken.append((perf_counter() - put + made - begun) * 1000)
    return taken
