"""What holds for every client: the same answers without a socket, faults as its own errors, other hosts as before."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from emulator import Emulator
from emulator.faults.effects import Connection
from emulator.transport.delivery import EndlessWait
from emulator.transport.interception import Interception
from tests.for_each import for_each
from tests.services.conftest import HEADERS
from tests.transport.clients import CLIENTS, Client
from tests.transport.conftest import BASE, BODY, Application, Serve

pytestmark = pytest.mark.parametrize("client", CLIENTS, ids=[each.name for each in CLIENTS])

DEFINITION = "/data/core/ups/segment/definitions/4afe34ae-8c98-4513-8a1d-67ccaa54bc05"

#: An effect that no client may wait for, in a test or at all.
FOR_EVER_MS = 86_400_000.0


@for_each(
    "host",
    [
        "https://platform.adobe.io",
        "http://platform.adobe.io",
        "https://platform-stage.adobe.io",
        "https://platform-nld2.adobe.io",
        "https://ims-na1.adobelogin.com",
        "https://ims-na1-stg1.adobelogin.com",
        "https://PLATFORM.adobe.io",
    ],
)
def test_real_hosts_are_answered_without_a_socket(client: Client, host: str, intercepted: Application) -> None:
    reply = client.ask("GET", f"{host}/path")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, BODY, "application/json")
    assert intercepted.environ["wsgi.url_scheme"] == host.partition(":")[0]
    assert intercepted.environ["HTTP_HOST"].lower() == host.partition("://")[2].lower()


def test_the_emulator_answers(client: Client, no_socket: None) -> None:
    emulator = Emulator()
    with emulator.intercept():
        reply = client.ask("GET", BASE + DEFINITION, headers=HEADERS)
    assert reply.status == 200
    assert b'"Works in the United States"' in reply.body
    assert emulator.requests[0].operation == "retrieveSegmentDefinitionById"


def test_the_request_arrives_as_it_was_sent(client: Client, intercepted: Application) -> None:
    path = f"/a{quote('/é b')}//c"
    client.ask(
        "POST", f"{BASE}{path}?x=1&y=%26&x=2", headers={"X-Some": "one", "Content-Type": "text/plain"}, body=b"body"
    )
    environ = intercepted.environ
    assert (environ["REQUEST_METHOD"], environ["RAW_URI"]) == ("POST", f"{path}?x=1&y=%26&x=2")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a/é b//c"
    assert environ["QUERY_STRING"] == "x=1&y=%26&x=2"
    assert (environ["HTTP_X_SOME"], environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("one", "text/plain", "4")
    assert intercepted.bodies == [b"body"]


def test_head_has_the_headers_and_no_body(client: Client, intercepted: Application) -> None:
    intercepted.headers.append(("Content-Length", str(len(BODY))))
    reply = client.ask("HEAD", BASE)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", str(len(BODY)))


def test_204_has_no_body(client: Client, intercepted: Application) -> None:
    intercepted.status, intercepted.body, intercepted.headers = "204 No Content", b"", []
    reply = client.ask("DELETE", BASE)
    assert (reply.status, reply.body) == (204, b"")


def test_large_bodies_go_both_ways(client: Client, intercepted: Application) -> None:
    sent, intercepted.body = b"s" * 900_000, b"r" * 1_500_000
    assert client.ask("POST", BASE, body=sent).body == intercepted.body
    assert intercepted.bodies == [sent]


def test_other_hosts_pass_through(client: Client, app: Application, serve: Serve) -> None:
    elsewhere = serve(Application(body=b"elsewhere"))
    with Interception(app):
        assert client.ask("GET", elsewhere.url).body == b"elsewhere"
    assert not app.environs


def test_other_hosts_are_refused_when_asked(client: Client, app: Application, no_socket: None) -> None:
    with Interception(app, allow_other_hosts=False):
        assert client.ask("GET", BASE).status == 200
        with pytest.raises(client.refused, match=r"refuses a connection to example\.com; it answers platform\.adobe"):
            client.ask("GET", "http://example.com/")
        with pytest.raises(client.refused, match="refuses a connection"):
            client.ask("GET", "https://platform.adobe.io.example.com/")


@for_each(
    "effect, timeout",
    {
        "a delay below the timeout": (Connection(delay_ms=FOR_EVER_MS), FOR_EVER_MS / 1000 + 1),
        "a delay without a timeout": (Connection(delay_ms=FOR_EVER_MS), None),
        "a body cut after its end": (Connection(truncate=len(BODY)), None),
        "a slow body whose every pause is borne": (Connection(slow_ms=59_000, slow_bytes=7), 60),
    },
)
def test_what_can_be_borne_is_not_waited_for(
    client: Client, effect: Connection, timeout: float | None, intercepted: Application
) -> None:
    intercepted.effect = effect
    assert client.ask("GET", BASE, timeout=timeout).body == BODY


@for_each(
    "effect, error",
    {
        "a delay of the timeout": (Connection(delay_ms=60_000), "timed_out"),
        "a stall": (Connection(stall=True), "timed_out"),
        "a drop": (Connection(drop=True), "dropped"),
        "a slow body whose pause is too long": (Connection(slow_ms=60_000, slow_bytes=7), "stops_waiting_for_body"),
        **{f"{length} bytes": (Connection(truncate=length), "incomplete") for length in (0, 1, 50, len(BODY) - 1)},
    },
)
def test_a_fault_is_the_clients_own_error_at_once(
    client: Client, effect: Connection, error: str, intercepted: Application
) -> None:
    intercepted.effect = effect
    with pytest.raises(getattr(client, error)):
        client.ask("GET", BASE, timeout=60)
    assert intercepted.environs.pop(), "the application was asked; only its answer is lost"


def test_a_stall_without_a_timeout_is_said_rather_than_suffered(client: Client, intercepted: Application) -> None:
    intercepted.effect = Connection(stall=True)
    with pytest.raises(EndlessWait, match="would wait for ever"):
        client.ask("GET", BASE, timeout=None)


def test_a_large_body_is_cut_too(client: Client, intercepted: Application) -> None:
    intercepted.body, intercepted.effect = b"x" * 2_000_000, Connection(truncate=1_999_999)
    with pytest.raises(client.incomplete):
        client.ask("GET", BASE)


def test_after_a_fault_the_next_request_is_answered(client: Client, intercepted: Application) -> None:
    intercepted.answers = [Application(effect=Connection(drop=True))]
    with pytest.raises(client.dropped):
        client.ask("POST", BASE, body=b"once")
    assert client.ask("POST", BASE, body=b"again").body == BODY
    assert intercepted.bodies == [b"once", b"again"]
