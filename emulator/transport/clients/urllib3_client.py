"""urllib3 2, and so requests: at ``urllib3.connection``, below its pools, retries, redirects and timeouts.

``request`` and ``getresponse`` of a connection are the seam at which urllib3 itself puts HTTP/2 and browsers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.message import Message
from http.client import HTTPMessage, HTTPResponse, RemoteDisconnected
from threading import local
from types import SimpleNamespace
from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util import SKIP_HEADER
from urllib3.util.request import body_to_chunks

from emulator.transport.clients.http_client import arriving, destination
from emulator.transport.delivery import Delivery, Ending, deliver, spared
from emulator.transport.patches import Replacing
from emulator.transport.routing import HostRefused, app_for
from emulator.transport.wsgi import Answer, Headers, Sent, call, environ_of

_VERSION: str = vars(urllib3)["__version__"]


def install(replace: Callable[[Any, str, Replacing], None]) -> None:
    """Patch the connections of urllib3. Raises ``ImportError`` for urllib3 1."""
    if int(_VERSION.partition(".")[0]) < 2:
        raise ImportError(f"emulator.intercept() works with urllib3 2 or later; this is {_VERSION}")
    replace(HTTPConnection, "connect", _connecting)
    replace(HTTPSConnection, "connect", _connecting)
    replace(HTTPConnection, "request", _requesting)
    replace(HTTPConnection, "getresponse", _getting_response)


class _Ahead(local):
    """The answer that this thread has in hand already for what it asks next."""

    answer: Answer | None = None

    def take(self) -> Answer | None:
        answer, self.answer = self.answer, None
        return answer


#: Where a client above urllib3 leaves an answer that a fault of the connection is still to befall.
ahead = _Ahead()


class _Exchange:
    """What stands in the place of a connection's socket from a request until its answer."""

    sent: Sent
    host: str
    scheme: str
    options: dict[str, Any]

    def settimeout(self, timeout: float | None) -> None:
        """Do nothing: the timeout is read off the connection when the answer is due."""

    def close(self) -> None:
        """Do nothing: there is nothing open."""


def _connecting(original: Callable[[HTTPConnection], None]) -> Callable[[HTTPConnection], None]:
    def connect(self: HTTPConnection) -> None:
        if _is_ours(self, destination(self)[0]):
            _join(self)
        else:
            original(self)

    return connect


def _requesting(original: Callable[..., None]) -> Callable[..., None]:
    def request(
        self: HTTPConnection,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = False,
        **options: Any,
    ) -> None:
        host, scheme = destination(self, url)
        if not _is_ours(self, host):
            original(self, method, url, body, headers, chunked=chunked, **options)
            return
        exchange = _join(self)
        exchange.host, exchange.scheme, exchange.options = host, scheme, options
        exchange.sent = written(method, url, body, headers or {}, chunked)

    return request


def _getting_response(original: Callable[[HTTPConnection], Any]) -> Callable[[HTTPConnection], Any]:
    def getresponse(self: HTTPConnection) -> Any:
        exchange: Any = self.sock
        if not isinstance(exchange, _Exchange):
            return original(self)
        self.sock = None
        app = app_for(exchange.host)
        if app is None:
            raise RemoteDisconnected("the interception ended between a request and its answer")
        sent = exchange.sent
        answer = ahead.take() or call(app, environ_of(sent, exchange.scheme, exchange.host))
        delivery = deliver(answer.effect, answer.body, self.timeout)
        if not delivery.has_head:
            if delivery.ending is Ending.TIMED_OUT:
                raise TimeoutError("timed out")
            raise RemoteDisconnected("Remote end closed connection without response")
        spared.seconds += delivery.delay_ms / 1000
        received = _received(answer, delivery, sent.method)
        response = urllib3.HTTPResponse(
            body=received,
            headers=urllib3.HTTPHeaderDict(answer.headers),
            status=answer.status,
            version=11,
            reason=answer.reason,
            original_response=received,
            request_method=sent.method,
            request_url=sent.target,
            **exchange.options,
        )
        # not an argument in urllib3 2.0
        response.version_string = "HTTP/1.1"
        return response

    return getresponse


def _is_ours(connection: HTTPConnection, host: str) -> bool:
    try:
        return app_for(host) is not None
    except HostRefused as error:
        raise NewConnectionError(connection, str(error)) from error


def _join(connection: HTTPConnection) -> _Exchange:
    """Make a connection appear connected, to the host and any proxy before it."""
    if isinstance(connection.sock, _Exchange):
        return connection.sock
    if connection.sock is not None:
        connection.sock.close()
    exchange = _Exchange()
    connection.sock = cast(Any, exchange)
    connection.is_verified = True
    connection._has_connected_to_proxy = bool(connection.proxy)
    return exchange


def written(method: str, url: str, body: Any, headers: Mapping[str, str], is_chunked: bool) -> Sent:
    """Answer a request as urllib3 would have written it, with the headers that it adds."""
    pieces, length = body_to_chunks(body, method=method, blocksize=16_384)
    given = [
        (name, value) if type(name) is str and type(value) is str else (_text(name), _text(value))
        for name, value in headers.items()
    ]
    names = {name.lower() for name, _ in given}
    added: Headers = []
    if "accept-encoding" not in names:
        added.append(("Accept-Encoding", "identity"))
    if is_chunked or (length is None and pieces is not None and "content-length" not in names):
        if "transfer-encoding" not in names:
            added.append(("Transfer-Encoding", "chunked"))
    elif length is not None and names.isdisjoint(("content-length", "transfer-encoding")):
        added.append(("Content-Length", str(length)))
    if "user-agent" not in names:
        added.append(("User-Agent", f"python-urllib3/{_VERSION}"))
    content = b"".join(each.encode() if isinstance(each, str) else each for each in cast(Any, pieces or ()))
    return Sent(method, url, [*added, *(each for each in given if each[1] != SKIP_HEADER)], content)


def _text(value: Any) -> str:
    """Answer part of a header; requests lets bytes through."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _received(answer: Answer, delivery: Delivery, method: str) -> HTTPResponse:
    """Answer what ``http.client`` would have parsed: it reads the body, and knows when that is incomplete."""
    socket: Any = SimpleNamespace(makefile=lambda mode: arriving(delivery))
    received = HTTPResponse(socket, method=method)
    received.headers = received.msg = _cookies(answer)
    received.version, received.status, received.reason = 11, answer.status, answer.reason
    received.chunked = received.will_close = False
    received.length = len(answer.body)
    return received


def _cookies(answer: Answer) -> HTTPMessage:
    """Answer the headers that cookie jars read off ``http.client``'s response; urllib3 has its own copy of all."""
    message: Message[str, str] = HTTPMessage()
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            message[name] = value
    return cast(HTTPMessage, message)
