"""Faults of a connection over real sockets: real time, in milliseconds, and real resets."""

from __future__ import annotations

from http.client import IncompleteRead
from time import perf_counter

import pytest

from emulator.faults.effects import Connection
from emulator.transport.server import ServerThread
from tests.transport.clients import CLIENTS, Client
from tests.transport.conftest import BODY, Application, Serve
from tests.transport.raw import GET, Raw

every_client = pytest.mark.parametrize("client", CLIENTS, ids=[each.name for each in CLIENTS])


@every_client
def test_a_delay_is_waited_for(client: Client, app: Application, serve: Serve) -> None:
    app.effect = Connection(delay_ms=60)
    url, begun = serve(app).url, perf_counter()
    assert client.ask("GET", url, timeout=10).body == BODY
    assert perf_counter() - begun >= 0.06


@every_client
def test_a_client_gives_up_by_itself(client: Client, app: Application, serve: Serve) -> None:
    app.effect = Connection(stall=True)
    with pytest.raises(client.timed_out):
        client.ask("GET", serve(app).url, timeout=0.05)
    app.effect = Connection(delay_ms=60_000)
    with pytest.raises(CLIENTS[0].timed_out):
        CLIENTS[0].ask("GET", serve(app).url, timeout=0.05)


@every_client
def test_a_drop_is_the_clients_connection_error(client: Client, app: Application, serve: Serve) -> None:
    app.effect = Connection(drop=True)
    with pytest.raises(client.dropped):
        client.ask("GET", serve(app).url, timeout=10)
    assert app.environs


@every_client
def test_a_cut_body_is_the_clients_incomplete_read(client: Client, app: Application, serve: Serve) -> None:
    app.effect = Connection(truncate=10)
    with pytest.raises(client.incomplete):
        client.ask("GET", serve(app).url, timeout=10)


@every_client
def test_a_slow_body_that_pauses_too_long(client: Client, app: Application, serve: Serve) -> None:
    app.effect = Connection(slow_ms=60_000, slow_bytes=10)
    with pytest.raises(client.stops_waiting_for_body):
        client.ask("GET", serve(app).url, timeout=0.1)


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
