"""A WSGI server in a thread of its own, on any free port, stopped cleanly."""

from __future__ import annotations

import socket
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: How often the accepting loop looks whether it shall stop, in s: what a stop costs at most.
_STOP_INTERVAL = 0.005


class _QuietHandler(WSGIRequestHandler):
    """Speaks HTTP/1.1, keeps connections open and writes no log lines: the journal is the log."""

    protocol_version = "HTTP/1.1"
    server_version = "aep-emulator"
    sys_version = ""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


class ServerThread:
    """Serves ``app`` between ``start`` and ``stop``, or for the length of a ``with``. Port 0 is any free one.

    Raises ``OSError`` when the address cannot be had.
    """

    def __init__(self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # bound here, since werkzeug would end the process where the address is taken
        with socket.create_server((host, port), family=family) as listener:
            self.port: int = listener.getsockname()[1]
            self._server = make_server(
                host, port, app, threaded=True, request_handler=_QuietHandler, fd=listener.fileno()
            )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
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
        """Stop answering and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> ServerThread:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
