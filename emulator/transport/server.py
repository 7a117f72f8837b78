"""A WSGI server in a thread of its own, on any free port, stopped cleanly."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from socketserver import TCPServer, ThreadingMixIn
from threading import Condition, Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING

from emulator.transport.request_handler import RequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: How often the accepting loop looks whether it shall stop, in s: what a stop costs at most.
_STOP_INTERVAL = 0.005


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server waits for its clients, in s.

    ``idle`` is for the next request on a kept connection, ``pause`` for the next byte of a request that has begun and
    for a client that does not read its answer, ``stop`` for the answers in flight when the server stops.
    """

    idle: float = 75.0
    pause: float = 30.0
    stop: float = 5.0


class Server(ThreadingMixIn, TCPServer):
    """Accepts connections, a thread each, and knows those that are open, so that a stop can end them."""

    daemon_threads = True

    def __init__(self, app: WSGIApplication, listener: socket.socket, patience: Patience) -> None:
        super().__init__(listener.getsockname(), RequestHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.app = app
        self.patience = patience
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        self._in_flight: set[socket.socket] = set()
        self._changed = Condition()

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection; one that comes while the server stops is ended at once."""
        with self._changed:
            self._connections.add(connection)
        if self.stopping.is_set():
            _end(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._changed:
            self._connections.discard(connection)

    def arrived(self, connection: socket.socket) -> None:
        """Hold that a request is being answered on a connection: a stop waits for it."""
        with self._changed:
            self._in_flight.add(connection)

    def answered(self, connection: socket.socket) -> None:
        """Hold that nothing is being answered on a connection any more."""
        with self._changed:
            self._in_flight.discard(connection)
            self._changed.notify_all()

    def stop(self, *, is_serving: bool) -> None:
        """Accept no more connections, end those that wait, answer what is in flight, and then end all."""
        self.stopping.set()
        if is_serving:
            self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._connections - self._in_flight:
                _end(connection)
            self._changed.wait_for(lambda: not self._in_flight, self.patience.stop)
            for connection in self._connections:
                _end(connection)


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # the client has gone already
        return


class ServerThread:
    """Serves ``app`` between ``start`` and ``stop``, or for the length of a ``with``. Port 0 is any free one.

    A stop answers the requests that have arrived, and waits for that as long as ``patience`` says. Raises ``OSError`` when the address cannot be had.
    """

    def __init__(
        self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0, *, patience: Patience | None = None
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=128)
        self.port: int = listener.getsockname()[1]
        self._server = Server(app, listener, patience or Patience())
        self._thread = Thread(target=self._server.serve_forever, args=(_STOP_INTERVAL,), daemon=True)
        self.host = host

    @property
    def url(self) -> str:
        """The base URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_stopping(self) -> bool:
        """Whether a stop has begun."""
        return self._server.stopping.is_set()

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, end what is open and give the port back."""
        is_serving = self._thread.is_alive()
        self._server.stop(is_serving=is_serving)
        if is_serving:
            self._thread.join()

    def __enter__(self) -> ServerThread:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
