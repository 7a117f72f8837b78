"""Replies as they go over the wire: status line, headers, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import Struct
from werkzeug.http import HTTP_STATUS_CODES, http_date

from emulator.web.exchange import Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Written(Struct):
    """A response that is complete, as a WSGI application of its own: it need not be looked over again."""

    status: int
    headers: dict[str, str]
    content: bytes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request with it (PEP 3333)."""
        start_response(_line(self.status), list(self.headers.items()))
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self.content,)


def write(reply: Reply, now: int, request_id: str) -> Written:
    """Write a reply that is given at ``now`` (epoch ms)."""
    content = reply.content
    headers = {"Date": _date(now // 1000), "x-request-id": _header_text(request_id)}
    if content is None:
        content = b"" if reply.body is None else to_json(reply.body)
    if reply.content is not None or reply.body is not None:
        headers["Content-Type"] = reply.content_type
    if reply.status not in (204, 304):
        headers["Content-Length"] = str(len(content))
    headers.update(reply.headers)
    return Written(reply.status, headers, content)


def _header_text(text: str) -> str:
    """Answer a text that came from a client so that it fits a header."""
    return text if text.isascii() and text.isalnum() else quote(text, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~")


@lru_cache(maxsize=256)
def _date(second: int) -> str:
    return http_date(second)


@lru_cache(maxsize=256)
def _line(status: int) -> str:
    """Answer the status with its phrase: Adobe's Node SDK puts it into its errors, and its tests match it.

    "403 - Forbidden", they say; werkzeug shouts it.
    """
    return f"{status} {HTTP_STATUS_CODES.get(status, 'Unknown')}"


def to_json(body: Any) -> bytes:
    """Write a body as UTF-8 JSON; text that UTF-8 cannot carry (lone surrogates) is escaped."""
    try:
        return _encode(body).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
