"""A storm: threads that read, write, move clocks and reset over some organisations, and what has to hold after it.

Each organisation has its own threads. One of them tells a story that is the same in every run (a journal to compare);
the others read what is there. So whatever the organisations do to each other shows: in a journal that is not the one
of the same organisation alone, in an id that comes twice, in an answer that is lost.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from threading import Event
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from emulator import Emulator
from tests.services.conftest import HEADERS

UPS = "/data/core/ups"
SEGMENT = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"

#: How many rounds of a story there are between two resets.
ROUNDS = 8


@dataclass
class Caller:
    """One client on one kept connection, of one organisation."""

    base: str
    org: str
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection(urlsplit(self.base).netloc, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask, and answer status and JSON."""
        sent = None if body is None else json.dumps(body)
        told = {**HEADERS, "x-gw-ims-org-id": self.org, "Content-Type": "application/json", **headers}
        self.connection.request(method, path, sent, told)
        answer = self.connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


@dataclass
class Count:
    """What one thread did: its answers by status, the ids it was given, and the journals it left at its resets."""

    statuses: Counter[int] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    journals: list[str] = field(default_factory=list)


def _round(number: int) -> Iterator[tuple[str, str, Any]]:
    """Answer one round of the story: what is written and read, with the clock moved in between."""
    yield "POST", f"{UPS}/segment/jobs", [{"segmentId": SEGMENT}]
    yield "GET", f"{UPS}/segment/jobs?limit=3", None
    yield "POST", "/_emulator/clock", {"advance": 2}
    definition = {
        "name": f"storm {number}",
        "schema": {"name": "_xdm.context.profile"},
        "expression": {"type": "PQL", "format": "pql/text", "value": f"person.birthYear > {1900 + number}"},
    }
    yield "POST", f"{UPS}/segment/definitions", definition
    preview = {"predicateExpression": "person.birthYear > 1980", "predicateType": "pql/text", "graphType": "none"}
    yield "POST", f"{UPS}/preview", preview
    yield "POST", "/_emulator/clock", {"advance": "PT1H"}
    yield "GET", f"{UPS}/segment/definitions?limit=2&property=name~storm", None
    yield "GET", f"{UPS}/segment/jobs/nothing", None


def story(base: str, org: str, over: Event, most: int | None = None) -> Count:
    """Tell the story of an organisation until it is over, with a reset every ``ROUNDS``."""
    count = Count()
    with Caller(base, org) as caller:
        while not over.is_set() and (most is None or len(count.journals) < most):
            count.statuses[caller.ask("POST", "/_emulator/reset")[0]] += 1
            asked = 0
            for number in range(ROUNDS):
                for method, path, body in _round(number):
                    status, answer = caller.ask(method, path, body)
                    count.statuses[status] += 1
                    asked += not path.startswith("/_emulator")
                    if method == "POST" and status in (200, 201) and not path.startswith("/_emulator"):
                        count.ids.append(answer.get("id") or answer["previewId"])
            status, kept = caller.ask("GET", "/_emulator/requests")
            assert len(kept["requests"]) == asked, (
                f"{len(kept['requests'])} of {asked} requests are in the journal of {org}"
            )
            count.journals.append(json.dumps(kept["requests"]))
    return count


def look(base: str, org: str, over: Event) -> Count:
    """Read an organisation without a trace until it is over."""
    count = Count()
    with Caller(base, org) as caller:
        paths = (f"{UPS}/segment/jobs", f"{UPS}/segment/definitions?limit=5", f"{UPS}/config/mergePolicies")
        while not over.is_set():
            for path in paths:
                status, _ = caller.ask("GET", path, **{"x-emulator-observe": "true"})
                count.statuses[status] += 1
            count.statuses[caller.ask("GET", "/_emulator/clock")[0]] += 1
    return count


