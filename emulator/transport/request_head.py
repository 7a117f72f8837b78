"""What comes first over a connection: the request line and the headers (RFC 9112 sections 3 and 5)."""

from __future__ import annotations

import re
import socket
from http import HTTPStatus

from msgspec import Struct

#: The longest request line, the longest line of headers, and the longest headers in all, in bytes.
LONGEST_LINE = 65_536

#: So many headers a request may have.
MOST_HEADERS = 100

_VERSION = re.compile(rb"HTTP/([0-9])\.([0-9])")

#: A name (RFC 9110 section 5.6.2), and a value without what separates lines.
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[^\0\r\n]*")

#: What a header Host holds (RFC 9112 section 3.2): a name, an IPv4 or a bracketed IPv6 address, and a port if any.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=%-]*)(:[0-9]{0,5})?", re.ASCII)


class Refused(ValueError):
    """A request that the server refuses itself; ``status`` says as what."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class NothingYet(Exception):
    """Empty lines came, and no request after them so far; some clients end a body with one."""


class Stream:
    """What a client sends, taken as it is wanted."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    @property
    def has_more(self) -> bool:
        """Whether something has arrived that nobody has taken yet."""
        return bool(self._buffer)

    def readline(self, limit: int) -> bytes:
        """Take a line with its end, or ``limit`` bytes of a longer one; less where the client sends no more."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched, limit)) < 0:
            searched = len(self._buffer)
            if searched >= limit or not self._fill():
                end = min(searched, limit) - 1
                break
        return self._take(end + 1)

    def read(self, most: int) -> bytes:
        """Take up to ``most`` bytes, one at least; none where the client sends no more."""
        if not self._buffer:
            self._fill()
        return self._take(most)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _fill(self) -> bool:
        received = self._connection.recv(65_536)
        self._buffer += received
        return bool(received)


class Head(Struct, frozen=True):
    """A request without its body. ``target`` is as it came, headers are in their order."""

    method: str
    target: str
    is_1_0: bool
    headers: list[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        """Answer the values of all headers of a name, which is given in lower case."""
        return [value for each, value in self.headers if each.lower() == name]

    @property
    def keeps_connection(self) -> bool:
        """Whether the client wants to send more requests over the connection (RFC 9112 section 9.3)."""
        wishes = {wish.strip().lower() for value in self.values("connection") for wish in value.split(",")}
        return "keep-alive" in wishes if self.is_1_0 else "close" not in wishes


def read_head(stream: Stream) -> Head | None:
    """Take the head of a request; None where the client sends no more. Raises ``Refused`` and ``NothingYet``."""
    line = stream.readline(LONGEST_LINE + 1)
    while line in (b"\r\n", b"\n"):  # empty lines before a request are let through, RFC 9112 section 2.2
        if not stream.has_more:
            raise NothingYet
        line = stream.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        text = f"the request line is longer than {LONGEST_LINE} bytes"
        raise Refused(HTTPStatus.REQUEST_URI_TOO_LONG, text)
    if not line.endswith(b"\n"):
        return None
    words = line.split()
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]):
        raise Refused(HTTPStatus.BAD_REQUEST, "a request line is a method, a target and a version")
    version = _VERSION.fullmatch(words[2])
    if version is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "the version of a request is HTTP/1.1 or HTTP/1.0")
    if version[1] != b"1":
        raise Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "the versions spoken here are HTTP/1.1 and HTTP/1.0")
    headers = _read_headers(stream)
    if headers is None:
        return None
    head = Head(words[0].decode(), words[1].decode("latin-1"), version[2] == b"0", headers)
    hosts = head.values("host")
    is_one = len(hosts) == 1 or (head.is_1_0 and not hosts)
    if not is_one or not all(map(_HOST.fullmatch, hosts)):
        text = "one header Host names the host: a name or an address, and a port"
        raise Refused(HTTPStatus.BAD_REQUEST, text)
    return head


def _read_headers(stream: Stream) -> list[tuple[str, str]] | None:
    headers: list[tuple[str, str]] = []
    left = LONGEST_LINE
    while (line := stream.readline(left + 1)) not in (b"\r\n", b"\n"):
        left -= len(line)
        if left < 0 or len(headers) == MOST_HEADERS:
            text = f"the headers are more than {MOST_HEADERS}, or longer than {LONGEST_LINE} bytes"
            raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text)
        if not line.endswith(b"\n"):
            return None
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t\r\n")
        if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Refused(HTTPStatus.BAD_REQUEST, "a header is a name, a colon and a value")
        headers.append((name.decode(), value.decode("latin-1")))
    return headers
