"""``http.client`` and ``urllib.request`` keep their ways: connections, tunnels, bodies, reading bit by bit."""

from __future__ import annotations

import http.client
import io
import ssl
import urllib.error
import urllib.request
from typing import Any

import pytest

from emulator.faults.effects import Connection
from emulator.transport.delivery import EndlessWait
from emulator.transport.interception import Interception
from tests.transport.conftest import BODY, Application, Serve


def test_one_connection_for_many_requests(intercepted: Application) -> None:
    connection = http.client.HTTPConnection("platform.adobe.io")
    connection.connect()
    for number in range(3):
        connection.request("POST", f"/{number}", body=b"x" * number)
        answer = connection.getresponse()
        assert (answer.version, answer.reason, answer.getheader("content-type")) == (11, "OK", "application/json")
        assert (answer.read(5), answer.read(), answer.isclosed()) == (BODY[:5], BODY[5:], True)
    assert intercepted.bodies == [b"", b"x", b"xx"]


def test_bodies_of_every_kind(intercepted: Application) -> None:
    connection = http.client.HTTPConnection("platform.adobe.io")
    bodies: list[Any] = ["text", io.BytesIO(b"file"), iter([b"a", b"", b"b"]), io.StringIO("lines\n")]
    for body in bodies:
        connection.request("POST", "/", body=body, encode_chunked=False)
        assert connection.getresponse().read() == BODY
    connection.putrequest("PUT", "/by/hand")
    connection.putheader("Content-Length", "4")
    connection.endheaders()
    connection.send(b"by")
    connection.send(b"it")
    assert connection.getresponse().read() == BODY
    assert intercepted.bodies == [b"text", b"file", b"ab", b"lines\n", b"byit"]


def test_a_request_that_is_never_finished_would_wait_for_ever(intercepted: Application) -> None:
    connection = http.client.HTTPConnection("platform.adobe.io")
    connection.putrequest("PUT", "/")
    connection.putheader("Content-Length", "4")
    connection.endheaders()
    with pytest.raises(EndlessWait, match="not complete"):
        connection.getresponse()


def test_a_connection_opened_before_uses_its_socket_no_longer(app: Application, serve: Serve) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serve(Application(body=b"over the socket")).port)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"over the socket"
    connection.host = "platform.adobe.io"
    with Interception(app):
        connection.request("GET", "/")
        assert connection.getresponse().read() == BODY


def test_a_timeout_set_later_counts(intercepted: Application) -> None:
    intercepted.effect = Connection(delay_ms=5000)
    connection = http.client.HTTPConnection("platform.adobe.io", timeout=9)
    connection.connect()
    assert connection.sock is not None
    connection.sock.settimeout(3)
    connection.request("GET", "/")
    with pytest.raises(TimeoutError):
        connection.getresponse()


def test_a_tunnel_leads_to_the_platform(intercepted: Application) -> None:
    connection = http.client.HTTPSConnection(
        "proxy.invalid", 3128, context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout=5
    )
    connection.set_tunnel("platform.adobe.io", 443)
    connection.request("GET", "/x")
    assert connection.getresponse().read() == BODY
    assert intercepted.environ["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_urllib_behind_a_proxy(scheme: str, intercepted: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", "http://proxy.invalid:3128")
    with urllib.request.build_opener().open(f"{scheme}://platform.adobe.io/x?y=1") as answer:
        assert answer.read() == BODY
    assert intercepted.environ["RAW_URI"] == "/x?y=1"


def test_urllib_raises_its_error_for_a_status(intercepted: Application) -> None:
    intercepted.status = "404 Not Found"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen("http://platform.adobe.io/x")
    with caught.value as error:
        assert (error.code, error.read()) == (404, BODY)


def test_reading_bit_by_bit_until_the_cut(intercepted: Application) -> None:
    intercepted.effect = Connection(truncate=10)
    connection = http.client.HTTPConnection("platform.adobe.io")
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.length, answer.read(6)) == (len(BODY), BODY[:6])
    with pytest.raises(http.client.IncompleteRead, match=r"4 bytes read, 92 more expected"):
        answer.read()
