"""The server speaks HTTP/1.1 over real sockets, and whatever it refuses it refuses with a JSON object."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from emulator import Emulator, create_app
from emulator.transport.server import Patience, ServerThread
from emulator.transport.wsgi import Sent, call, environ_of
from tests.for_each import for_each
from tests.services.conftest import HEADERS
from tests.transport.conftest import BODY, Application, Serve, Slow
from tests.transport.raw import GET, Raw

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_a_connection_is_kept_for_many_requests(app: Application, serve: Serve) -> None:
    with Raw(serve(app)) as raw:
        for _ in range(3):
            received = raw.send(GET).receive()
            assert (received.status, received.reason, received.body) == (200, "OK", BODY)
            assert received.headers["server"] == "aep-emulator"
            assert "connection" not in received.headers


def test_pipelined_requests_are_answered_in_order(app: Application, serve: Serve) -> None:
    app.answers = [Application(body=b"one"), Application(body=b"two")]
    with Raw(serve(app)) as raw:
        raw.send(GET + b"\r\n" + GET)
        stream = b""
        while b"two" not in stream:
            stream += raw.socket.recv(4096)
    assert stream.index(b"one") < stream.index(b"two")


def test_an_empty_line_after_a_request_is_no_request(app: Application) -> None:
    with ServerThread(app, patience=Patience(pause=0.05)) as server, Raw(server) as raw, Raw(server) as other:
        raw.send(GET + b"\r\n").receive()
        raw.send(b"\r\n")
        assert other.send(b"GET / HT").receive().status == 408  # so nobody waits any more for what the other began
        assert raw.send(GET).receive().status == 200


@pytest.mark.parametrize(
    ("request_bytes", "connection"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "close"),
        (b"GET / HTTP/1.0\r\n\r\n", "close"),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"),
    ],
)
def test_a_connection_ends_when_the_client_wants(
    request_bytes: bytes, connection: str, app: Application, serve: Serve
) -> None:
    with Raw(serve(app)) as raw:
        assert raw.send(request_bytes).receive().headers["connection"] == connection
        assert connection == "keep-alive" or raw.is_closed()


def test_the_application_learns_where_it_was_asked(app: Application, serve: Serve) -> None:
    server = serve(app)
    with Raw(server) as raw:
        raw.send(b"GET http://other:81/a%20b?c HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nX_B: 3\r\n\r\n").receive()
    environ = app.environ
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", str(server.port))
    assert (environ["HTTP_HOST"], environ["PATH_INFO"], environ["QUERY_STRING"]) == ("other:81", "/a b", "c")
    assert environ["HTTP_X_A"] == "1,2"
    assert "HTTP_X_B" not in environ


def test_head_has_the_headers_and_no_body(app: Application, serve: Serve) -> None:
    app.headers.append(("Content-Length", str(len(BODY))))
    with Raw(serve(app)) as raw:
        received = raw.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").receive("HEAD")
        assert (received.status, received.headers["content-length"]) == (200, str(len(BODY)))
        assert raw.send(GET).receive().body == BODY


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_that_have_no_body(status: str, app: Application, serve: Serve) -> None:
    app.answers = [Application(status, [], b"")]
    with Raw(serve(app)) as raw:
        assert "content-length" not in raw.send(GET).receive().headers
        assert raw.send(GET).receive().body == BODY


LONG = b"x" * 70_000

REFUSED = {
    "no version": (b"GET /\r\n\r\n", 400),
    "one word": (b"HELLO\r\n\r\n", 400),
    "four words": (b"GET / a HTTP/1.1\r\n\r\n", 400),
    "noise": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", 400),
    "a version of another protocol": (b"GET / FTP/1.1\r\n\r\n", 400),
    "a version that is no number": (b"GET / HTTP/x.y\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "a long request line": (b"GET /" + LONG + b" HTTP/1.1\r\n\r\n", 414),
    "a long header": (b"GET / HTTP/1.1\r\nX: " + LONG + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    "a header without a colon": (b"GET / HTTP/1.1\r\nHost h\r\n\r\n", 400),
    "a target that is no URL": (b"GET http://[x/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a length that is no number": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ten\r\n\r\n", 400),
    "a length of thousands of digits": (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        400,
    ),
    "a negative length": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "the same host twice": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "a host with a path": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a host with a user": (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "a list of hosts": (b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    "a port that is no number": (b"GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", 400),
    "an unknown transfer encoding": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "a chunk size that is no number": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    "a signed chunk size": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
        400,
    ),
    "a chunk longer than its size": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        400,
    ),
    "a chunk line without an end": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 5000,
        400,
    ),
}


@for_each("sent, status", REFUSED)
def test_what_is_not_http_is_refused_with_json(sent: bytes, status: int, app: Application, serve: Serve) -> None:
    with Raw(serve(app)) as raw:
        received = raw.send(sent).receive()
        assert (received.status, received.headers["content-type"]) == (status, "application/json")
        assert received.json()["error_code"] == f"{status}000"
        assert len(received.json()["message"]) > 10
        assert received.headers["connection"] == "close"
        assert raw.is_closed()


def test_a_refusal_on_a_kept_connection_ends_it(app: Application, serve: Serve) -> None:
    with Raw(serve(app)) as raw:
        assert raw.send(GET).receive().status == 200
        assert raw.send(b"GET /" + LONG + b" HTTP/1.1\r\n\r\n").receive().status == 414
        assert raw.is_closed()
    assert len(app.environs) == 1


def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    raise LookupError("nothing there")


def test_an_application_that_fails_is_a_500_without_a_trace(serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
    with Raw(serve(broken)) as raw:
        received = raw.send(GET).receive()
    assert (received.status, received.json()["message"]) == (500, "LookupError: nothing there")
    assert capfd.readouterr() == ("", "")


def test_headers_that_cannot_be_sent_are_a_500_without_a_trace(
    app: Application, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    app.headers.append(("X-Price", "10 \u20ac"))
    with Raw(serve(app)) as raw:
        received = raw.send(GET).receive()
        assert raw.is_closed()
    assert received.status == 500
    assert "latin-1" in received.json()["message"]
    assert capfd.readouterr() == ("", "")


def test_a_client_that_went_away_before_it_was_seen_is_let_go(app: Application) -> None:
    server = ServerThread(app)
    with Raw(server) as gone:
        gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with server, Raw(server) as raw:
        assert raw.send(GET).receive().status == 200


def test_a_server_that_gets_no_more_threads_for_a_while_goes_on(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    refused, may_start = Event(), Event()

    class Scarce(Thread):
        def start(self) -> None:
            if not may_start.is_set():
                refused.set()
                raise RuntimeError("can't start new thread")
            super().start()

    slow = Slow()
    server = serve(slow)
    monkeypatch.setattr("emulator.transport.server.Thread", Scarce)
    with Raw(server) as first, Raw(server) as second:
        first.send(GET)
        assert refused.wait(10)
        may_start.set()
        slow.asked.clear()
        second.send(GET)
        assert slow.asked.wait(10)
        slow.goes_on.set()
        assert [each.receive().status for each in (first, second)] == [200, 200]


def test_a_client_that_pipelines_gives_others_their_turn(serve: Serve) -> None:
    order: list[str] = []
    other: list[Raw] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        order.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/0":
            other.append(Raw(server).send(b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n"))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    server = serve(application)
    with Raw(server) as raw:
        raw.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(50)))
        stream = b""
        while stream.count(b"ok") < 50:
            stream += raw.socket.recv(4096)
    with other[0] as waiting:
        assert waiting.receive().body == b"ok"
    assert order.index("/other") < order.index("/49")


def test_clients_that_go_away_leave_no_trace(app: Application, serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
    app.body = b"x" * 5_000_000
    server = serve(app)
    for _ in range(3):
        with Raw(server) as raw:
            raw.send(GET)
            raw.socket.recv(1)
    with Raw(server) as raw:
        assert len(raw.send(GET).receive().body) == 5_000_000
    assert capfd.readouterr() == ("", "")


def test_many_connections_at_once(app: Application, serve: Serve) -> None:
    server, arrived, goes_on = serve(lambda *call: waiting(*call)), [Event() for _ in range(8)], Event()

    def waiting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        arrived[int(environ["QUERY_STRING"])].set()
        assert goes_on.wait(10)
        return app(environ, start_response)

    def ask(number: int) -> int:
        with Raw(server) as raw:
            return raw.send(b"GET /?%d HTTP/1.1\r\nHost: h\r\n\r\n" % number).receive().status

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(8)]
        assert all(each.wait(10) for each in arrived)
        goes_on.set()
        assert [each.result() for each in asked] == [200] * 8


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: h\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
    ids=["request line", "headers", "body", "chunk"],
)
def test_a_request_that_stays_unfinished_is_408(
    sent: bytes, app: Application, capfd: pytest.CaptureFixture[str]
) -> None:
    with ServerThread(app, patience=Patience(pause=0.05)) as server, Raw(server) as raw:
        received = raw.send(sent).receive()
        assert (received.status, received.json()["error_code"]) == (408, "408000")
        assert raw.is_closed()
    assert capfd.readouterr() == ("", "")


def test_the_emulator_leaves_no_trace_of_a_body_that_never_came(capfd: pytest.CaptureFixture[str]) -> None:
    emulator = Emulator()
    with ServerThread(create_app(emulator), patience=Patience(pause=0.05)) as server, Raw(server) as raw:
        raw.send(b"POST /data/core/ups/segment/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly this")
        assert raw.receive().status == 408
    assert capfd.readouterr() == ("", "")
    assert list(emulator.requests) == []


def test_a_connection_that_is_kept_for_nothing_is_closed(app: Application) -> None:
    with ServerThread(app, patience=Patience(idle=0.05)) as server, Raw(server) as raw:
        assert raw.send(GET).receive().status == 200
        assert raw.is_closed()


#: Paths that are not an operation's, however much they look like one. A slash may be written %2f: ids may hold one.
PATHS = {
    "/data/core/ups/segment/jobs": 200,
    "/data/core/ups/segment/jobs/": 200,
    "/data/core/ups/segment%2fjobs": 200,
    "//data/core/ups/segment/jobs": 404,
    "/data//core/ups/segment/jobs": 404,
    "/data/core/ups/segment/jobs//": 404,
    "/data/./core/ups/segment/jobs": 404,
    "/data/core/../core/ups/segment/jobs": 404,
    "/data/core/%2e%2e/core/ups/segment/jobs": 404,
    "/data/core/ups/segment%2f%2fjobs": 404,
    "/../data/core/ups/segment/jobs": 404,
    "/data/core/ups/segment/jobs%00": 404,
    "/DATA/core/ups/segment/jobs": 404,
}


@for_each("path, status", PATHS.items())
def test_a_path_means_the_same_over_a_socket_and_within_the_process(path: str, status: int, serve: Serve) -> None:
    emulator = Emulator()
    app = create_app(emulator)
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    with Raw(serve(app)) as raw:
        assert raw.send(f"GET {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n".encode()).receive().status == status
    environ = environ_of(Sent("GET", path, list(HEADERS.items()), b""), "https", "platform.adobe.io")
    assert call(app, environ).status == status


@for_each(
    "method, status", [("get", 501), ("Get", 501), ("FETCH", 501), ("TRACE", 405), ("OPTIONS", 405), ("PUT", 405)]
)
def test_methods_are_told_apart_by_case(method: str, status: int, serve: Serve) -> None:
    for path in ("/data/core/ups/segment/jobs", "/_emulator/health"):
        with Raw(serve(create_app(Emulator()))) as raw:
            received = raw.send(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()).receive()
            assert (received.status, received.headers["content-type"]) == (status, "application/json")
            assert "access-control-allow-origin" not in received.headers


def test_an_address_that_is_taken_is_an_os_error(app: Application, serve: Serve) -> None:
    taken = serve(app).port
    with pytest.raises(OSError, match=r"(?i)address|socket"):
        ServerThread(app, port=taken)


@pytest.mark.skipif(not socket.has_ipv6 or sys.platform == "win32", reason="needs IPv6")
def test_ipv6(app: Application) -> None:
    try:
        server = ServerThread(app, "::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with server, Raw(server) as raw:
        assert raw.send(GET).receive().status == 200
        assert server.url == f"http://[::1]:{server.port}"
        assert app.environ["REMOTE_ADDR"] == "::1"
