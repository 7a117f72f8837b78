"""Requests as ``curl`` lines for a POSIX shell: what the journal has, with secrets replaced, to be run again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from urllib.parse import quote as percent_encoded

from emulator.journal import Exchange

#: Where ``aep-emulator serve`` answers unless told otherwise.
DEFAULT_BASE_URL = "http://127.0.0.1:8080"

#: Bodies longer than this many characters are cut, and the line says so.
LONGEST_BODY = 4096

#: Headers that curl writes itself, or that belong to the connection.
_OF_THE_CLIENT = frozenset(
    ("host", "content-length", "user-agent", "accept-encoding", "connection", "keep-alive", "transfer-encoding")
)


def curl(exchange: Exchange, base_url: str = DEFAULT_BASE_URL) -> str:
    """Answer the line that sends a request again, to the server at ``base_url``.

    The journal has no secrets: they are shown as ``***``, which this emulator takes for a token like any other unless
    it is ``strict_auth``.
    """
    body, remark = exchange.request.body, ""
    if len(body) > LONGEST_BODY:
        body, remark = body[:LONGEST_BODY], f"  # the body is cut after {LONGEST_BODY} of {len(body)} characters"
    words = ["curl", "-sS", *_method(exchange), *_url(exchange, base_url)]
    for header in _headers(exchange):
        words += ["-H", header]
    if body:
        words += ["--data-raw", body]
    return " ".join(map(quote, words)) + remark


def target_of(path: str, query: str) -> str:
    """Answer the request target (RFC 9112 section 3.2) of a path, which is decoded, and a query, which is not."""
    return percent_encoded(path, safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")


def _method(exchange: Exchange) -> list[str]:
    if exchange.method == "HEAD":
        return ["--head"]
    usual = "POST" if exchange.request.body else "GET"
    return [] if exchange.method == usual else ["-X", exchange.method]


def _url(exchange: Exchange, base_url: str) -> list[str]:
    options = []
    if re.search(r"[\[\]{}]", exchange.query):
        options.append("--globoff")
    if not {".", ".."}.isdisjoint(exchange.path.split("/")):
        options.append("--path-as-is")
    return [*options, base_url + target_of(exchange.path, exchange.query)]


def _headers(exchange: Exchange) -> Iterator[str]:
    """Answer the headers in the form in which curl takes them: ``name;`` is an empty one, ``name:`` none at all."""
    has_type = False
    for name, value in exchange.request.headers.items():
        folded = name.lower()
        has_type |= folded == "content-type"
        if folded in _OF_THE_CLIENT or (folded, value) == ("accept", "*/*"):
            continue
        yield f"{name}: {value}" if value else f"{name};"
    if exchange.request.body and not has_type:
        yield "Content-Type:"
