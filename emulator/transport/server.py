"""A WSGI server in a thread of its own, on any free port, stopped cleanly."""

from __future__ import annotations

import socket
from socketserver import TCPServer, ThreadingMixIn
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING

from emulator.transport.request_handler import RequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: How often the accepting loop looks whether it shall stop, in s: what a stop costs at most.
_STOP_INTERVAL = 0.005


class Server(ThreadingMixIn, TCPServer):
    """Accepts connections, a thread each, and knows those that are open, so that a stop can end them."""

    daemon_threads = True

    def __init__(self, app: WSGIApplication, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), RequestHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.app = app
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        self._lock = Lock()

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection; one that comes while the server stops is ended at once."""
        with self._lock:
            self._connections.add(connection)
        if self.stopping.is_set():
            _end(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.discard(connection)

    def stop(self, *, is_serving: bool) -> None:
        """Accept no more connections and end those that are open, whatever they wait for."""
        self.stopping.set()
        if is_serving:
            self.shutdown()
        self.server_close()
        with self._lock:
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

    Raises ``OSError`` when the address cannot be had.
    """

    def __init__(self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=128)
        self.port: int = listener.getsockname()[1]
        self._server = Server(app, listener)
        self._thread = Thread(target=self._server.serve_forever, args=(_STOP_INTERVAL,), daemon=True)
        self.host = host

    @property
    def url(self) -> str:
        """The base URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

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
