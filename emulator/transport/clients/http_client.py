"""``http.client``, and what is built on it (``urllib.request``): connections get a wire in the place of a socket.

The client writes its bytes and parses the answer's as ever; its errors are its own.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from http.client import HTTPS_PORT, HTTPConnection, HTTPSConnection
from threading import local
from typing import Any
from urllib.parse import urlsplit

from emulator.transport.delivery import Ending, EndlessWait, deliver, spared
from emulator.transport.patches import Replacing
from emulator.transport.routing import app_for
from emulator.transport.wire import RequestReader
from emulator.transport.wsgi import Answer, call, environ_of


def install(replace: Callable[[Any, str, Replacing], None]) -> None:
    """Patch the connections of ``http.client``."""
    replace(HTTPConnection, "connect", _connecting)
    replace(HTTPSConnection, "connect", _connecting)
    replace(HTTPConnection, "putrequest", _putting_request)


def _connecting(original: Callable[[HTTPConnection], None]) -> Callable[[HTTPConnection], None]:
    def connect(self: HTTPConnection) -> None:
        host, scheme = destination(self)
        if app_for(host) is None:
            original(self)
        else:
            self.sock = Wire(host, scheme, self.timeout)

    return connect


def _putting_request(original: Callable[..., None]) -> Callable[..., None]:
    """Put each request on the right path: a connection may be older or younger than the interception."""

    def putrequest(self: HTTPConnection, method: str, url: str, *args: Any, **options: Any) -> None:
        host, scheme = destination(self, url)
        is_ours, has_wire = app_for(host) is not None, isinstance(self.sock, Wire)
        if is_ours != has_wire:
            if self.sock is not None:
                self.sock.close()
            self.sock = Wire(host, scheme, self.timeout) if is_ours else None
        original(self, method, url, *args, **options)

    return putrequest


def destination(connection: HTTPConnection, url: str = "/") -> tuple[str, str]:
    """Answer the host and the scheme that a request on a connection is for: a proxy is told them by the URL."""
    if not url.startswith("/") and (absolute := urlsplit(url)).hostname:
        return absolute.hostname, absolute.scheme
    scheme = "https" if connection.default_port == HTTPS_PORT else "http"
    return getattr(connection, "_tunnel_host", None) or connection.host, scheme


class _Ahead(local):
    """The answer that this thread has in hand already for what it asks next."""

    answer: Answer | None = None


#: Where a client that is built on this one leaves an answer that it cannot deliver itself.
ahead = _Ahead()


class Wire:
    """As much of a socket as ``http.client`` uses, with the emulator at the other end.

    Once no interception answers for its host it is a connection that the server has closed.
    """

    def __init__(self, host: str, scheme: str, timeout: object) -> None:
        self._host = host
        self._scheme = scheme
        self._timeout = timeout if isinstance(timeout, int | float) else None
        self._reader = RequestReader()

    def settimeout(self, timeout: float | None) -> None:
        """Take the limit for one read, in s."""
        self._timeout = timeout

    def sendall(self, sent: bytes) -> None:
        """Take what the client writes."""
        self._reader.feed(sent)

    def makefile(self, mode: str) -> io.BufferedIOBase:
        """Answer the request that was sent, as a stream of bytes."""
        sent, app = self._reader.take(), app_for(self._host)
        if app is None:
            return io.BytesIO()
        if sent is None:
            raise EndlessWait("the request is not complete, and the server waits for the rest of it")
        answer = ahead.answer or call(app, environ_of(sent, self._scheme, self._host))
        delivery = deliver(answer.effect, answer.body, self._timeout)
        arrived = delivery.body
        if delivery.has_head:
            spared.seconds += delivery.delay_ms / 1000
            arrived = answer.head() + arrived
        return io.BufferedReader(_Abandoned(arrived)) if delivery.ending is Ending.TIMED_OUT else io.BytesIO(arrived)

    def close(self) -> None:
        """Do nothing: the streams of ``makefile`` outlive their socket."""


class _Abandoned(io.RawIOBase):
    """A stream that goes on for longer than its reader waits."""

    def __init__(self, arrived: bytes) -> None:
        self._arrived = io.BytesIO(arrived)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._arrived.readinto(buffer)
        if not count:
            raise TimeoutError("timed out")
        return count
