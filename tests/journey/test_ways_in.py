"""One set of journeys through every way in: WSGI, interception, a server in a thread, a server of its own process.

Which way a client takes makes no difference: all answers are the same, status, headers and body, but for the origin in
absolute links.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

import pytest
import requests
from werkzeug.test import Client

from emulator import Emulator, create_app
from tests.journey.nine_steps import SEGMENTS, UPS, Walk
from tests.serving import serving

ORG = "WAYS@AdobeOrg"
HEADERS = {
    "Authorization": "Bearer token",
    "x-api-key": "key",
    "x-gw-ims-org-id": ORG,
    "x-sandbox-name": "prod",
    "Content-Type": "application/json",
}

#: Headers of the connection; they are no part of the answer.
HOP_BY_HOP = frozenset(("connection", "keep-alive", "server", "transfer-encoding"))


class Received(NamedTuple):
    """An answer as it came in. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Ask(Protocol):
    """One request to a path, and its answer."""

    def __call__(self, method: str, path: str, headers: dict[str, str], content: bytes | None, /) -> Received: ...


class Door:
    """A way in: where links begin, and what came out so far, with ``ORIGIN`` for that."""

    def __init__(self, origin: str, ask: Ask) -> None:
        self.origin = origin
        self.told: list[tuple[int, dict[str, str], bytes]] = []
        self._ask = ask

    def ask(self, method: str, path: str, headers: dict[str, str], content: bytes | None = None) -> Received:
        received = self._ask(method, path, headers, content)
        shown = {
            name: value.replace(self.origin, "ORIGIN")
            for name, value in received.headers.items()
            if name not in HOP_BY_HOP
        }
        body = received.content.replace(self.origin.encode(), b"ORIGIN")
        if body != received.content:
            del shown["content-length"]
        self.told.append((received.status, shown, body))
        return received

    def json(self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str) -> Any:
        """Ask with valid headers, and answer the JSON."""
        content = None if body is None else json.dumps(body).encode()
        received = self.ask(method, path, {**HEADERS, **headers}, content)
        assert received.status == status, received.content
        return received.json if received.content else None


# -- the ways


@contextmanager
def by_wsgi() -> Iterator[Door]:
    client = Client(create_app(Emulator()))

    def ask(method: str, path: str, headers: dict[str, str], content: bytes | None) -> Received:
        got = client.open(path, method=method, headers=headers, data=content)
        return Received(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.data)

    yield Door("http://localhost", ask)


@contextmanager
def by_interception() -> Iterator[Door]:
    with Emulator().intercept(allow_other_hosts=False):
        yield from over_http("https://platform.adobe.io")


@contextmanager
def by_server_thread() -> Iterator[Door]:
    with Emulator().serve() as base:
        yield from over_http(base)


@contextmanager
def by_process() -> Iterator[Door]:
    with serving() as (base, _):
        yield from over_http(base)


def over_http(base: str) -> Iterator[Door]:
    with requests.Session() as session:
        session.trust_env = False

        def ask(method: str, path: str, headers: dict[str, str], content: bytes | None) -> Received:
            got = session.request(method, base + path, headers=headers, data=content, timeout=30)
            return Received(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.content)

        yield Door(base, ask)


# -- the journeys


class WalkThrough(Walk):
    """The nine steps through a door."""

    def __init__(self, door: Door) -> None:
        super().__init__(door.origin, ORG)
        self.door = door

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200, form: bool = False) -> Any:
        headers = dict(self.headers)
        content = None
        if form:
            content = urlencode(body).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        received = self.door.ask(method, path, headers, content)
        assert received.status == status, received.content
        return received.json if received.headers.get("content-type") == "application/json" else received.content


def the_nine_steps(door: Door) -> None:
    found = dict(WalkThrough(door).steps())
    assert found["4. it has succeeded"]["segmentedProfileCounter"][SEGMENTS[0]] == len(found["9. the rows"]) > 0


def errors(door: Door) -> None:
    assert door.ask("GET", f"{UPS}/segment/jobs", {}).status == 403
    assert "nobody" in door.json("GET", f"{UPS}/segment/jobs/nobody", status=404)["title"]
    door.json("POST", f"{UPS}/segment/jobs", [{"segmentId": "nobody"}], status=400)
    assert door.ask("POST", f"{UPS}/segment/jobs", HEADERS, b"[{").status == 400
    door.json("PUT", f"{UPS}/segment/jobs", [], status=405)
    door.json("GET", "/nowhere/at%20all?x=%C3%A9", status=404)
    door.json("POST", "/_emulator/clock", {"advance": -1}, status=400)


def a_fault_rule(door: Door) -> None:
    rule = {"operation": "createSegmentJob", "nth": 2, "respond": {"status": 429, "headers": {"Retry-After": "7"}}}
    id = door.json("POST", "/_emulator/faults", rule)["id"]
    body = [{"segmentId": SEGMENTS[0]}]
    for status in (200, 429, 200):
        door.json("POST", f"{UPS}/segment/jobs", body, status=status)
    assert door.told[-2][1]["retry-after"] == "7"
    assert door.json("GET", f"/_emulator/faults/{id}")["fired"] == 1
    page = door.ask("GET", f"{UPS}/segment/jobs", {**HEADERS, "x-emulator-fault": '{"malformed": "html"}'})
    assert page.content.startswith(b"<!DOCTYPE html>")


Journey = Callable[[Door], None]


@cache
def told_by_wsgi(journey: Journey) -> list[tuple[int, dict[str, str], bytes]]:
    with by_wsgi() as door:
        journey(door)
    return door.told


@pytest.fixture(scope="module")
def process() -> Iterator[Door]:
    with by_process() as door:
        yield door


@pytest.mark.parametrize("journey", [the_nine_steps, errors, a_fault_rule])
class TestWays:
    @pytest.mark.parametrize("way", [by_interception, by_server_thread])
    def test_in_this_process(self, journey: Journey, way: Callable[[], Any]) -> None:
        with way() as door:
            journey(door)
        assert door.told == told_by_wsgi(journey)

    def test_a_server_of_its_own(self, journey: Journey, process: Door) -> None:
        assert process.ask("POST", "/_emulator/reset", {}).status == 200  # of all organisations, and the template
        process.told.clear()
        journey(process)
        assert process.told == told_by_wsgi(journey)
