"""urllib3 2, and so requests: its connections are those of ``http.client``, and get the same wire for a socket.

Its pools, retries, redirects and timeouts are above that and know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from emulator.transport.clients.http_client import Wire, destination
from emulator.transport.patches import Replacing
from emulator.transport.routing import HostRefused, app_for

_VERSION: str = vars(urllib3)["__version__"]


def install(replace: Callable[[Any, str, Replacing], None]) -> None:
    """Patch the connections of urllib3. Raises ``ImportError`` for urllib3 1."""
    if int(_VERSION.partition(".")[0]) < 2:
        raise ImportError(f"emulator.intercept() works with urllib3 2 or later; this is {_VERSION}")
    replace(HTTPConnection, "connect", _connecting)
    replace(HTTPSConnection, "connect", _connecting)
    replace(HTTPConnection, "request", _requesting)
    replace(HTTPConnection, "getresponse", _getting_response)


def _connecting(original: Callable[[HTTPConnection], None]) -> Callable[[HTTPConnection], None]:
    def connect(self: HTTPConnection) -> None:
        if not _joined(self):
            original(self)

    return connect


def _requesting(original: Callable[..., None]) -> Callable[..., None]:
    def request(self: HTTPConnection, method: str, url: str, *args: Any, **options: Any) -> None:
        _joined(self, url)
        original(self, method, url, *args, **options)

    return request


def _getting_response(original: Callable[[HTTPConnection], Any]) -> Callable[[HTTPConnection], Any]:
    def getresponse(self: HTTPConnection) -> Any:
        response = original(self)
        if isinstance(self.sock, Wire):
            # never pooled, so that none outlives its interception
            self.sock = None
        return response

    return getresponse


def _joined(connection: HTTPConnection, url: str = "/") -> bool:
    """Make a connection to one of the platform's hosts appear connected; answers whether it is to one of these."""
    host, scheme = destination(connection, url)
    try:
        if app_for(host) is None:
            return False
    except HostRefused as error:
        raise NewConnectionError(connection, str(error)) from error
    if connection.sock is not None:
        connection.sock.close()
    connection.sock = cast(Any, Wire(host, scheme, connection.timeout))
    connection.is_verified = True
    connection._has_connected_to_proxy = bool(connection.proxy)
    return True
