"""Calling a WSGI application: what was sent as an environment (PEP 3333), and what comes back as one value."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from msgspec import Struct

from emulator.faults.effects import ENVIRON_KEY, Connection

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]


class Sent(Struct, frozen=True):
    """A request as a client wrote it. ``target`` is the request target (RFC 9112 section 3.2), still encoded."""

    method: str
    target: str
    headers: Headers
    body: bytes


class Answer(Struct, frozen=True):
    """All that an application answered, and the fault of the connection that it is to suffer."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    effect: Connection | None

    def head(self, more: Headers | None = None) -> bytes:
        """Write the status line and the headers, with the blank line after them."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in (*self.headers, *(more or ()))]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def environ_of(sent: Sent, scheme: str, host: str) -> WSGIEnvironment:
    """Make the environment of a request for ``host``. Raises ``ValueError`` for an absolute target that is no URL."""
    target, authority = sent.target, ""
    if not target.startswith("/"):
        absolute = urlsplit(target)
        authority = absolute.netloc
        target = f"{absolute.path or '/'}?{absolute.query}" if absolute.query else absolute.path or "/"
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
        "RAW_URI": target,
        "REQUEST_URI": target,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": host,
        "SERVER_PORT": "443" if scheme == "https" else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(sent.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in sent.headers:
        key = _key(name)
        if key in environ and key != "HTTP_HOST":
            environ[key] += f",{value}"
        elif key is not None:
            environ[key] = value
    if authority:
        # the target's takes precedence, RFC 9112 section 3.2.2
        environ["HTTP_HOST"] = authority
    return environ


@lru_cache(maxsize=512)
def _key(name: str) -> str | None:
    """Answer the variable of a header; None for a name with an underscore, which would pass for one with a hyphen."""
    if "_" in name:
        return None
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def call(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Call an application and collect its answer. A body of known length always says how long it is."""
    status, headers = "", list[tuple[str, str]]()
    body: list[bytes] = []

    def start_response(line: str, fields: Headers, _: object = None, /) -> Callable[[bytes], object]:
        nonlocal status, headers
        status, headers = line, fields
        return body.append

    pieces: Iterable[bytes] = app(environ, start_response)
    try:
        body.extend(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    code, _, reason = status.partition(" ")
    number = int(code)
    content = b"".join(body)
    if environ["REQUEST_METHOD"] == "HEAD" or number in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        content = b""
    elif not any(name.lower() == "content-length" for name, _ in headers):
        headers = [*headers, ("Content-Length", str(len(content)))]
    return Answer(number, reason, headers, content, environ.get(ENVIRON_KEY))
