"""httpx: at its two transports, below its clients' redirects, cookies, hooks and authentication."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import httpx
from httpx import AsyncHTTPTransport, HTTPTransport, Request, Response

from emulator.transport.delivery import Delivery, Ending, deliver
from emulator.transport.patches import Replacing
from emulator.transport.routing import HostRefused, app_for
from emulator.transport.wsgi import Sent, call, environ_of


def install(replace: Callable[[Any, str, Replacing], None]) -> None:
    """Patch the transports of httpx."""
    replace(HTTPTransport, "handle_request", _handling)
    replace(AsyncHTTPTransport, "handle_async_request", _handling_async)


def _handling(original: Callable[[HTTPTransport, Request], Response]) -> Callable[[HTTPTransport, Request], Response]:
    def handle_request(self: HTTPTransport, request: Request) -> Response:
        if _app_for(request) is None:
            return original(self, request)
        return _answer(request, b"".join(cast(httpx.SyncByteStream, request.stream)))

    return handle_request


def _handling_async(
    original: Callable[[AsyncHTTPTransport, Request], Awaitable[Response]],
) -> Callable[[AsyncHTTPTransport, Request], Awaitable[Response]]:
    async def handle_async_request(self: AsyncHTTPTransport, request: Request) -> Response:
        if _app_for(request) is None:
            return await original(self, request)
        return _answer(request, b"".join([each async for each in cast(httpx.AsyncByteStream, request.stream)]))

    return handle_async_request


def _app_for(request: Request) -> Any:
    try:
        return app_for(request.url.host)
    except HostRefused as error:
        raise httpx.ConnectError(str(error), request=request) from error


def _answer(request: Request, body: bytes) -> Response:
    app = _app_for(request)
    if app is None:
        raise httpx.RemoteProtocolError("the interception ended while the request was sent", request=request)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    sent = Sent(request.method, request.url.raw_path.decode("ascii"), headers, body)
    answer = call(app, environ_of(sent, request.url.scheme, request.url.host))
    delivery = deliver(answer.effect, answer.body, request.extensions.get("timeout", {}).get("read"))
    if not delivery.has_head:
        if delivery.ending is Ending.TIMED_OUT:
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    arriving = _Body(request, delivery, len(answer.body))
    arriving.response = Response(
        answer.status,
        headers=answer.headers,
        stream=arriving,
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": answer.reason.encode("latin-1")},
    )
    return arriving.response


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives as ``delivery`` says, for clients of both kinds."""

    response: Response

    def __init__(self, request: Request, delivery: Delivery, length: int) -> None:
        self._request = request
        self._delivery = delivery
        self._length = length

    def __iter__(self) -> Iterator[bytes]:
        arrived, ending = self._delivery.body, self._delivery.ending
        if arrived:
            yield arrived
        if ending is Ending.TIMED_OUT:
            raise httpx.ReadTimeout("The read operation timed out", request=self._request)
        if ending is Ending.CLOSED:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {len(arrived)} bytes, expected {self._length})",
                request=self._request,
            )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        """Add what was not waited for to the time that the client has just taken down."""
        # a transport that is used without a client has no stopwatch
        with suppress(RuntimeError):
            self.response.elapsed += timedelta(milliseconds=self._delivery.delay_ms + self._delivery.body_ms)

    async def aclose(self) -> None:
        self.close()
