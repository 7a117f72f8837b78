"""urllib3 keeps its ways: pools, retries, redirects, proxies, connections of its own."""

from __future__ import annotations

import io
import warnings

import pytest
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ProxyError, ReadTimeoutError
from urllib3.util import SKIP_HEADER

from emulator.faults.effects import Connection
from emulator.transport.interception import Interception
from tests.transport.conftest import BASE, BODY, Application, Serve


@pytest.fixture
def pool() -> urllib3.PoolManager:
    return urllib3.PoolManager()


def test_the_headers_that_urllib3_adds(pool: urllib3.PoolManager, intercepted: Application) -> None:
    pool.request("POST", BASE, body=b"abc", headers={"X-A": "1"})
    environ = intercepted.environ
    assert environ["HTTP_USER_AGENT"] == f"python-urllib3/{urllib3.__version__}"  # type: ignore[attr-defined]
    assert (environ["HTTP_ACCEPT_ENCODING"], environ["CONTENT_LENGTH"]) == ("identity", "3")
    pool.request("GET", BASE, headers={"User-Agent": SKIP_HEADER, "Accept-Encoding": SKIP_HEADER})
    assert {"HTTP_USER_AGENT", "HTTP_ACCEPT_ENCODING", "CONTENT_LENGTH"}.isdisjoint(intercepted.environ)


def test_headers_are_those_that_a_socket_would_have_carried(pool: urllib3.PoolManager, serve: Serve) -> None:
    """Every kind of body, over both transports: the application sees the same request."""

    def pieces() -> list[object]:
        return [None, b"x", "text", io.BytesIO(b"file"), iter([b"a", b"b"])]

    over_socket, in_process = Application(), Application()
    url = serve(over_socket).url
    for body in pieces():
        pool.request("POST", url, body=body, headers={"Host": "platform.adobe.io"})  # type: ignore[arg-type]
    with Interception(in_process):
        for body in pieces():
            pool.request("POST", "http://platform.adobe.io", body=body)  # type: ignore[arg-type]

    def carried(app: Application) -> list[dict[str, str]]:
        return [
            {name: value for name, value in each.items() if name.startswith(("HTTP_", "CONTENT_"))}
            for each in app.environs
        ]

    assert carried(in_process) == carried(over_socket)
    assert in_process.bodies == over_socket.bodies == [b"", b"x", b"text", b"file", b"ab"]


def test_connections_return_to_the_pool(pool: urllib3.PoolManager, intercepted: Application) -> None:
    for _ in range(3):
        assert pool.request("GET", BASE).data == BODY
        streamed = pool.request("GET", BASE, preload_content=False)
        assert b"".join(streamed.stream(7)) == BODY
    assert pool.connection_from_url(BASE).num_connections == 1


def test_redirects_cross_to_another_of_the_hosts(pool: urllib3.PoolManager, intercepted: Application) -> None:
    intercepted.answers = [Application("307 Temporary Redirect", [("Location", "https://ims-na1.adobelogin.com/x")])]
    assert pool.request("POST", BASE, body=b"kept").data == BODY
    assert [each["HTTP_HOST"] for each in intercepted.environs] == ["platform.adobe.io", "ims-na1.adobelogin.com"]
    assert intercepted.bodies == [b"kept", b"kept"]


def test_a_connection_used_by_itself(intercepted: Application) -> None:
    connection = HTTPSConnection("platform.adobe.io", timeout=5)
    connection.connect()
    for _ in range(2):
        connection.request("GET", "/")
        assert connection.getresponse().data == BODY
    intercepted.effect = Connection(delay_ms=5000)
    connection.request("GET", "/")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()


def test_a_connection_opened_before_uses_its_socket_no_longer(app: Application, serve: Serve) -> None:
    server = serve(Application(body=b"over the socket"))
    connection = HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/")
    assert connection.getresponse().data == b"over the socket"
    connection.host = "platform.adobe.io"
    with Interception(app):
        connection.request("GET", "/")
        assert connection.getresponse().data == BODY
    connection.close()


def test_no_warning_about_certificates(intercepted: Application) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with urllib3.PoolManager(cert_reqs="CERT_NONE") as pool:
            assert pool.request("GET", BASE).status == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxies_do_not_matter(scheme: str, intercepted: Application) -> None:
    with urllib3.ProxyManager("http://proxy.invalid:3128") as pool:
        for _ in range(2):
            assert pool.request("GET", f"{scheme}://platform.adobe.io/x").data == BODY
        intercepted.effect = Connection(drop=True)
        with pytest.raises(ProxyError):  # as over a socket
            pool.request("GET", f"{scheme}://platform.adobe.io/x", retries=False)


def test_a_slow_body_times_out_while_it_is_streamed(pool: urllib3.PoolManager, intercepted: Application) -> None:
    intercepted.effect = Connection(slow_ms=5000, slow_bytes=10)
    answer = pool.request("GET", BASE, preload_content=False, timeout=4)
    assert answer.status == 200
    with pytest.raises(ReadTimeoutError):
        list(answer.stream(10))
    answer.close()
