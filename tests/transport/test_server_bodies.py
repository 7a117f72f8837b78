"""Bodies of requests over real sockets: in every form they come in, unwanted, too large, and cut short."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from emulator import Emulator, create_app
from tests.services.conftest import HEADERS
from tests.transport.conftest import BODY, Application, Serve
from tests.transport.raw import GET, Raw

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_chunked_bodies_with_extensions_and_trailers(app: Application, serve: Serve) -> None:
    with Raw(serve(app)) as raw:
        raw.send(
            b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3;name=value\r\nabc\r\n0B\r\ndefghijklmn\r\n0\r\nX-Trailer: 1\r\n\r\n"
        )
        assert raw.receive().status == 200
        assert raw.send(GET).receive().status == 200
    assert app.bodies == [b"abcdefghijklmn", b""]


def test_expect_is_answered_when_the_body_is_wanted(app: Application, serve: Serve) -> None:
    with Raw(serve(app)) as raw:
        raw.send(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert raw.socket.recv(64) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert raw.send(b"body").receive().body == BODY
        assert raw.send(GET).receive().status == 200
    assert app.bodies == [b"body", b""]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: keep-alive\r\n", b"{}"),
        (b"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    ],
    ids=["expects", "chunked"],
)
def test_what_http_1_0_does_not_know(headers: bytes, body: bytes, app: Application, serve: Serve) -> None:
    with Raw(serve(app)) as raw:
        raw.send(b"POST / HTTP/1.0\r\n" + headers + b"\r\n" + body)
        received = raw.socket.recv(4096)
    assert received.startswith(b"HTTP/1.1 200 ")  # no 100 before it
    assert app.bodies == [b"{}"]
    assert (b"Connection: close" in received) == (b"chunked" in headers)


def unread(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Refuse a body without reading it."""
    start_response("413 Request Entity Too Large", [("Content-Type", "application/json")])
    return [b"{}"]


def test_a_body_that_nobody_wants_is_not_invited(serve: Serve) -> None:
    with Raw(serve(unread)) as raw:
        raw.send(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        received = raw.receive()
        assert (received.status, received.headers["connection"]) == (413, "close")
        assert raw.is_closed()


def test_a_client_that_sends_on_still_gets_its_refusal(serve: Serve) -> None:
    """Closing while it sends would reset the connection and lose the answer."""
    size = 20_000_000
    connection = http.client.HTTPConnection("127.0.0.1", serve(unread).port, timeout=10)
    connection.request("POST", "/", body=b"x" * size)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (413, b"{}")
    connection.close()


def test_the_emulator_refuses_a_body_that_is_too_large(serve: Serve) -> None:
    emulator = Emulator(max_body_bytes=1000)
    server = serve(create_app(emulator))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/data/core/ups/segment/definitions", body=b"x" * 5_000_000, headers=HEADERS)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("content-type")) == (413, "application/json")
    assert b"1000 bytes" in answer.read()
    connection.close()
    assert [each.status for each in emulator.requests] == [413]


def test_a_multipart_body_is_no_fault_of_the_headers(app: Application, serve: Serve) -> None:
    with Raw(serve(app)) as raw:
        head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5"
        raw.send(head + b"\r\n\r\n--b--")
        assert raw.receive().status == 200
    assert app.bodies == [b"--b--"]


def test_a_body_that_breaks_off_is_refused_and_no_trace_is_printed(
    serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    emulator = Emulator()
    with Raw(serve(create_app(emulator))) as raw:
        raw.send(b"POST /data/core/ups/segment/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly this")
        raw.socket.shutdown(socket.SHUT_WR)
        received = raw.receive()
    assert (received.status, received.json()["message"]) == (400, "the body ended 91 bytes before its length")
    assert capfd.readouterr() == ("", "")


def test_a_chunked_body_that_is_too_large_is_413() -> None:
    with Emulator(max_body_bytes=1000).serve() as base:
        connection = http.client.HTTPConnection(urlsplit(base).netloc)
        pieces = (b" " * 100 for _ in range(20))
        connection.request("POST", "/data/core/ups/segment/jobs", pieces, dict(HEADERS), encode_chunked=True)
        assert connection.getresponse().status == 413
        connection.close()