@dataclass(frozen=True)
class Report:
    """What a storm was: threads, organisations, seconds, requests a second, and what was wrong."""

    threads: int
    orgs: int
    seconds: float
    requests: int
    stories: int
    faults: tuple[str, ...]

    def __str__(self) -> str:
        rate = self.requests / self.seconds
        told = (
            f"{self.threads} threads over {self.orgs} organisations for {self.seconds:.0f} s: {self.requests} requests,"
            f" {rate:.0f} a second, {self.stories} stories compared, {len(self.faults)} faults"
        )
        return "\n".join([told, *self.faults[:20]])


def alone(org: str) -> str:
    """Answer the journal that an organisation has when nobody else is there."""
    with Emulator().serve() as base:
        (journal,) = story(base, org, Event(), most=1).journals
    return _placeless(journal, base)


def _placeless(journal: str, base: str) -> str:
    return journal.replace(urlsplit(base).netloc, "localhost")


def storm(seconds: float, threads: int = 32, orgs: int = 8) -> Report:
    """Let it storm, and report."""
    names = [f"STORM{number}@AdobeOrg" for number in range(orgs)]
    expected = {name: alone(name) for name in names}
    over, begun = Event(), perf_counter()
    with Emulator().serve() as base, ThreadPoolExecutor(threads) as pool:
        stories = {name: pool.submit(story, base, name, over) for name in names}
        looks = [pool.submit(look, base, names[number % orgs], over) for number in range(threads - orgs)]
        over.wait(seconds)
        over.set()
        told = {name: each.result() for name, each in stories.items()}
        looked = [each.result() for each in looks]
    took = perf_counter() - begun
    faults = []
    statuses: Counter[int] = sum((each.statuses for each in (*told.values(), *looked)), Counter())
    faults += [f"{count} answers {status}" for status, count in statuses.items() if status not in (200, 201, 404)]
    for name, count in told.items():
        per_story = len(count.ids) // max(1, len(count.journals))
        for number, journal in enumerate(count.journals):
            if _placeless(journal, base) != expected[name]:
                faults.append(f"story {number} of {name} is not the one of {name} alone")
            ids = count.ids[number * per_story : (number + 1) * per_story]
            faults += [f"{name} was given {id} twice" for id, times in Counter(ids).items() if times > 1]
    everyone = [id for count in told.values() for id in set(count.ids)]
    faults += [f"{id} was given to two organisations" for id, times in Counter(everyone).items() if times > 1]
    compared = sum(len(each.journals) for each in told.values())
    return Report(threads, orgs, took, statuses.total(), compared, tuple(faults))


# -- many organisations


@dataclass(frozen=True)
class Crowd:
    """What many organisations cost: how many there are, and what one more takes, in bytes and in s."""

    orgs: int
    bytes_each: float
    bytes_each_with_a_job: float
    seconds_each: float

    def __str__(self) -> str:
        return (
            f"{self.orgs} organisations: {self.bytes_each / 1024:.1f} KiB and {self.seconds_each * 1e6:.0f} us each"
            f" to fork and be asked once, {self.bytes_each_with_a_job / 1024:.1f} KiB with a segment job that has run"
        )


def crowd(orgs: int = 1000) -> Crowd:
    """Fork so many organisations, and let each run a job."""
    import tracemalloc

    from emulator import create_app
    from tests.services.conftest import Client

    emulator = Emulator()
    client = Client(emulator)
    create_app(emulator)

    def everybody(act: Any) -> None:
        for number in range(orgs):
            client.headers["x-gw-ims-org-id"] = f"CROWD{number}@AdobeOrg"
            act()

    client.post(f"{UPS}/segment/jobs", json=[{"segmentId": SEGMENT}])  # what is made once for all is there
    emulator.clock.advance(seconds=10)
    tracemalloc.start()
    try:
        empty, begun = tracemalloc.get_traced_memory()[0], perf_counter()
        everybody(lambda: client.get(f"{UPS}/segment/jobs"))
        took, forked = perf_counter() - begun, tracemalloc.get_traced_memory()[0]
        everybody(lambda: client.post(f"{UPS}/segment/jobs", json=[{"segmentId": SEGMENT}]))
        emulator.clock.advance(seconds=10)
        lived = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return Crowd(orgs, (forked - empty) / orgs, (lived - empty) / orgs, took / orgs)
