"""Faults of a connection over real sockets: real time, in milliseconds, and real resets."""

from __future__ import annotations

from http.client import IncompleteRead
from time import perf_counter

import pytest

from emulator.faults.effects import Connection
from emulator.transport.server import ServerThread
from tests.for_each import for_each
from tests.transport.clients import CLIENTS, Client
from tests.transport.conftest import BODY, Application, Serve
from tests.transport.raw import GET, Raw


@for_each(
    "effect, error, timeout",
    {
        "a stall": (Connection(stall=True), "timed_out", 0.05),
        "a long delay": (Connection(delay_ms=60_000), "timed_out", 0.05),
        "a drop": (Connection(drop=True), "dropped", 10),
        "a cut": (Connection(truncate=10), "incomplete", 10),
        "a slow body": (Connection(slow_ms=60_000, slow_bytes=10), "stops_waiting_for_body", 0.1),
    },
)
@for_each("client", CLIENTS, ids=lambda client: client.name)
def test_a_fault_is_the_error_that_the_client_has_for_it(
    client: Client, effect: Connection, error: str, timeout: float, app: Application, serve: Serve
) -> None:
    app.effect = effect
    with pytest.raises(getattr(client, error)):
        client.ask("GET", serve(app).url, timeout=timeout)
    assert app.environs.pop()


def test_a_drop_is_a_reset(app: Application, serve: Serve) -> None:
    app.effect = Connection(drop=True)
    with Raw(serve(app)) as raw, pytest.raises(ConnectionResetError):
        raw.send(GET).socket.recv(1)


@pytest.mark.parametrize("length", [0, 1, len(BODY) - 1])
def test_a_cut_body_is_honest_about_its_length(length: int, app: Application, serve: Serve) -> None:
    app.effect = Connection(truncate=length)
    with Raw(serve(app)) as raw:
        with pytest.raises(IncompleteRead) as caught:
            raw.send(GET).receive()
        assert (caught.value.partial, caught.value.expected) == (BODY[:length], len(BODY) - length)
        assert raw.is_closed()


def test_a_slow_body_comes_in_pieces(app: Application, serve: Serve) -> None:
    app.effect, app.body = Connection(slow_ms=20, slow_bytes=4), b"0123456789"
    with Raw(serve(app)) as raw:
        begun = perf_counter()
        assert raw.send(GET).receive().body == b"0123456789"
        assert perf_counter() - begun >= 0.04
        app.effect = None
        assert raw.send(GET).receive().body == b"0123456789", "the connection stays open"


def test_a_delay_and_a_cut_go_together(app: Application, serve: Serve) -> None:
    app.effect = Connection(delay_ms=30, truncate=3)
    with Raw(serve(app)) as raw:
        begun = perf_counter()
        with pytest.raises(IncompleteRead):
            raw.send(GET).receive()
        assert perf_counter() - begun >= 0.03


def test_after_a_delay_the_connection_is_kept(app: Application, serve: Serve) -> None:
    app.answers = [Application(effect=Connection(delay_ms=1))]
    with Raw(serve(app)) as raw:
        for _ in range(2):
            assert raw.send(GET).receive().body == BODY


@pytest.mark.parametrize(
    "effect",
    [Connection(delay_ms=3_600_000), Connection(stall=True), Connection(slow_ms=3_600_000)],
    ids=["delay", "stall", "slow body"],
)
def test_a_stop_does_not_wait_for_faults(effect: Connection, app: Application) -> None:
    app.effect = effect
    server = ServerThread(app)
    server.start()
    with Raw(server) as raw:
        raw.send(GET)
        assert app.asked.wait(10)
        begun = perf_counter()
        server.stop()
        assert perf_counter() - begun < 1
        rest = b""
        while received := raw.socket.recv(4096):
            rest += received
        assert BODY not in rest
