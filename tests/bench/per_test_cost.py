"""What a test pays for a fresh state and one call: ours beside moto's, in one run.

    make bench
    python -m tests.bench.per_test_cost [rounds]

Ours is ``reset()`` and one intercepted call, with a ``requests.Session`` that is kept, as test suites keep theirs; also
with the interception entered anew, as the fixture ``aep`` does. moto's is what its users write for the same: enter
``mock_aws``, make a client, read one parameter that was put there. The last row is what requests takes for a call that
an adapter answers at once: nobody can be faster. Each has a process of its own, as a suite that uses one of them has,
and all take turns, so that a busy moment hits each of them.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from multiprocessing import get_context
from statistics import quantiles
from time import perf_counter
from typing import Any

import requests

from emulator import Emulator

DEFINITION = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"
URL = f"https://platform.adobe.io/data/core/ups/segment/definitions/{DEFINITION}"
HEADERS = {
    "Authorization": "Bearer any",
    "x-api-key": "any",
    "x-gw-ims-org-id": "BENCH@AdobeOrg",
    "x-sandbox-name": "prod",
}

OURS = "ours: reset, one intercepted call"
ENTERED = "ours: enter, reset, one intercepted call, leave"
MOTO = "moto: enter mock_aws, make a client, one get_parameter"
REQUESTS = "requests alone: a call that is answered at once"

#: The goals for ``OURS``: ms at p50, and the share of moto's p50.
GOAL_MS, GOAL_SHARE = 1.0, 0.1

#: Rounds that are not counted: imports, caches, moto's own data.
WARM_UP = 20

#: Rounds of one turn. The first ones find the processor's caches full of somebody else.
TURN = 30

Times = dict[str, list[float]]
Contestant = Callable[[Times], None]


class AtOnce(requests.adapters.BaseAdapter):
    """An adapter that answers without asking anybody."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.request, answer._content = 200, request, b"{}"
        return answer

    def close(self) -> None:
        pass


@contextmanager
def ours() -> Iterator[Contestant]:
    """Time a reset and one intercepted call."""
    emulator = Emulator()
    interception = emulator.intercept()
    with requests.Session() as session:

        def run(times: Times) -> None:
            begun = perf_counter()
            with interception:
                entered = perf_counter()
                emulator.reset()
                answer = session.get(URL, headers=HEADERS)
                answered = perf_counter()
            times[ENTERED].append(perf_counter() - begun)
            times[OURS].append(answered - entered)
            assert answer.json()["id"] == DEFINITION
            assert len(emulator.requests) == 1

        yield run


@contextmanager
def motos() -> Iterator[Contestant]:
    """Time the entering of ``mock_aws``, the making of a client and one ``get_parameter``; the put is not counted."""
    import boto3
    from moto import mock_aws

    os.environ.update(AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any")

    def run(times: Times) -> None:
        begun = perf_counter()
        with mock_aws():
            client = boto3.client("ssm", region_name="us-east-1")
            made = perf_counter()
            client.put_parameter(Name="/name", Value="value", Type="String")
            put = perf_counter()
            answer = client.get_parameter(Name="/name")
            times[MOTO].append(perf_counter() - put + made - begun)
            assert answer["Parameter"]["Value"] == "value"

    yield run


@contextmanager
def requests_alone() -> Iterator[Contestant]:
    """Time the same call where nobody has to answer it."""
    with requests.Session() as session:
        session.mount("https://", AtOnce())

        def run(times: Times) -> None:
            begun = perf_counter()
            session.get(URL, headers=HEADERS)
            times[REQUESTS].append(perf_counter() - begun)

        yield run


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """Answer p50 and p99, in ms."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[98] * 1000


@cache
def contestant(name: str) -> Contestant:
    """Answer a contestant of this process, which stays until the process ends."""
    return ExitStack().enter_context({"ours": ours, "motos": motos, "requests alone": requests_alone}[name]())


def turn(name: str, rounds: int) -> Times:
    """Let a contestant run, and answer what each round took."""
    times: Times = defaultdict(list)
    for _ in range(rounds):
        contestant(name)(times)
    return times


def main(rounds: int = 300) -> None:
    """Measure and print."""
    times: Times = defaultdict(list)
    with ExitStack() as processes:
        pools = {
            name: processes.enter_context(ProcessPoolExecutor(1, get_context("spawn")))
            for name in ("ours", "motos", "requests alone")
        }
        for name, pool in pools.items():
            pool.submit(turn, name, WARM_UP).result()
        for _ in range(0, rounds, TURN):
            for name, pool in pools.items():
                for each, taken in pool.submit(turn, name, TURN).result().items():
                    times[each] += taken
    measured = {name: percentiles(taken) for name, taken in times.items()}
    print(f"{f'per test, {rounds} rounds':55} {'p50 ms':>8} {'p99 ms':>8}")
    for name, (p50, p99) in measured.items():
        print(f"{name:55} {p50:8.2f} {p99:8.2f}")
    p50, motos_p50 = measured[OURS][0], measured[MOTO][0]
    print(f"p50 {p50:.2f} ms (goal {GOAL_MS:g}), {p50 / motos_p50:.3f} of moto's (goal {GOAL_SHARE:g})")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
