"""What the tests of transports share: small applications, and a proof that no socket is opened."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from emulator.faults.effects import ENVIRON_KEY, Connection
from emulator.transport.interception import Interception
from emulator.transport.server import ServerThread

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BASE = "https://platform.adobe.io"

BODY = b'{"answer": "' + b"x" * 88 + b'"}'


@dataclass
class Application:
    """Answers ``status``, ``headers`` and ``body``, suffers ``effect``, and remembers what it was asked.

    ``answers`` are given first, one a request, each with the effect or the status that differs.
    """

    status: str = "200 OK"
    headers: list[tuple[str, str]] = field(default_factory=lambda: [("Content-Type", "application/json")])
    body: bytes = BODY
    effect: Connection | None = None
    answers: list[Application] = field(default_factory=list)
    environs: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    asked: Event = field(default_factory=Event)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.environs.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        answer = self.answers.pop(0) if self.answers else self
        if answer.effect is not None:
            environ[ENVIRON_KEY] = answer.effect
        start_response(answer.status, list(answer.headers))
        self.asked.set()
        return [answer.body]

    @property
    def environ(self) -> dict[str, Any]:
        """The environment of the last request."""
        return self.environs[-1]


@dataclass
class Slow:
    """An application that answers when it is told to."""

    asked: Event = field(default_factory=Event)
    goes_on: Event = field(default_factory=Event)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked.set()
        assert self.goes_on.wait(10)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [BODY]


def json_application(value: Any, **options: Any) -> Application:
    return Application(body=json.dumps(value).encode(), **options)


@pytest.fixture
def app() -> Application:
    return Application()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **_: object) -> None:
        raise AssertionError(f"a socket was asked for: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def intercepted(app: Application, no_socket: None) -> Iterator[Application]:
    """The application that answers the platform's hosts, while no socket can be had."""
    with Interception(app):
        yield app


Serve = Callable[[Any], ServerThread]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers of applications, to be stopped after the test."""
    started: list[ServerThread] = []

    def start(app: Any) -> ServerThread:
        server = ServerThread(app)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
