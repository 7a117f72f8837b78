"""Bytes that are nearly HTTP, over a socket: whatever comes is answered as HTTP, or the connection ends."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse

from hypothesis import strategies as st

from emulator import Emulator, create_app
from emulator.transport.server import Patience, ServerThread
from tests.fuzz.targets import Target
from tests.fuzz.texts import edited
from tests.services.conftest import HEADERS

_HEAD = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
_REQUESTS = [
    f"GET /data/core/ups/segment/jobs HTTP/1.1\r\nHost: localhost\r\n{_HEAD}\r\n",
    f"POST /data/core/ups/segment/jobs HTTP/1.1\r\nHost: localhost\r\n{_HEAD}Content-Length: 2\r\n\r\n[]",
    "POST /_emulator/pql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    f"GET /data/foundation/export/files/x HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1\r\n{_HEAD}\r\n",
]
_PIECES = [
    "\r\n",
    "\n",
    "\r",
    " ",
    ":",
    "\x00",
    "\xff",
    "%2f",
    "..",
    "//",
    "%00",
    "HTTP/1.0",
    "HTTP/3",
    "Host: x\r\n",
    "Content-Length: -1\r\n",
]
_PIECES += [
    "Content-Length: 99999999999999999999\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Expect: 100-continue\r\n",
    "Connection: close\r\n",
    "X: " + "y" * 70_000,
]
_PIECES += [
    "Range: bytes=-0\r\n",
    "If-None-Match: *\r\n",
    "Content-Type: \r\n",
    "x-emulator-observe: true\r\n",
    "Cookie: =\r\n",
]

_server: list[ServerThread] = []


def _begin() -> ServerThread:
    if not _server:
        _server.append(ServerThread(create_app(Emulator()), patience=Patience(pause=0.05)))
        _server[0].start()
    return _server[0]


def _check(server: ServerThread, text: str) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        try:
            connection.sendall(text.encode("latin-1", "replace"))
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all of it was sent
        response = HTTPResponse(connection)
        try:
            response.begin()
            body = response.read()
        except (HTTPException, ConnectionError):
            return  # nothing that is a request came, so nothing was answered
        finally:
            response.close()
    assert response.status < 500 or response.status in (501, 505), (text, response.status, body)
    if response.status >= 400 and body:
        assert isinstance(json.loads(body), dict), (text, response.status, body)


def targets() -> Iterator[Target]:
    """Answer the target."""
    yield Target("bytes", edited(_REQUESTS, _PIECES) | st.text(max_size=60), _check, _begin, 3)
