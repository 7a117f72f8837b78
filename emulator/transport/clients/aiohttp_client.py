"""aiohttp: at ``TCPConnector.connect``; a connection gets a transport with the emulator at its other end.

aiohttp writes its bytes and parses the answer's as ever, so redirects, cookies, traces and errors are its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import ClientConnectorError, ClientRequest, ClientTimeout, TCPConnector
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from emulator.transport.delivery import Delivery, Ending, deliver
from emulator.transport.patches import Replacing
from emulator.transport.routing import HostRefused, app_for
from emulator.transport.wire import RequestReader
from emulator.transport.wsgi import Sent, call, environ_of

#: How much is delivered at a time, in bytes: as much as a socket's transport reads.
_PIECE = 256 * 1024


def install(replace: Callable[[Any, str, Replacing], None]) -> None:
    """Patch the connector of aiohttp."""
    replace(TCPConnector, "connect", _connecting)


def _connecting(original: Callable[..., Awaitable[Connection]]) -> Callable[..., Awaitable[Connection]]:
    async def connect(self: TCPConnector, req: ClientRequest, traces: list[Any], timeout: ClientTimeout) -> Connection:
        host = req.url.host or ""
        try:
            app = app_for(host)
        except HostRefused as error:
            raise ClientConnectorError(req.connection_key, OSError(None, str(error))) from error
        if app is None:
            return await original(self, req, traces, timeout)
        for trace in traces:
            await trace.send_connection_create_start()
        loop = asyncio.get_running_loop()
        protocol = ResponseHandler(loop)
        # never pooled, so that none outlives its interception
        protocol.force_close()
        protocol.connection_made(_Wire(protocol, host, req.url.scheme, timeout, loop))
        for trace in traces:
            await trace.send_connection_create_end()
        return Connection(self, req.connection_key, protocol, loop)

    return connect


class _Wire(asyncio.Transport):
    """A transport with the emulator at the other end, for one request."""

    def __init__(
        self,
        protocol: ResponseHandler,
        host: str,
        scheme: str,
        timeout: ClientTimeout,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._protocol = protocol
        self._host = host
        self._scheme = scheme
        self._timeout = timeout
        self._loop = loop
        self._reader = RequestReader()
        self._is_closing = False
        self._is_reading = True
        self._arriving = memoryview(b"")
        self._delivery: Delivery | None = None

    # -- what the client does

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._reader.feed(bytes(data))
        sent = self._reader.take()
        if sent is not None:
            self._loop.call_soon(self._answer, sent)
        elif self._reader.wants_continue:
            self._reader.wants_continue = False
            self._loop.call_soon(self._protocol.data_received, b"HTTP/1.1 100 Continue\r\n\r\n")

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        self._is_reading = True
        self._loop.call_soon(self._deliver)

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    # -- what the server does

    def _answer(self, sent: Sent) -> None:
        if self._is_closing:
            return
        app = app_for(self._host)
        if app is None:
            self.close()
            return
        read_limit, total = self._timeout.sock_read or None, self._timeout.total or None
        try:
            answer = call(app, environ_of(sent, self._scheme, self._host))
            delivery = deliver(answer.effect, answer.body, read_limit, total)
        except Exception as error:
            self._protocol.set_exception(error)
            return
        if delivery.has_head:
            self._arriving = memoryview(answer.head() + delivery.body)
        self._delivery = delivery
        self._deliver()

    def _deliver(self) -> None:
        """Deliver piece by piece, for as long as the client reads, and then end as the delivery does."""
        if self._is_closing or not self._is_reading or self._delivery is None:
            return
        if self._arriving:
            piece, self._arriving = self._arriving[:_PIECE], self._arriving[_PIECE:]
            self._protocol.data_received(bytes(piece))
            self._loop.call_soon(self._deliver)
            return
        delivery, self._delivery = self._delivery, None
        if delivery.ending is Ending.CLOSED:
            self.close()
        elif delivery.ending is Ending.TIMED_OUT and (delivery.has_head or self._timeout.sock_read):
            # its own timer for reading runs out now
            self._protocol.read_timeout = 1e-9
            self._protocol.start_timeout()
        elif delivery.ending is Ending.TIMED_OUT:
            self._protocol.set_exception(TimeoutError())
