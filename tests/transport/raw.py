"""A connection to a server, byte by byte: what client libraries would never send, and all that comes back."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from types import TracebackType
from typing import Any

from emulator.transport.server import ServerThread

#: A whole request.
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Received:
    """One response, read to its end."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Raw:
    """A socket to a server, with 10 s of patience."""

    def __init__(self, server: ServerThread) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=10)

    def send(self, sent: bytes) -> Raw:
        self.socket.sendall(sent)
        return self

    def receive(self, method: str = "GET") -> Received:
        """Read one response. Raises what ``http.client`` raises."""
        response = HTTPResponse(self.socket, method=method)
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Received(response.status, response.reason, headers, response.read())
        finally:
            response.close()

    def is_closed(self) -> bool:
        """Whether the server ended the connection, with nothing more to read."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def __enter__(self) -> Raw:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
